"""Blocks of objects other than tables, enums and sequences: a file per family of kinds."""

from __future__ import annotations

from backstay.dialects.mapping.objects.access_methods import ACCESS_METHOD
from backstay.dialects.mapping.objects.aggregates import AGGREGATE
from backstay.dialects.mapping.objects.block import ObjectBlock
from backstay.dialects.mapping.objects.event_triggers import EVENT_TRIGGER
from backstay.dialects.mapping.objects.extensions import EXTENSION
from backstay.dialects.mapping.objects.foreign import FOREIGN_DATA_WRAPPER, SERVER, USER_MAPPING
from backstay.dialects.mapping.objects.languages import LANGUAGE
from backstay.dialects.mapping.objects.operators import OPERATOR, OPERATOR_CLASS, OPERATOR_FAMILY
from backstay.dialects.mapping.objects.policies import POLICY
from backstay.dialects.mapping.objects.publications import PUBLICATION
from backstay.dialects.mapping.objects.roles import ROLE
from backstay.dialects.mapping.objects.routines import FUNCTION, PROCEDURE
from backstay.dialects.mapping.objects.rules import RULE
from backstay.dialects.mapping.objects.search import (
    CONFIGURATION,
    CONVERSION,
    DICTIONARY,
    PARSER,
    TEMPLATE,
)
from backstay.dialects.mapping.objects.statistics import STATISTICS
from backstay.dialects.mapping.objects.transforms import TRANSFORM
from backstay.dialects.mapping.objects.triggers import TRIGGER
from backstay.dialects.mapping.objects.types import CAST, COLLATION, COMPOSITE, DOMAIN, RANGE
from backstay.dialects.mapping.objects.views import MATERIALIZED, VIEW

BLOCKS: tuple[ObjectBlock, ...] = (
    ROLE,
    EXTENSION,
    LANGUAGE,
    FOREIGN_DATA_WRAPPER,
    SERVER,
    USER_MAPPING,
    COLLATION,
    DOMAIN,
    COMPOSITE,
    RANGE,
    FUNCTION,
    PROCEDURE,
    AGGREGATE,
    CAST,
    TRANSFORM,
    ACCESS_METHOD,
    OPERATOR,
    OPERATOR_FAMILY,
    OPERATOR_CLASS,
    PARSER,
    TEMPLATE,
    DICTIONARY,
    CONFIGURATION,
    CONVERSION,
    VIEW,
    MATERIALIZED,
    STATISTICS,
    RULE,
    TRIGGER,
    EVENT_TRIGGER,
    POLICY,
    PUBLICATION,
)
"""The blocks of all kinds, in the order in which a document has them."""
