"""`publication "p" { tables = [table.a]  published { table = table.b  columns = ["id"]  where = "…" } }`."""

from __future__ import annotations

from collections.abc import Iterator

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.grammar import Shape, bare, words
from backstay.dialects.mapping.objects.block import ObjectBlock
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing
from backstay.hcl import write
from backstay.hcl.values import Reference
from backstay.schema.model import Publication, PublishedTable

OPERATIONS = bare("INSERT", "UPDATE", "DELETE", "TRUNCATE")
GENERATED = bare("NONE", "STORED")
EVERYTHING = Publication(name="").operations


def decode(item: Named, scope: Scope) -> Publication:
    """A publication of tables, of all tables in schemas, or of all there are."""
    block = item.block
    published = reading.word_list(block, "publish", OPERATIONS)
    operations = EVERYTHING if published is None else tuple(map(str.lower, published))
    generated = reading.word(block, "generated_columns", GENERATED).lower()
    return Publication(
        name=item.name,
        all_tables=reading.flag(block, "all_tables"),
        tables=tuple(sorted(_tables(item, scope), key=lambda table: (table.schema, table.table))),
        schemas=tuple(sorted(scope.names(block, "schemas"))),
        operations=tuple(word for word in EVERYTHING if word in operations),
        via_root=reading.flag(block, "via_root"),
        generated_columns="" if generated == "none" else generated,
        comment=reading.text(block, "comment"),
    )


def _tables(item: Named, scope: Scope) -> Iterator[PublishedTable]:
    for found in scope.relations(item.block, "tables"):
        yield PublishedTable(schema=found.schema, table=found.name)
    for block in item.block.blocks("published"):
        table = scope.relation(block, "table")
        yield PublishedTable(
            schema=table.schema,
            table=table.name,
            columns=scope.names(block, "columns"),
            where=reading.expression(block, "where"),
        )


def encode(publication: Publication, schema: str, writing: Writing) -> write.Block:
    """The block of a publication; tables of which all is published are a list."""
    plain = [table for table in publication.tables if not (table.columns or table.where)]
    operations = write.Bare(f"[{', '.join(publication.operations).upper()}]")
    return write.block(
        "publication",
        (publication.name,),
        {
            "all_tables": publication.all_tables or None,
            "tables": tuple(writing.relation(table.schema, table.table) for table in plain) or None,
            "schemas": tuple(Reference(("schema", name)) for name in publication.schemas) or None,
            "publish": operations if publication.operations != EVERYTHING else None,
            "via_root": publication.via_root or None,
            "generated_columns": write.Bare("STORED") if publication.generated_columns else None,
            "comment": publication.comment or None,
        },
        (_published(table, writing) for table in publication.tables if table not in plain),
    )


def _published(table: PublishedTable, writing: Writing) -> write.Block:
    return write.block(
        "published",
        (),
        {
            "table": writing.relation(table.schema, table.table),
            "columns": tuple(writing.column(table.schema, table.table, name) for name in table.columns)
            or None,
            "where": table.where or None,
        },
    )


PUBLICATION = ObjectBlock(
    kind="publication",
    shape=Shape(
        words(
            "name all_tables tables schemas publish via_root generated_columns comment for_each depends_on"
        ),
        words("published"),
        named=True,
    ),
    shapes={"published": Shape(words("table columns where"))},
    decode=decode,
    encode=encode,
)
