"""How one kind of object is planned: everything the plan must know of a kind, as one value.

What these values do not say is the same for all kinds and is in `plan/objects.py`: the order of statements
(from the dependencies of both states), what is made anew because something it stands on is, comments,
and what undoes a statement.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from backstay.dialects.dialect import Hazard, StatementOptions
from backstay.dialects.postgres.ddl import Namer
from backstay.dialects.postgres.names import quote_name
from backstay.schema.model import Model


class Place(msgspec.Struct, frozen=True):
    """Where an object is: its schema (empty for what is in none), and how names are written there."""

    schema: str
    namer: Namer
    options: StatementOptions = StatementOptions()

    def name(self, name: str) -> str:
        """The quoted name of something in this schema, with the schema's name where the plan writes it."""
        return self.namer(self.schema, name)


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One statement of an alteration: `reverse` undoes it, empty where nothing can.

    `comment` is what people read instead of `modify <object>`. `value` is one that is added to an enum: it
    can be used only after the transaction that adds it (ALTER TYPE, notes). `access` is that of `Statement`.
    `needs` are resources of other steps that must come first, although the object does not depend on them.
    """

    sql: str
    comment: str = ""
    value: str = ""
    reverse: tuple[str, ...] = ()
    lock: str = ""
    hazards: tuple[Hazard, ...] = ()
    transactional: bool = True
    access: bool = False
    needs: tuple[tuple[str, ...], ...] = ()


Alter = Callable[[Any, Any, Place], "tuple[Act, ...] | None"]


def replaced(before: Model, after: Model, place: Place) -> None:
    """Nothing of the kind can be changed where it is: it is dropped and made anew."""
    return


def renamed(keyword: str) -> Callable[[Any, str, Place], tuple[str, ...]]:
    """What gives an object another name, so that the new one can have its own."""
    return lambda item, name, place: (
        f"ALTER {keyword} {place.name(item.name)} RENAME TO {quote_name(name)}",
    )


def named(item: Any, place: Place) -> str:
    """How DROP and COMMENT name an object that has a name in a schema."""
    return place.name(item.name)


class Planner(msgspec.Struct, frozen=True, kw_only=True):
    """How objects of one kind are made, changed and dropped.

    `kind` is the kind of change. `keyword` is the SQL word for it (`VIEW`, `OPERATOR CLASS`), `noun` what
    people read. `create` gives the statements that make an object, without its comment; those after the first
    as `Act` where they can be undone by themselves. `alter` gives what
    leads from one object to another of the same identity; `None` means that it has to be dropped and made
    anew, and with it all that depends on it; an empty tuple, that no statement is needed. Differences in the
    comment alone never reach it. `target` is the object as DROP and COMMENT ON name it.
    `early` objects (types, extensions) are made before tables and dropped after them, unless dependencies
    say otherwise; the others the other way round. `lock` is the table lock that making or dropping one takes;
    `drop_lock` that of dropping, where it is another one.
    `relation`: the object shares its name space with tables. `last`: it is dropped after everything else.
    `danger` is the code of the hazard that dropping one is (docs/hazards.md).
    `access`: its statements are about roles. `commented`: the kind has comments.
    `aside` gives the statements that put an object out of the way under another name, for kinds that columns
    are made of: they move from the old one to the new one, and then the old one is dropped.
    `stub` gives an object that stands on nothing but the types of its columns, behind CREATE or CREATE OR
    REPLACE, and the object itself: for kinds that can be in a circle with what uses their rows.
    """

    kind: str
    keyword: str
    noun: str
    create: Callable[[Any, Place], tuple[str | Act, ...]]
    alter: Alter = replaced
    target: Callable[[Any, Place], str] = named
    early: bool = False
    lock: str = ""
    drop_lock: str = ""
    relation: bool = False
    last: bool = False
    access: bool = False
    commented: bool = True
    danger: str = ""
    aside: Callable[[Any, str, Place], tuple[str, ...]] | None = None
    stub: Callable[[Any, Place], tuple[str, str]] | None = None
