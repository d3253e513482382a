"""Blocks of objects other than tables, enums and sequences: a file per family of kinds."""

from __future__ import annotations

from backstay.dialects.mapping.objects.block import ObjectBlock
from backstay.dialects.mapping.objects.extensions import EXTENSION
from backstay.dialects.mapping.objects.foreign import FOREIGN_DATA_WRAPPER, SERVER, USER_MAPPING
from backstay.dialects.mapping.objects.policies import POLICY
from backstay.dialects.mapping.objects.publications import PUBLICATION

BLOCKS: tuple[ObjectBlock, ...] = (
    EXTENSION,
    FOREIGN_DATA_WRAPPER,
    SERVER,
    USER_MAPPING,
    POLICY,
    PUBLICATION,
)
"""The blocks of all kinds, in the order in which a document has them."""
