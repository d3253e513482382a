"""Versions, tags and plans of a schema: over a store, and replicated to backups."""
