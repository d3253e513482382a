"""Text search: parsers, templates, dictionaries, configurations; and encoding conversions."""

from __future__ import annotations

from backstay.schema.model.base import Model


class TextSearchParser(Model, frozen=True):
    """A parser, by its functions."""

    name: str
    start: str
    gettoken: str
    end: str
    lextypes: str
    headline: str = ""
    comment: str = ""


class TextSearchTemplate(Model, frozen=True):
    """A template of dictionaries, by its functions."""

    name: str
    lexize: str
    init: str = ""
    comment: str = ""


class TextSearchDictionary(Model, frozen=True):
    """A dictionary made of a template; `options` as the catalogue writes them, by name."""

    name: str
    template: str
    options: dict[str, str] = {}
    comment: str = ""


class TextSearchMapping(Model, frozen=True):
    """The dictionaries that a configuration asks for one kind of token, in order."""

    token: str
    dictionaries: tuple[str, ...]


class TextSearchConfiguration(Model, frozen=True):
    """A configuration: a parser, and the dictionaries by kind of token."""

    name: str
    parser: str
    mappings: tuple[TextSearchMapping, ...] = ()
    comment: str = ""


class Conversion(Model, frozen=True):
    """A conversion between two encodings."""

    name: str
    source: str
    target: str
    function: str
    default: bool = False
    comment: str = ""
