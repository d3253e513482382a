"""`text_search_dictionary "d" { … }`, `text_search_configuration "c" { … }` and their like."""

from __future__ import annotations

from typing import Any

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.grammar import Shape, words
from backstay.dialects.mapping.objects.block import ObjectBlock
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing, texts_by_name
from backstay.hcl import write
from backstay.hcl.document import Block
from backstay.hcl.values import Reference
from backstay.schema.model import (
    Conversion,
    Model,
    TextSearchConfiguration,
    TextSearchDictionary,
    TextSearchMapping,
    TextSearchParser,
    TextSearchTemplate,
)

COMMON = "name schema comment depends_on for_each"


def _of_functions(kind: str, struct: type[Model], fields: tuple[str, ...]) -> ObjectBlock:
    """The block of a kind that is nothing but its functions."""

    def decode(item: Named, scope: Scope) -> Model:
        functions = {field: scope.function(item.block, field, item.schema) for field in fields}
        return struct(name=item.name, comment=reading.text(item.block, "comment"), **functions)

    def encode(found: Any, schema: str, writing: Writing) -> write.Block:
        values: dict[str, write.Written] = {"schema": Reference(("schema", schema))}
        values |= {field: writing.function(getattr(found, field), schema) for field in fields}
        values["comment"] = found.comment or None
        return write.block(kind, writing.labels.objects[kind][schema, found.name], values)

    shape = Shape(words(COMMON) | frozenset(fields), named=True)
    return ObjectBlock(kind=kind, shape=shape, decode=decode, encode=encode)


def decode_dictionary(item: Named, scope: Scope) -> TextSearchDictionary:
    """A dictionary; the values of its options are SQL: `{ stopwords = "'english'" }`."""
    block = item.block
    value = block.get("options")
    options = {} if value is None else value
    if not isinstance(options, dict) or not all(isinstance(text, str) for text in options.values()):
        raise reading.unexpected(block, "options", value, "object of strings")
    return TextSearchDictionary(
        name=item.name,
        template=_required(block, "template"),
        options={name: str(text) for name, text in options.items()},
        comment=reading.text(block, "comment"),
    )


def encode_dictionary(dictionary: TextSearchDictionary, schema: str, writing: Writing) -> write.Block:
    """The block of a dictionary."""
    return write.block(
        "text_search_dictionary",
        writing.labels.objects["text_search_dictionary"][schema, dictionary.name],
        {
            "schema": Reference(("schema", schema)),
            "template": dictionary.template,
            "options": texts_by_name(dictionary.options),
            "comment": dictionary.comment or None,
        },
    )


def decode_configuration(item: Named, scope: Scope) -> TextSearchConfiguration:
    """A configuration: which dictionaries are asked for which kind of token."""
    block = item.block
    return TextSearchConfiguration(
        name=item.name,
        parser=_required(block, "parser"),
        mappings=tuple(
            TextSearchMapping(token=child.name, dictionaries=reading.strings(child, "dictionaries"))
            for child in block.blocks("mapping")
        ),
        comment=reading.text(block, "comment"),
    )


def encode_configuration(
    configuration: TextSearchConfiguration, schema: str, writing: Writing
) -> write.Block:
    """The block of a configuration."""
    return write.block(
        "text_search_configuration",
        writing.labels.objects["text_search_configuration"][schema, configuration.name],
        {
            "schema": Reference(("schema", schema)),
            "parser": configuration.parser,
            "comment": configuration.comment or None,
        },
        [
            write.block("mapping", (mapping.token,), {"dictionaries": mapping.dictionaries})
            for mapping in configuration.mappings
        ],
    )


def decode_conversion(item: Named, scope: Scope) -> Conversion:
    """A conversion between encodings, named as the server does: `"LATIN1"`."""
    block = item.block
    return Conversion(
        name=item.name,
        source=_required(block, "source"),
        target=_required(block, "target"),
        function=scope.function(block, "function", item.schema),
        default=reading.flag(block, "default"),
        comment=reading.text(block, "comment"),
    )


def encode_conversion(conversion: Conversion, schema: str, writing: Writing) -> write.Block:
    """The block of a conversion."""
    return write.block(
        "conversion",
        writing.labels.objects["conversion"][schema, conversion.name],
        {
            "schema": Reference(("schema", schema)),
            "source": conversion.source,
            "target": conversion.target,
            "function": writing.function(conversion.function, schema),
            "default": conversion.default or None,
            "comment": conversion.comment or None,
        },
    )


def _required(block: Block, attribute: str) -> str:
    text = reading.expression(block, attribute)
    if not text:
        raise block.error(f'missing attribute "{attribute}" of {block.title}')
    return text


PARSER = _of_functions(
    "text_search_parser", TextSearchParser, ("start", "gettoken", "end", "lextypes", "headline")
)
TEMPLATE = _of_functions("text_search_template", TextSearchTemplate, ("init", "lexize"))
DICTIONARY = ObjectBlock(
    kind="text_search_dictionary",
    shape=Shape(words(f"{COMMON} template options"), named=True),
    decode=decode_dictionary,
    encode=encode_dictionary,
)
CONFIGURATION = ObjectBlock(
    kind="text_search_configuration",
    shape=Shape(words(f"{COMMON} parser"), words("mapping"), named=True),
    shapes={"mapping": Shape(words("dictionaries"), named=True)},
    decode=decode_configuration,
    encode=encode_configuration,
)
CONVERSION = ObjectBlock(
    kind="conversion",
    shape=Shape(words(f"{COMMON} source target function default"), named=True),
    decode=decode_conversion,
    encode=encode_conversion,
)
