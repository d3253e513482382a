"""What has to change to lead from one state to another.

One shape for all kinds of object: an action on a kind. The pair is the vocabulary of the whole project:
`drop_table` is the key of the diff policy, the name in reports and the name in JSON.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from backstay.schema.model import Model

ChangeAction = Literal["add", "drop", "modify", "rename"]
Kind = Literal[
    "schema",
    "table",
    "column",
    "primary_key",
    "index",
    "foreign_key",
    "check",
    "exclusion",
    "enum",
    "enum_value",
    "domain",
    "domain_check",
    "composite",
    "field",
    "range",
    "collation",
    "sequence",
    "view",
    "materialized",
    "function",
    "procedure",
    "aggregate",
    "trigger",
    "policy",
    "rule",
    "statistics",
    "operator",
    "operator_family",
    "operator_class",
    "text_search_parser",
    "text_search_template",
    "text_search_dictionary",
    "text_search_configuration",
    "conversion",
    "extension",
    "language",
    "cast",
    "transform",
    "access_method",
    "foreign_data_wrapper",
    "server",
    "user_mapping",
    "event_trigger",
    "publication",
    "role",
    "permission",
    "default_permission",
    "ownership",
]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One change to one object.

    `before` is absent for an addition and `after` for a drop. `schema` is the name of the schema that
    holds the object (the schema itself for kind `schema`, empty for what is in none), `table` that of the
    table for parts of one, and for what is named within a table or view (triggers, policies, rules).
    `name` is the object's identity: a function's has the types of its arguments. A renamed object has its
    old name in `before`; `schema` and `table` are new names, since these are renamed first. Values of enums,
    fields of composite types and checks of domains are changes of their own only when they are renamed:
    `table` is then the type.
    A modified schema or table carries the changes of its parts in `changes`; where its own attributes
    (comment, storage, …) differ, the planner reads that from `before` and `after`.
    `remade`: the object is dropped and made anew, whether it differs or not, because of what it stands on.
    """

    action: ChangeAction
    kind: Kind
    schema: str
    name: str
    table: str = ""
    before: Model | None = None
    after: Model | None = None
    changes: tuple[Change, ...] = ()
    remade: bool = False

    @property
    def key(self) -> str:
        """`drop_table`, `add_index`, …: the word for this change in policies and reports."""
        return f"{self.action}_{self.kind}"
