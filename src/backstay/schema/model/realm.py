"""Schemas, the realm, and what is known of it beside what is compared."""

from __future__ import annotations

from typing import NamedTuple

from backstay.schema.model.base import Model
from backstay.schema.model.database import Extension, Language, Publication
from backstay.schema.model.foreign import ForeignDataWrapper, Server, UserMapping
from backstay.schema.model.operators import (
    AccessMethod,
    Cast,
    Operator,
    OperatorClass,
    OperatorFamily,
    Transform,
)
from backstay.schema.model.routines import Aggregate, EventTrigger, Function, Procedure, Trigger
from backstay.schema.model.search import (
    Conversion,
    TextSearchConfiguration,
    TextSearchDictionary,
    TextSearchParser,
    TextSearchTemplate,
)
from backstay.schema.model.security import (
    DefaultPermission,
    Ownership,
    Permission,
    Policy,
    Role,
)
from backstay.schema.model.sequences import Sequence
from backstay.schema.model.tables import Table
from backstay.schema.model.types import Collation, Composite, Domain, Enum, Range
from backstay.schema.model.views import Materialized, Rule, Statistics, View


class Schema(Model, frozen=True):
    """A namespace of objects, each kind sorted by identity."""

    name: str
    tables: tuple[Table, ...] = ()
    enums: tuple[Enum, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    domains: tuple[Domain, ...] = ()
    composites: tuple[Composite, ...] = ()
    ranges: tuple[Range, ...] = ()
    collations: tuple[Collation, ...] = ()
    views: tuple[View, ...] = ()
    materialized: tuple[Materialized, ...] = ()
    functions: tuple[Function, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    policies: tuple[Policy, ...] = ()
    rules: tuple[Rule, ...] = ()
    statistics: tuple[Statistics, ...] = ()
    operators: tuple[Operator, ...] = ()
    operator_families: tuple[OperatorFamily, ...] = ()
    operator_classes: tuple[OperatorClass, ...] = ()
    text_search_parsers: tuple[TextSearchParser, ...] = ()
    text_search_templates: tuple[TextSearchTemplate, ...] = ()
    text_search_dictionaries: tuple[TextSearchDictionary, ...] = ()
    text_search_configurations: tuple[TextSearchConfiguration, ...] = ()
    conversions: tuple[Conversion, ...] = ()
    permissions: tuple[Permission, ...] = ()
    default_permissions: tuple[DefaultPermission, ...] = ()
    ownerships: tuple[Ownership, ...] = ()
    comment: str = ""


class Address(NamedTuple):
    """One object of a realm, or a part of one.

    `kind` is that of the object, but for what shares a name space: all types are `type`, all routines
    `function`, all constraints of a table `constraint`. `name` is the object's identity, for a part
    (`column`, `default`, `constraint`, `index`, `trigger`, `rule`, `policy`) that of its table, with
    the part's own in `child`. `schema` is empty for what is in none.
    """

    kind: str
    schema: str
    name: str
    child: str = ""


class Dependency(NamedTuple):
    """`dependent` cannot be without `on`: it is made after it, and stands in the way of its change."""

    dependent: Address
    on: Address


class Rename(NamedTuple):
    """The object `at` had the name `was` before: what `renamed_from` says in a schema file.

    A routine is named without its arguments: all that have the name are meant. The parts of types have
    addresses, too: `value` of an enum, `field` of a composite type, `constraint` of a domain.
    """

    at: Address
    was: str


class Access(NamedTuple):
    """To whom an object belongs, and who may use it, where a new one of the same role would differ.

    `owner` is empty for the role that inspected. A column has no owner, and is the `child` of its table.
    """

    at: Address
    owner: str
    permissions: tuple[Permission, ...]


class Facts(Model, frozen=True):
    """What is known of a realm beside what is compared: neither hashed nor a difference.

    `dependencies` are those that names in the objects do not tell (from `pg_depend`). `renames` are
    those that the files of a desired state tell. `extensions` are those that are installed, with their
    versions; of a state that is bound to schemas, those that its objects need. `unpopulated` are the
    materialized views that hold nothing. `role` is the one that inspected, `access` what is special about
    the privileges on each object, `defaults` are the privileges that new objects get, with their schemas.
    """

    dependencies: tuple[Dependency, ...] = ()
    renames: tuple[Rename, ...] = ()
    unpopulated: tuple[Address, ...] = ()
    role: str = ""
    access: tuple[Access, ...] = ()
    defaults: tuple[tuple[str, DefaultPermission], ...] = ()
    extensions: tuple[Extension, ...] = ()


class Realm(Model, frozen=True):
    """Everything one connection can reach (or is bound to), schemas sorted by name."""

    schemas: tuple[Schema, ...] = ()
    extensions: tuple[Extension, ...] = ()
    languages: tuple[Language, ...] = ()
    casts: tuple[Cast, ...] = ()
    transforms: tuple[Transform, ...] = ()
    access_methods: tuple[AccessMethod, ...] = ()
    foreign_data_wrappers: tuple[ForeignDataWrapper, ...] = ()
    servers: tuple[Server, ...] = ()
    user_mappings: tuple[UserMapping, ...] = ()
    event_triggers: tuple[EventTrigger, ...] = ()
    publications: tuple[Publication, ...] = ()
    roles: tuple[Role, ...] = ()
    permissions: tuple[Permission, ...] = ()
    default_permissions: tuple[DefaultPermission, ...] = ()
    ownerships: tuple[Ownership, ...] = ()
    facts: Facts = Facts()
