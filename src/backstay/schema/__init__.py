"""The model of a database schema, and the changes between two of them. Pure data, no I/O."""
