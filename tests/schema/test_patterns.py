"""Patterns: what they match, what goes along, and what they refuse."""

from __future__ import annotations

import msgspec
import pytest

from backstay.errors import ConfigError
from backstay.schema.kinds import OF_REALM, OF_SCHEMA
from backstay.schema.model import (
    Argument,
    Check,
    Column,
    ColumnRef,
    Domain,
    Enum,
    EventTrigger,
    Exclusion,
    Extension,
    ForeignKey,
    Function,
    Index,
    IndexPart,
    Materialized,
    Policy,
    PrimaryKey,
    Realm,
    Rule,
    Schema,
    Sequence,
    Statistics,
    Table,
    TableRef,
    Trigger,
    View,
)
from backstay.schema.patterns import Patterns

USERS = Table(
    name="users",
    columns=(
        Column(name="id", type="int"),
        Column(name="email", type="text"),
        Column(name="age", type="int"),
    ),
    primary_key=PrimaryKey(columns=("id",)),
    indexes=(
        Index(name="by_email", parts=(IndexPart(column="email"),)),
        Index(name="lower_email", parts=(IndexPart(expr="lower(email)"),)),
        Index(name="users_age_key", parts=(IndexPart(column="age"),), unique=True, constraint=True),
    ),
    checks=(Check(name="adult", expr="age >= 18"),),
)
POSTS = Table(
    name="posts",
    columns=(Column(name="id", type="int"), Column(name="author", type="int")),
    foreign_keys=(ForeignKey(name="by", columns=("author",), ref_table="users", ref_columns=("id",)),),
)
REALM = Realm(
    schemas=(
        Schema(
            name="app",
            tables=(POSTS, USERS),
            enums=(Enum(name="status", values=("a",)),),
            sequences=(Sequence(name="ticket", owner=ColumnRef(table="users", column="age")),),
        ),
        Schema(name="log.old", tables=(Table(name="users", columns=(Column(name="id", type="int"),)),)),
    )
)


def names(realm: Realm) -> set[str]:
    """Every object of the realm as a dotted path."""
    found = set()
    for schema in realm.schemas:
        found.add(schema.name)
        found.update(f"{schema.name}.{o.name}" for o in (*schema.enums, *schema.sequences, *schema.tables))
        for table in schema.tables:
            parts = (*table.columns, *table.indexes, *table.foreign_keys, *table.checks)
            found.update(f"{schema.name}.{table.name}.{part.name}" for part in parts)
            if table.primary_key:
                found.add(f"{schema.name}.{table.name}.PK")
    return found


ALL = names(REALM)


def below(*paths: str) -> set[str]:
    return {n for n in ALL if any(n == p or n.startswith(p + ".") for p in paths)}


OF_EMAIL = {"app.users.email", "app.users.by_email", "app.users.lower_email"}
OF_AGE = {"app.users.age", "app.users.users_age_key", "app.users.adult", "app.ticket"}


@pytest.mark.parametrize(
    ("pattern", "gone"),
    [
        ("app", below("app")),
        ("*", ALL),
        ("a??", below("app")),
        ('"log.old"', below("log.old")),
        ('"log.*"', below("log.old")),
        ("log\\.old", below("log.old")),
        ("APP", set()),
        ("*.users", below("app.users", "log.old.users", "app.ticket")),
        ("app.*", {n for n in below("app") if n != "app"}),
        ("app.*[type=table]", below("app.users", "app.posts", "app.ticket")),
        ("app.*[type=enum|sequence]", {"app.status", "app.ticket"}),
        ("app.*[type=view]", set()),
        ("*[type=table].status", set()),
        ("app[type=schema].status", {"app.status"}),
        ("*.users.email", OF_EMAIL),
        ("*.users.age", OF_AGE),
        ("*.users.[ab]*", OF_AGE | {"app.users.by_email"}),
        ("*.users.[!ab]*", OF_EMAIL | {"app.users.id", "app.users.PK", "log.old.users.id", "app.posts.by",
                                       "app.users.users_age_key"}),
        ("*.*.*[type=check]", {"app.users.adult"}),
        ("*.*.*[type=fk]", {"app.posts.by"}),
        ("*.*.*[type=index]", {"app.users.by_email", "app.users.lower_email", "app.users.users_age_key"}),
        ("*.*.*[type=unique]", {"app.users.users_age_key"}),
        ("*.*.*[type=primary_key]", {"app.users.PK"}),
        ("*.*.email[type=index]", set()),
        ("app.users.id", {"app.users.id", "app.users.PK", "app.posts.by"}),
        ("*.*.*", {n for n in ALL if n.count(".") == 2 and not n.startswith("log.old")}
         | {"log.old.users.id", "app.ticket"}),
    ],
)  # fmt: skip
def test_exclude_takes_away_exactly(pattern: str, gone: set[str]) -> None:
    assert ALL - names(Patterns.of([pattern], []).apply(REALM)) == gone


def test_the_usual_name_of_a_primary_key_is_cut_as_the_server_cuts_it() -> None:
    table = msgspec.structs.replace(USERS, name="é" * 31)
    realm = Realm(schemas=(Schema(name="app", tables=(table,)),))
    name = "é" * 29 + "_pkey"
    (left,) = Patterns.of([f"*.*.{name}[type=primary_key]"], []).apply(realm).schemas[0].tables
    assert left.primary_key is None


def test_a_foreign_key_to_an_excluded_table_stays() -> None:
    assert "app.posts.by" in names(Patterns.of(["app.users"], []).apply(REALM))


@pytest.mark.parametrize(
    ("pattern", "kept"),
    [
        ("app", below("app")),
        ("app.users", {"app"} | below("app.users")),
        ("*.users", {"app", "log.old"} | below("app.users", "log.old.users")),
        ("*.posts", {"app"} | below("app.posts")),
        ("app.users.email", {"app", "app.users", "app.users.email"}),
        ("*.*.by_email", {"app", "app.users", "app.users.by_email", "app.users.email"}),
        ("*.*.*[type=fk]", {"app", "app.posts", "app.posts.by", "app.posts.author"}),
        ("*.*.*[type=primary_key]", {"app", "app.users", "app.users.PK", "app.users.id"}),
        ("*.*[type=enum]", {"app", "app.status"}),
        ("nothing", set()),
        ("*.nothing", set()),
    ],
)
def test_include_keeps_exactly(pattern: str, kept: set[str]) -> None:
    assert names(Patterns.of([], [pattern]).apply(REALM)) == kept


EVERYTHING = Realm(
    schemas=(
        Schema(
            name="s",
            tables=(
                Table(
                    name="t",
                    columns=(Column(name="a", type="int"), Column(name="b", type="int")),
                    exclusions=(Exclusion(name="x", parts=(IndexPart(column="a"),), operators=("=",)),),
                ),
            ),
            views=(View(name="v", definition="SELECT 1"),),
            materialized=(
                Materialized(
                    name="m",
                    definition="SELECT 1",
                    indexes=(Index(name="mi", parts=(IndexPart(column="a"),)),),
                ),
            ),
            functions=(
                Function(name="f", arguments=(Argument(type="integer"),), comment="one"),
                Function(name="f", arguments=(Argument(type="text"),)),
            ),
            domains=(Domain(name="d", type="int"),),
            triggers=(Trigger(name="tt", table="t"), Trigger(name="tv", table="v")),
            policies=(Policy(name="p", table="t"),),
            rules=(Rule(name="r", table="v", event="INSERT", definition=""),),
            statistics=(
                Statistics(name="st", of=TableRef(name="t"), columns=("a", "b")),
                Statistics(name="se", of=TableRef(name="t"), exprs=("(b + 1)",)),
            ),
        ),
    ),
    extensions=(Extension(name="citext", version="1.6"),),
    event_triggers=(EventTrigger(name="e", event="ddl_command_end", function="f"),),
)


def identities(realm: Realm) -> set[str]:
    """Every object of every kind, and the exclusions and indexes of those with parts."""
    holders = [realm, *realm.schemas]
    kinds = {id(realm): OF_REALM}
    found = {
        item.identifier
        for holder in holders
        for kind in kinds.get(id(holder), OF_SCHEMA)
        for item in getattr(holder, kind.field)
    }
    found |= {x.name for schema in realm.schemas for table in schema.tables for x in table.exclusions}
    return found | {i.name for schema in realm.schemas for m in schema.materialized for i in m.indexes}


@pytest.mark.parametrize(
    ("pattern", "gone"),
    [
        ("s.t", {"t", "x", "tt", "p", "st", "se"}),
        ("s.v", {"v", "tv", "r"}),
        ("*.*[type=view]", {"v", "tv", "r"}),
        ("*.*[type=table]", {"t", "x", "tt", "p", "st", "se"}),
        ("*.*[type=materialized_view]", {"m", "mi"}),
        ("*.m.*", {"mi"}),
        ("s.t.a", {"x", "st"}),
        ("s.t.b", {"st", "se"}),
        ("*.*.*[type=exclude]", {"x"}),
        ("s.f", {"f(integer)", "f(text)"}),
        ('s."f(text)"', {"f(text)"}),
        ("*.*[type=func]", {"f(integer)", "f(text)"}),
        ("*.*[type=type]", {"d"}),
        ("*.*.*[type=trigger]", {"tt", "tv"}),
        ("*.t.*[type=policy|rule]", {"p"}),
        ("*.*[type=statistics]", {"st", "se"}),
        ("*[type=extension]", {"citext"}),
        ("e", {"e"}),
        ("*[type=event_trigger]", {"e"}),
    ],
)
def test_exclude_knows_every_kind_and_what_goes_along(pattern: str, gone: set[str]) -> None:
    left = identities(Patterns.of([pattern], []).apply(EVERYTHING))
    assert identities(EVERYTHING) - left == gone


@pytest.mark.parametrize(
    ("pattern", "kept"),
    [
        ('s."f(text)"', {"f(text)"}),
        ("s.v", {"v", "tv", "r"}),
        ("*.*[type=type|statistics]", {"d"}),
        ("citext", {"citext"}),
    ],
)
def test_include_knows_every_kind(pattern: str, kept: set[str]) -> None:
    assert identities(Patterns.of([], [pattern]).apply(EVERYTHING)) == kept


def test_attributes_of_a_kind_can_be_left_out() -> None:
    left = Patterns.of(["*[type=extension].version", "s.*[type=function].comment"], []).apply(EVERYTHING)
    assert left.extensions == (Extension(name="citext"),)
    assert [function.comment for function in left.schemas[0].functions] == ["", ""]


def test_exclude_wins_over_include() -> None:
    patterns = Patterns.of(["*.users.email"], ["app.users"])
    assert names(patterns.apply(REALM)) == {"app"} | below("app.users") - OF_EMAIL


def test_in_schema_scope_patterns_start_at_the_object() -> None:
    odd = Realm(schemas=(Schema(name='a.*"', tables=(USERS,)), Schema(name='a.b"', tables=(USERS,))))
    left = Patterns.of(["users"], [], schema='a.*"').apply(odd)
    assert [len(s.tables) for s in left.schemas] == [0, 1]


def test_without_patterns_the_realm_is_the_same_object() -> None:
    assert Patterns().apply(REALM) is REALM


@pytest.mark.parametrize(
    ("excluded", "kind", "path", "kept"),
    [
        ("citext", "extension", ("", "citext"), False),
        ("*[type=extension]", "extension", ("", "citext"), False),
        ("*[type=extension]", "schema", ("citext",), True),
        ("app.*[type=view|function]", "view", ("app", "v"), False),
        ("app.*[type=view|function]", "trigger", ("app", "users", "t"), True),
        ("app.users", "trigger", ("app", "users", "t"), False),
        ("app.users.*[type=trigger]", "trigger", ("app", "users", "t"), False),
        ("app.users.*[type=fk]", "foreign_key", ("app", "users", "t"), False),
    ],
)
def test_keeps_answers_for_kinds_the_model_does_not_carry(
    excluded: str, kind: str, path: tuple[str, ...], kept: bool
) -> None:
    assert Patterns.of([excluded], []).keeps(kind, *path) is kept


def test_an_include_of_children_asks_for_no_views() -> None:
    patterns = Patterns.of([], ["app.*.email"])
    assert patterns.keeps("table", "app", "users")
    assert not patterns.keeps("view", "app", "v")


@pytest.mark.parametrize(
    ("pattern", "schema", "problem"),
    [
        ("a.b.c.d", "", "too many parts in pattern"),
        ("a.b.c", "main", "too many parts in pattern"),
        ("a..b", "", "empty part in pattern"),
        ("", "", "empty part in pattern"),
        ("a.", "", "empty part in pattern"),
        ("a[", "", "syntax error in pattern"),
        ("[b-a]", "", "syntax error in pattern"),
        ('"a', "", "syntax error in pattern"),
        ('a"b', "", "syntax error in pattern"),
        ("a\\", "", "syntax error in pattern"),
    ],
)
def test_what_is_not_a_pattern_is_named(pattern: str, schema: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Patterns.of([], [pattern], schema=schema)
    assert caught.value.message == f'{problem}: "{pattern}"'


@pytest.mark.parametrize(
    ("selector", "unknown", "hint"),
    [
        ("veiw", "veiw", 'did you mean "view"?'),
        ("table|", "", "types are: access_method, aggregate, cast, "),
        ("x", "x", "types"),
    ],
)
def test_a_type_that_there_is_none_of_is_named(selector: str, unknown: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=f'there is no type "{unknown}"') as caught:
        Patterns.of([f"app.*[type={selector}]"], [])
    assert caught.value.hint.startswith(hint)
