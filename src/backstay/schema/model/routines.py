"""Functions, procedures, aggregates, and the triggers that call them."""

from __future__ import annotations

from typing import Literal

from backstay.schema.model.base import Model
from backstay.schema.model.tables import Deferrable

Enabled = Literal["ORIGIN", "DISABLED", "REPLICA", "ALWAYS"]
"""When a trigger or rule fires, by `session_replication_role`."""

Modify = Literal["", "READ_ONLY", "SHAREABLE", "READ_WRITE"]
"""What a final function of an aggregate does to its state."""


class Argument(Model, frozen=True):
    """An argument of a routine; a column of `RETURNS TABLE` has the mode TABLE. `default` is SQL."""

    type: str
    name: str = ""
    mode: Literal["IN", "OUT", "INOUT", "VARIADIC", "TABLE"] = "IN"
    default: str | None = None


class Routine(Model, frozen=True):
    """What functions and procedures share.

    `body` is the text between the quotes, or with `atomic` the SQL-standard body (`BEGIN ATOMIC …` or
    `RETURN …`). A C function has `library` and `symbol` instead. `settings` are those of `SET`, name and
    value as `pg_proc.proconfig` has them; `transforms` are types. `depends_on_extensions`: it is dropped with
    any of these extensions, though it belongs to none.
    """

    name: str
    arguments: tuple[Argument, ...] = ()
    language: str = "sql"
    body: str = ""
    atomic: bool = False
    library: str = ""
    symbol: str = ""
    security_definer: bool = False
    settings: tuple[tuple[str, str], ...] = ()
    transforms: tuple[str, ...] = ()
    depends_on_extensions: tuple[str, ...] = ()
    comment: str = ""

    @property
    def identifier(self) -> str:
        """The name with the types of the arguments that a call gives: `f(integer, text)`."""
        return signature(self.name, self.arguments)


class Function(Routine, frozen=True):
    """A function. `returns` is the type of its result; with arguments of mode TABLE it is empty.

    `cost` and `rows` are `None` where they are the usual ones; `support` is a function.
    """

    returns: str = ""
    returns_set: bool = False
    window: bool = False
    volatility: Literal["VOLATILE", "STABLE", "IMMUTABLE"] = "VOLATILE"
    parallel: Literal["UNSAFE", "RESTRICTED", "SAFE"] = "UNSAFE"
    leakproof: bool = False
    strict: bool = False
    cost: float | None = None
    rows: float | None = None
    support: str = ""


class Procedure(Routine, frozen=True):
    """A procedure."""


class Aggregate(Model, frozen=True):
    """An aggregate function; functions are named as SQL does, what is empty is not given.

    `direct` counts the arguments before ORDER BY of an ordered-set aggregate, `None` for any other. What
    final functions do to the state (`final_modify`) is empty where it is usual for the kind of aggregate.
    """

    name: str
    arguments: tuple[Argument, ...] = ()
    direct: int | None = None
    hypothetical: bool = False
    state_type: str = ""
    state_func: str = ""
    state_size: int = 0
    final_func: str = ""
    final_extra: bool = False
    final_modify: Modify = ""
    combine_func: str = ""
    serial_func: str = ""
    deserial_func: str = ""
    initial_value: str | None = None
    moving_state_type: str = ""
    moving_state_func: str = ""
    moving_inverse_func: str = ""
    moving_state_size: int = 0
    moving_final_func: str = ""
    moving_final_extra: bool = False
    moving_final_modify: Modify = ""
    moving_initial_value: str | None = None
    sort_operator: str = ""
    parallel: Literal["UNSAFE", "RESTRICTED", "SAFE"] = "UNSAFE"
    comment: str = ""

    @property
    def identifier(self) -> str:
        """The name with the types of the arguments."""
        return signature(self.name, self.arguments)


def signature(name: str, arguments: tuple[Argument, ...]) -> str:
    """`f(integer, text)`: what tells routines of one name apart (`pg_proc.proargtypes`)."""
    types = (a.type for a in arguments if a.mode not in {"OUT", "TABLE"})
    return f"{name}({', '.join(types)})"


class TriggerCopy(Model, frozen=True):
    """The copy of a trigger on a partition (`table`, as SQL), where it fires at other times."""

    table: str
    enabled: Enabled


class Trigger(Model, frozen=True):
    """A trigger on a table or view of the same schema. `when`, the function and `from_table` are SQL.

    A `constraint` trigger may be put off (`deferrable`) and may speak of another table (`from_table`).
    `copies` are those on partitions that were enabled or disabled by themselves.
    """

    name: str
    table: str
    timing: Literal["BEFORE", "AFTER", "INSTEAD OF"] = "BEFORE"
    events: tuple[Literal["INSERT", "UPDATE", "DELETE", "TRUNCATE"], ...] = ()
    update_of: tuple[str, ...] = ()
    level: Literal["ROW", "STATEMENT"] = "STATEMENT"
    when: str = ""
    function: str = ""
    arguments: tuple[str, ...] = ()
    constraint: bool = False
    deferrable: Deferrable = ""
    from_table: str = ""
    old_table: str = ""
    new_table: str = ""
    enabled: Enabled = "ORIGIN"
    copies: tuple[TriggerCopy, ...] = ()
    depends_on_extensions: tuple[str, ...] = ()
    comment: str = ""


class EventTrigger(Model, frozen=True):
    """A trigger on events of the database."""

    name: str
    event: str
    function: str
    tags: tuple[str, ...] = ()
    enabled: Enabled = "ORIGIN"
    comment: str = ""
