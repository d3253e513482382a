"""Short ways to read documents of PostgreSQL."""

from __future__ import annotations

from textwrap import dedent

from backstay.dialects.postgres.hcl import decode
from backstay.schema.model import Column, Realm, Table
from tests.dialects.mapping.documents import document

COLUMNS = 'column "a" {\n type = int\n}\ncolumn "b" {\n type = int\n}\n'


def read(text: str, *, qualify: bool = False) -> Realm:
    return decode(document(text), qualify=qualify)


def read_table(body: str, more: str = "") -> Table:
    """The table `t` of a document with the schemas `public` and `other`."""
    lines = dedent(body).strip().replace("\n", "\n  ")
    head = 'schema "public" {}\nschema "other" {}\ntable "t" {\n  schema = schema.public\n'
    realm = read(f"{head}  {lines}\n}}\n{more}")
    tables = {schema.name: schema.tables for schema in realm.schemas}
    return next(table for table in tables["public"] if table.name == "t")


def read_column(body: str, more: str = "") -> Column:
    return read_table(f'column "c" {{\n  {body}\n}}', more).columns[0]
