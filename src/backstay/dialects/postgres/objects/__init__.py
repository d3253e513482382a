"""Objects other than tables and sequences: a file per family of kinds, one `Planner` per kind."""

from __future__ import annotations

from collections.abc import Mapping

from backstay.dialects.postgres.objects.access_methods import ACCESS_METHOD
from backstay.dialects.postgres.objects.aggregates import AGGREGATE
from backstay.dialects.postgres.objects.casts import CAST
from backstay.dialects.postgres.objects.collations import COLLATION
from backstay.dialects.postgres.objects.event_triggers import EVENT_TRIGGER
from backstay.dialects.postgres.objects.extensions import EXTENSION
from backstay.dialects.postgres.objects.foreign import FOREIGN_DATA_WRAPPER, SERVER, USER_MAPPING
from backstay.dialects.postgres.objects.languages import LANGUAGE
from backstay.dialects.postgres.objects.materialized import MATERIALIZED
from backstay.dialects.postgres.objects.operators import OPERATOR, OPERATOR_CLASS, OPERATOR_FAMILY
from backstay.dialects.postgres.objects.planner import Planner
from backstay.dialects.postgres.objects.policies import POLICY
from backstay.dialects.postgres.objects.publications import PUBLICATION
from backstay.dialects.postgres.objects.roles import ROLE
from backstay.dialects.postgres.objects.routines import FUNCTION, PROCEDURE
from backstay.dialects.postgres.objects.rules import RULE
from backstay.dialects.postgres.objects.search import CONFIGURATION, CONVERSION, DICTIONARY, PARSER, TEMPLATE
from backstay.dialects.postgres.objects.statistics import STATISTICS
from backstay.dialects.postgres.objects.transforms import TRANSFORM
from backstay.dialects.postgres.objects.triggers import TRIGGER
from backstay.dialects.postgres.objects.types import COMPOSITE, DOMAIN, ENUM, RANGE
from backstay.dialects.postgres.objects.views import VIEW

KINDS: tuple[Planner, ...] = (
    ROLE,
    EXTENSION,
    LANGUAGE,
    COLLATION,
    ENUM,
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
    FOREIGN_DATA_WRAPPER,
    SERVER,
    USER_MAPPING,
    POLICY,
    PUBLICATION,
)

PLANNERS: Mapping[str, Planner] = {planner.kind: planner for planner in KINDS}
"""Kind of change -> how it is planned."""
