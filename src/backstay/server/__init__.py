"""The registry server: a registry in an object store, behind HTTP and JSON. See docs/server.md."""
