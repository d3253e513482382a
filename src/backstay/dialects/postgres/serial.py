"""Serial types: notation for an integer column with a sequence (PostgreSQL documentation, 8.1.4)."""

from __future__ import annotations

SERIAL_OF = {"smallint": "smallserial", "integer": "serial", "bigint": "bigserial"}
INTEGER_OF = {serial: integer for integer, serial in SERIAL_OF.items()}
