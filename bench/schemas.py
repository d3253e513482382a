"""Schemas of any size with the traits of real ones: keys, references, indexes, checks, comments."""

from __future__ import annotations

from collections.abc import Iterator


def hcl_tables(count: int, *, schema: str = "public") -> str:
    """A schema file of `count` tables, about 1 kB each, for PostgreSQL."""
    return "\n".join([f'schema "{schema}" {{\n}}', *(_hcl_table(i, schema) for i in range(count))]) + "\n"


def sql_tables(count: int) -> Iterator[str]:
    """The same shape as SQL statements that PostgreSQL and SQLite take, one at a time."""
    for i in range(count):
        yield (
            f"CREATE TABLE table_{i:05d} (id integer NOT NULL, parent_id integer, code varchar(40) NOT NULL,"
            " title text NOT NULL, note text, amount numeric(12, 2) NOT NULL DEFAULT 0,"
            " active boolean NOT NULL DEFAULT true, created_on date, position integer NOT NULL DEFAULT 1,"
            f" weight real, PRIMARY KEY (id), CONSTRAINT amount_{i:05d} CHECK (amount >= 0),"
            f" CONSTRAINT parent_{i:05d} FOREIGN KEY (parent_id) REFERENCES table_{max(i - 1, 0):05d} (id))"
        )
        yield f"CREATE INDEX code_{i:05d} ON table_{i:05d} (code)"
        yield f"CREATE UNIQUE INDEX title_{i:05d} ON table_{i:05d} (title, position)"


def _hcl_table(i: int, schema: str) -> str:
    return f"""table "table_{i:05d}" {{
  schema  = schema.{schema}
  comment = "table number {i}"
  column "id" {{
    null = false
    type = integer
  }}
  column "parent_id" {{
    null = true
    type = integer
  }}
  column "code" {{
    null = false
    type = character_varying(40)
  }}
  column "title" {{
    null = false
    type = text
  }}
  column "note" {{
    null    = true
    type    = text
    comment = "what people wrote"
  }}
  column "amount" {{
    null    = false
    type    = numeric(12,2)
    default = 0
  }}
  column "active" {{
    null    = false
    type    = boolean
    default = true
  }}
  column "created_on" {{
    null    = true
    type    = date
    default = sql("CURRENT_DATE")
  }}
  primary_key {{
    columns = [column.id]
  }}
  foreign_key "parent_{i:05d}" {{
    columns     = [column.parent_id]
    ref_columns = [table.table_{max(i - 1, 0):05d}.column.id]
    on_update   = NO_ACTION
    on_delete   = CASCADE
  }}
  index "code_{i:05d}" {{
    columns = [column.code]
  }}
  index "title_{i:05d}" {{
    unique  = true
    columns = [column.title, column.amount]
  }}
  check "amount_{i:05d}" {{
    expr = "(amount >= 0)"
  }}
}}"""
