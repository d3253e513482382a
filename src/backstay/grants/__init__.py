"""Grants: what a registry server lets a token do, signed, for the time when it is away. docs/grants.md."""
