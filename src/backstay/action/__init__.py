"""The GitHub Action: inputs -> operation -> outputs, summary."""
