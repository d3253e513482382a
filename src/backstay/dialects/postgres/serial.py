"""Integer types: their bounds, and the serial types, which are notation for one with a sequence (8.1.4)."""

from __future__ import annotations

SERIAL_OF = {"smallint": "smallserial", "integer": "serial", "bigint": "bigserial"}
INTEGER_OF = {serial: integer for integer, serial in SERIAL_OF.items()}

LIMITS = {
    "smallint": (-(2**15), 2**15 - 1),
    "integer": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1),
}
"""Lowest and highest value of each."""
