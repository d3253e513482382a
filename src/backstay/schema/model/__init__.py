"""Realm, schemas, tables and their parts, as immutable values.

Every text in here (types, defaults, expressions) is in the words of the database that normalised it:
what its catalogue prints. Equality of two normalised values is therefore equality of the structs.
Names are unquoted and exactly as the catalogue stores them. A name of the object's own schema is never
repeated inside the object (`ForeignKey.ref_schema` is empty for the table's own schema), so that a
schema can be compared with one of another name.

Fields with their default value are left out of the JSON form, which is also what the state hash digests.
"""

from __future__ import annotations

from backstay.schema.model.base import Model
from backstay.schema.model.database import Extension, Language, Publication, PublishedTable
from backstay.schema.model.foreign import ForeignDataWrapper, Server, UserMapping
from backstay.schema.model.operators import (
    AccessMethod,
    Cast,
    Operator,
    OperatorClass,
    OperatorFamily,
    Transform,
)
from backstay.schema.model.realm import Access, Address, Dependency, Facts, Realm, Rename, Schema
from backstay.schema.model.routines import (
    Aggregate,
    Argument,
    Enabled,
    EventTrigger,
    Function,
    Procedure,
    Routine,
    Trigger,
    TriggerCopy,
)
from backstay.schema.model.search import (
    Conversion,
    TextSearchConfiguration,
    TextSearchDictionary,
    TextSearchMapping,
    TextSearchParser,
    TextSearchTemplate,
)
from backstay.schema.model.security import (
    DefaultPermission,
    Membership,
    Ownership,
    Permission,
    Policy,
    Role,
)
from backstay.schema.model.sequences import ColumnRef, Identity, Sequence, SequenceOptions
from backstay.schema.model.tables import (
    Action,
    Check,
    Column,
    Deferrable,
    Exclusion,
    ForeignKey,
    ForeignSource,
    Generated,
    Index,
    IndexPart,
    NotNull,
    Partitioning,
    PartitionOf,
    PrimaryKey,
    RowSecurity,
    Table,
    TableRef,
)
from backstay.schema.model.types import Collation, Composite, Domain, Enum, Field, Range
from backstay.schema.model.views import Materialized, Rule, Statistics, View

__all__ = [
    "Access",
    "AccessMethod",
    "Action",
    "Address",
    "Aggregate",
    "Argument",
    "Cast",
    "Check",
    "Collation",
    "Column",
    "ColumnRef",
    "Composite",
    "Conversion",
    "DefaultPermission",
    "Deferrable",
    "Dependency",
    "Domain",
    "Enabled",
    "Enum",
    "EventTrigger",
    "Exclusion",
    "Extension",
    "Facts",
    "Field",
    "ForeignDataWrapper",
    "ForeignKey",
    "ForeignSource",
    "Function",
    "Generated",
    "Identity",
    "Index",
    "IndexPart",
    "Language",
    "Materialized",
    "Membership",
    "Model",
    "NotNull",
    "Operator",
    "OperatorClass",
    "OperatorFamily",
    "Ownership",
    "PartitionOf",
    "Partitioning",
    "Permission",
    "Policy",
    "PrimaryKey",
    "Procedure",
    "Publication",
    "PublishedTable",
    "Range",
    "Realm",
    "Rename",
    "Role",
    "Routine",
    "RowSecurity",
    "Rule",
    "Schema",
    "Sequence",
    "SequenceOptions",
    "Server",
    "Statistics",
    "Table",
    "TableRef",
    "TextSearchConfiguration",
    "TextSearchDictionary",
    "TextSearchMapping",
    "TextSearchParser",
    "TextSearchTemplate",
    "Transform",
    "Trigger",
    "TriggerCopy",
    "UserMapping",
    "View",
]
