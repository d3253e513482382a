"""The schema of a product that has grown for years: many tables, odd names, everything PostgreSQL has.

The same size and release always give the same statements. The second release changes a part of every kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice

from backstay.dialects.postgres.names import quote_name

SCHEMAS = ("public", "Sales & Co", "select")
ODD_NAMES = (
    "user",
    "Users",
    'say "hi"',
    "it's",
    "a.b",
    "100%",
    "$1",
    "back\\slash",
    "ünïcödé ☃",
    "tab\there",
    "; DROP TABLE x; --",
    "{braces}",
    "naïve\u200bzero",
    "x" * 63,
    "é" * 31,
)
LOCALES = ("C", "POSIX")


def product(
    tables: int, *, release: int = 1, indexes: int = 3, functions: int | None = None
) -> Iterator[str]:
    """The statements that make it: `tables` tables with as many indexes each, and half as many functions."""
    new = release > 1
    yield from (f"CREATE SCHEMA IF NOT EXISTS {quote_name(schema)}" for schema in SCHEMAS)
    yield from _types(new)
    for number in range(functions if functions is not None else tables // 2):
        yield from _function(number, new)
    yield (
        "CREATE FUNCTION public.touched() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN NEW.updated_at := now(); RETURN NEW; END$$"
    )
    for number in range(tables):
        yield from _table(number, new)
        yield from islice(_indexes(number, new), indexes)
        yield from _around(number, new)


def name(number: int) -> str:
    """The qualified name of a table; every seventh has an odd one."""
    return f"{quote_name(SCHEMAS[number % 3])}.{quote_name(_plain(number))}"


def _plain(number: int) -> str:
    if number % 7:
        return f"table_{number}"
    odd = ODD_NAMES[number // 7 % len(ODD_NAMES)]
    suffix = str(number // 7 // len(ODD_NAMES) or "")
    return odd.encode()[: 63 - len(suffix)].decode(errors="ignore") + suffix


def _types(new: bool) -> Iterator[str]:
    values = "'new', 'paid', 'sent', 'lost'" if new else "'new', 'paid', 'lost'"
    yield f"CREATE TYPE public.status AS ENUM ({values})"
    yield "CREATE TYPE \"select\".\"Kind\" AS ENUM ('a', 'b''c', '\"d\"')"
    yield "CREATE DOMAIN public.email AS text CONSTRAINT looks_like_one CHECK (VALUE ~ '^[^@]+@[^@]+$')"
    yield f"CREATE DOMAIN public.amount AS numeric({14 if new else 12}, 2) DEFAULT 0"
    yield f"CREATE TYPE public.address AS (street text, city text{', country text' if new else ''})"
    yield 'CREATE TYPE "Sales & Co".period AS RANGE (subtype = timestamptz)'
    yield "CREATE COLLATION public.bytes (locale = 'C')"
    yield "CREATE SEQUENCE public.numbers INCREMENT 10 START 1000"


def _function(number: int, new: bool) -> Iterator[str]:
    schema = quote_name(SCHEMAS[number % 3])
    body = f"SELECT a + {number + (1 if new and number % 4 == 0 else 0)}"
    forms = (
        f"LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $${body}$$",
        f"LANGUAGE sql STABLE STRICT COST {number % 50 + 1} AS '{body}'",
        f"LANGUAGE plpgsql AS $body$\nBEGIN\n  RETURN ({body});\nEND\n$body$",
        f"LANGUAGE sql IMMUTABLE RETURN a + {number}",
    )
    yield f"CREATE FUNCTION {schema}.calculate_{number}(a int) RETURNS int {forms[number % 4]}"
    if number % 10 == 0:
        yield f"COMMENT ON FUNCTION {schema}.calculate_{number}(int) IS 'number {number}'"


def _table(number: int, new: bool) -> Iterator[str]:
    columns = [
        "id bigint GENERATED ALWAYS AS IDENTITY" if number % 2 else "id bigserial",
        f"parent_id bigint{_reference(number)}",
        f'code varchar({60 if new and number % 5 == 0 else 40}) COLLATE "{LOCALES[number % 2]}" NOT NULL',
        "status public.status NOT NULL DEFAULT 'new'",
        "price public.amount",
        f"mail {'public.email' if number % 3 else 'text'}",
        "address public.address",
        "tags text[] DEFAULT '{}'",
        "data jsonb DEFAULT '{}'::jsonb NOT NULL",
        f"total {'bigint' if new and number % 6 == 0 else 'int'} DEFAULT {number}",
        "double_total bigint GENERATED ALWAYS AS (total * 2) STORED",
        "created_at timestamptz NOT NULL DEFAULT now()",
        "updated_at timestamptz",
        "CHECK (total >= 0)",
    ]
    if new and number % 4 == 0:
        columns.insert(5, "note text DEFAULT 'none'")
    partitioned = _is_partitioned(number)
    columns.append("PRIMARY KEY (id, created_at)" if partitioned else "PRIMARY KEY (id)")
    if partitioned:
        columns.append("UNIQUE (id, created_at, code)")
    tail = " PARTITION BY RANGE (created_at)" if partitioned else ""
    yield f"CREATE TABLE {name(number)} ({', '.join(columns)}){tail}"
    if partitioned:
        schema = quote_name(SCHEMAS[number % 3])
        for year in range(2020, 2025 if new else 2024):
            yield (
                f"CREATE TABLE {schema}.part_{number}_{year} PARTITION OF {name(number)} "
                f"FOR VALUES FROM ('{year}-01-01 00:00:00+00') TO ('{year + 1}-01-01 00:00:00+00')"
            )
    yield f"COMMENT ON TABLE {name(number)} IS 'it''s number {number}'"
    yield f"COMMENT ON COLUMN {name(number)}.code IS E'of release\\n{2 if new and number % 8 == 0 else 1}'"


def _is_partitioned(number: int) -> bool:
    return number % 10 == 9


def _reference(number: int) -> str:
    parent = number - 3
    if parent < 0 or _is_partitioned(number) or _is_partitioned(parent):
        return ""
    return f" REFERENCES {name(parent)} (id) ON DELETE CASCADE"


def _indexes(number: int, new: bool) -> Iterator[str]:
    where = "status <> 'lost'" if new else "status = 'new'"
    forms = cycle(
        (
            f"(code, created_at DESC) WHERE {where}",
            "(lower(mail::text) text_pattern_ops)",
            "USING gin (data jsonb_path_ops)",
            "(parent_id) INCLUDE (code)",
            "USING brin (created_at) WITH (pages_per_range = 32)",
            "(total DESC NULLS LAST, price)",
        )
    )
    for place, form in enumerate(islice(forms, number % 3, None)):
        yield f"CREATE INDEX index_{number}_{place} ON {name(number)} {form}"


def _around(number: int, new: bool) -> Iterator[str]:
    """Views, triggers, policies and the like, on some of the tables."""
    schema = quote_name(SCHEMAS[number % 3])
    if number % 4 == 0:
        yield (
            f"CREATE TRIGGER touch BEFORE UPDATE ON {name(number)} FOR EACH ROW "
            f"{'WHEN (OLD.code IS DISTINCT FROM NEW.code) ' if new else ''}EXECUTE FUNCTION public.touched()"
        )
    if number % 5 == 0:
        extra = ", data" if new and number % 2 else ""
        yield f"CREATE VIEW {schema}.view_{number} AS SELECT id, code, total{extra} FROM {name(number)}"
        yield (
            f"CREATE VIEW {schema}.view_on_view_{number} AS "
            f"SELECT code, sum(total) AS total FROM {schema}.view_{number} GROUP BY code"
        )
    if number % 20 == 5:
        yield (
            f"CREATE MATERIALIZED VIEW {schema}.summary_{number} AS "
            f"SELECT code, total FROM {schema}.view_on_view_{number}"
        )
        yield f"CREATE UNIQUE INDEX summary_key_{number} ON {schema}.summary_{number} (code)"
    if number % 6 == 1:
        yield f"ALTER TABLE {name(number)} ENABLE ROW LEVEL SECURITY"
        rule = "status <> 'lost' AND total > 0" if new else "status <> 'lost'"
        yield f"CREATE POLICY own ON {name(number)} FOR SELECT USING ({rule})"
    if number % 15 == 2:
        yield f"CREATE STATISTICS {schema}.stat_{number} ON code, status FROM {name(number)}"
    if number % 16 == 3:
        yield f"CREATE RULE keep AS ON DELETE TO {name(number)} DO INSTEAD NOTHING"
