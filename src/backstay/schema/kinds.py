"""The kinds of objects a realm holds, as one table: everything that goes over all of them reads it here."""

from __future__ import annotations

from typing import NamedTuple

from backstay.schema import model
from backstay.schema.changes import Kind
from backstay.schema.model import Address, Model


class ObjectKind(NamedTuple):
    """One kind: its name, the field of `Schema` or `Realm` that holds its objects, and their struct.

    `family` is the kind of their addresses (`Address.kind`): kinds of one family share their names.
    `of_table`: the objects are told apart by their name within a table or view.
    """

    name: Kind
    field: str
    struct: type[Model]
    family: str
    of_table: bool = False


ACCESS: tuple[ObjectKind, ...] = (
    ObjectKind("ownership", "ownerships", model.Ownership, "ownership"),
    ObjectKind("permission", "permissions", model.Permission, "permission"),
    ObjectKind("default_permission", "default_permissions", model.DefaultPermission, "default_permission"),
)
"""Who may do what: a schema and a realm hold what is about the objects in them, and about themselves."""

OF_SCHEMA: tuple[ObjectKind, ...] = (
    ObjectKind("collation", "collations", model.Collation, "collation"),
    ObjectKind("enum", "enums", model.Enum, "type"),
    ObjectKind("domain", "domains", model.Domain, "type"),
    ObjectKind("composite", "composites", model.Composite, "type"),
    ObjectKind("range", "ranges", model.Range, "type"),
    ObjectKind("sequence", "sequences", model.Sequence, "sequence"),
    ObjectKind("function", "functions", model.Function, "function"),
    ObjectKind("procedure", "procedures", model.Procedure, "function"),
    ObjectKind("aggregate", "aggregates", model.Aggregate, "function"),
    ObjectKind("operator", "operators", model.Operator, "operator"),
    ObjectKind("operator_family", "operator_families", model.OperatorFamily, "operator_family"),
    ObjectKind("operator_class", "operator_classes", model.OperatorClass, "operator_class"),
    ObjectKind("text_search_parser", "text_search_parsers", model.TextSearchParser, "text_search_parser"),
    ObjectKind(
        "text_search_template", "text_search_templates", model.TextSearchTemplate, "text_search_template"
    ),
    ObjectKind(
        "text_search_dictionary",
        "text_search_dictionaries",
        model.TextSearchDictionary,
        "text_search_dictionary",
    ),
    ObjectKind(
        "text_search_configuration",
        "text_search_configurations",
        model.TextSearchConfiguration,
        "text_search_configuration",
    ),
    ObjectKind("conversion", "conversions", model.Conversion, "conversion"),
    ObjectKind("table", "tables", model.Table, "table"),
    ObjectKind("view", "views", model.View, "view"),
    ObjectKind("materialized", "materialized", model.Materialized, "materialized"),
    ObjectKind("statistics", "statistics", model.Statistics, "statistics"),
    ObjectKind("rule", "rules", model.Rule, "rule", of_table=True),
    ObjectKind("trigger", "triggers", model.Trigger, "trigger", of_table=True),
    ObjectKind("policy", "policies", model.Policy, "policy", of_table=True),
    *ACCESS,
)
"""Objects of schemas; types come before what uses them."""

OF_REALM: tuple[ObjectKind, ...] = (
    ObjectKind("role", "roles", model.Role, "role"),
    ObjectKind("extension", "extensions", model.Extension, "extension"),
    ObjectKind("language", "languages", model.Language, "language"),
    ObjectKind("cast", "casts", model.Cast, "cast"),
    ObjectKind("transform", "transforms", model.Transform, "transform"),
    ObjectKind("access_method", "access_methods", model.AccessMethod, "access_method"),
    ObjectKind(
        "foreign_data_wrapper",
        "foreign_data_wrappers",
        model.ForeignDataWrapper,
        "foreign_data_wrapper",
    ),
    ObjectKind("server", "servers", model.Server, "server"),
    ObjectKind("user_mapping", "user_mappings", model.UserMapping, "user_mapping"),
    ObjectKind("event_trigger", "event_triggers", model.EventTrigger, "event_trigger"),
    ObjectKind("publication", "publications", model.Publication, "publication"),
    *ACCESS,
)
"""Objects that are in no schema."""

BY_NAME: dict[str, ObjectKind] = {kind.name: kind for kind in (*OF_SCHEMA, *OF_REALM)}


def address(kind: str, schema: str, item: Model) -> Address:
    """The address of an object of this kind; `schema` is empty for what is in none."""
    found = BY_NAME[kind]
    if found.of_table:
        return Address(found.family, schema, getattr(item, "table", ""), item.identifier)
    return Address(found.family, schema, item.identifier)
