"""Everything that `pg_dump -s` can show is carried, or refused by name; psql knows what there is."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from backstay.errors import UnsupportedError
from backstay.schema.patterns import Patterns
from tests.dialects.postgres.databases import (
    EVERYTHING,
    apply,
    connected,
    dumps,
    emptied,
    load,
    planned,
    unordered,
    written_and_read,
)
from tests.servers.postgres import binaries, fresh_database

KINDS = tomllib.loads(Path(__file__).with_name("kinds.toml").read_text(encoding="utf-8"))
CARRIED, REFUSED = KINDS["carried"], KINDS["refused"]
COMMENTED = [name for case in CARRIED for name in case["comments"]]
KIND = re.compile(r"^  (?:\[ \w+ \] )?([A-Z]+(?: [A-Z]+)*)", re.MULTILINE)
COMMAND = re.compile(r"^Command: +CREATE (.+)$", re.MULTILINE)


def test_every_kind_that_the_server_has_is_told_of(postgres: str, postgres_major: str) -> None:
    def told(command: str) -> str:
        psql = str(binaries(postgres_major) / "psql")
        asked = [psql, "--no-psqlrc", postgres, "--command", f"\\h {command}"]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout

    syntax = told("COMMENT").partition("{")[2].partition("}")[0]
    known = {kind for case in (*CARRIED, *REFUSED) for kind in case["kinds"]} | KINDS["absent"].keys()
    words = {word.removesuffix(" FOR").removesuffix(" ON DOMAIN") for word in KIND.findall(syntax)}
    assert words == known & words
    assert len(words) > 40
    made = set(COMMAND.findall(told("CREATE")))
    assert made == known & made
    assert len(made) > 40


def test_one_of_each_kind_is_carried_with_its_comment(postgres: str, postgres_major: str) -> None:
    server = postgres.rpartition("/")[0]
    with fresh_database(server) as url, connected(postgres) as desired, connected(url) as current:
        for case in CARRIED:
            load(desired, case["sql"])
        load(desired, "".join(f"COMMENT ON {name} IS 'told of {name}';" for name in COMMENTED))
        after = desired.inspect(EVERYTHING)
        apply(current, planned(current.inspect(EVERYTHING), after))
        result, expected = dumps([url, postgres], postgres_major)
        assert result == expected
        assert sum("IS 'told of " in line for line in result) == len(COMMENTED)
        assert unordered(written_and_read(emptied(current), after)) == unordered(after)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["kinds"][0])
def test_the_others_are_refused_by_name(case: dict[str, str], postgres: str) -> None:
    with connected(postgres) as session:
        load(session, case["sql"])
        with pytest.raises(UnsupportedError) as caught:
            session.inspect(EVERYTHING)
        load(session, case["drop"])
    assert caught.value.message == f"not supported yet: {', '.join(case['names'])}"


LABELLED = """
CREATE SCHEMA o; CREATE TABLE o.t (a int); CREATE VIEW o.v AS SELECT 1;
CREATE FUNCTION o.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
SET allow_system_table_mods = on;
INSERT INTO pg_seclabel VALUES ('o.t'::regclass, 'pg_class'::regclass, 0, 'x', 'y');
INSERT INTO pg_seclabel VALUES ('o.t'::regclass, 'pg_class'::regclass, 1, 'x', 'y');
INSERT INTO pg_seclabel VALUES ('o.v'::regclass, 'pg_class'::regclass, 0, 'x', 'y');
INSERT INTO pg_seclabel VALUES ('o.f'::regproc, 'pg_proc'::regclass, 0, 'x', 'y');
INSERT INTO pg_seclabel VALUES ('o'::regnamespace, 'pg_namespace'::regclass, 0, 'x', 'y');
"""


def test_security_labels_are_refused_by_name(postgres: str) -> None:
    """They can be set only where their provider is loaded, so they are written into the catalogue here."""
    with connected(postgres) as session:
        load(session, LABELLED)
        with pytest.raises(UnsupportedError) as caught:
            session.inspect(EVERYTHING)
        assert sorted(caught.value.message.removeprefix("not supported yet: ").split(", ")) == [
            'security label of function "o"."f"',
            'security label of schema "o"',
            'security label of table "o"."t"',
            'security label of table column "o"."t"',
            'security label of view "o"."v"',
        ]
        (schema,) = session.inspect(Patterns.of(["o"], [])).schemas
        assert schema.name == "public"
    with connected(postgres, "public") as session:
        assert session.inspect(EVERYTHING).schemas[0].tables == ()
