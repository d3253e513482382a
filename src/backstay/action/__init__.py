"""The action: inputs of a CI step become an operation, its result becomes outputs and a summary."""
