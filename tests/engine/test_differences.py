"""Changes as differences, told object by object."""

from __future__ import annotations

from backstay.engine.differences import differences, explain
from backstay.schema.diff import diff
from backstay.schema.model import Column, Enum, Realm, Schema, Table, View


def realm(*, type_: str, view: str, values: tuple[str, ...], comment: str = "") -> Realm:
    column = Column(name="age", type=type_)
    return Realm(
        schemas=(
            Schema(
                name="app",
                tables=(Table(name="t", columns=(column,), comment=comment),),
                views=(View(name="v", definition=view),),
                enums=(Enum(name="e", values=values),),
            ),
        )
    )


BEFORE = realm(type_="integer", view=" SELECT a,\n    b\n   FROM t", values=("x",))
AFTER = realm(type_="bigint", view=" SELECT a,\n    c\n   FROM t", values=("x", "y"), comment="people")


def test_each_object_is_told_with_what_it_is_and_what_it_should_be() -> None:
    assert (
        explain(differences(diff(BEFORE, AFTER)))
        == """\
enum app.e
  values: is ["x"], should be ["x","y"]
table app.t
  comment: is not set, should be people
column app.t.age
  type: is integer, should be bigint
view app.v
  definition:
    --- is
    +++ should be
    @@ -1,3 +1,3 @@
      SELECT a,
    -    b
    +    c
        FROM t"""
    )


def test_what_is_missing_and_what_is_too_much() -> None:
    assert explain(differences(diff(Realm(), AFTER))).startswith("schema app is missing")
    assert explain(differences(diff(AFTER, Realm()))) == "schema app should not be there"


def test_of_many_objects_the_first_are_shown() -> None:
    tables = tuple(Table(name=f"t{number:02}") for number in range(30))
    found = differences(
        diff(Realm(schemas=(Schema(name="s"),)), Realm(schemas=(Schema(name="s", tables=tables),)))
    )
    lines = explain(found).splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("table s.t00 is missing", "and 10 more objects", 21)
