"""Text search objects (PostgreSQL documentation, chapter 12), and encoding conversions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from backstay.dialects.postgres.names import quote_name, quote_text
from backstay.dialects.postgres.objects.planner import Act, Place, Planner
from backstay.schema.model import (
    Conversion,
    TextSearchConfiguration,
    TextSearchDictionary,
    TextSearchMapping,
    TextSearchParser,
    TextSearchTemplate,
)


def create_parser(parser: TextSearchParser, place: Place) -> tuple[str, ...]:
    """CREATE TEXT SEARCH PARSER."""
    functions = {
        "START": parser.start,
        "GETTOKEN": parser.gettoken,
        "END": parser.end,
        "LEXTYPES": parser.lextypes,
        "HEADLINE": parser.headline,
    }
    return (f"CREATE TEXT SEARCH PARSER {place.name(parser.name)} ({_options(functions.items())})",)


def create_template(template: TextSearchTemplate, place: Place) -> tuple[str, ...]:
    """CREATE TEXT SEARCH TEMPLATE."""
    functions = {"INIT": template.init, "LEXIZE": template.lexize}
    return (f"CREATE TEXT SEARCH TEMPLATE {place.name(template.name)} ({_options(functions.items())})",)


def create_dictionary(dictionary: TextSearchDictionary, place: Place) -> tuple[str, ...]:
    """CREATE TEXT SEARCH DICTIONARY; the catalogue's words for the options are SQL."""
    options = _options([("TEMPLATE", dictionary.template), *dictionary.options.items()])
    return (f"CREATE TEXT SEARCH DICTIONARY {place.name(dictionary.name)} ({options})",)


def alter_dictionary(
    before: TextSearchDictionary, after: TextSearchDictionary, place: Place
) -> tuple[Act, ...] | None:
    """Options change in place; their order, which says nothing, does not."""
    if before.template != after.template:
        return None
    if before.options == after.options:
        return ()
    name = place.name(after.name)
    return (
        Act(
            sql=f"ALTER TEXT SEARCH DICTIONARY {name} ({_changed(before, after)})",
            reverse=(f"ALTER TEXT SEARCH DICTIONARY {name} ({_changed(after, before)})",),
        ),
    )


def _changed(before: TextSearchDictionary, after: TextSearchDictionary) -> str:
    """An option without a value is taken away."""
    gone = (name for name in before.options if name not in after.options)
    new = ((k, v) for k, v in after.options.items() if before.options.get(k) != v)
    return ", ".join((*gone, *(f"{name} = {value}" for name, value in new)))


def _options(options: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in options if value)


def create_configuration(configuration: TextSearchConfiguration, place: Place) -> tuple[str, ...]:
    """CREATE TEXT SEARCH CONFIGURATION, with its mappings."""
    name = place.name(configuration.name)
    return (
        f"CREATE TEXT SEARCH CONFIGURATION {name} (PARSER = {configuration.parser})",
        *(f"ALTER TEXT SEARCH CONFIGURATION {name} {text}" for text in _maps("ADD", configuration.mappings)),
    )


def alter_configuration(
    before: TextSearchConfiguration, after: TextSearchConfiguration, place: Place
) -> tuple[Act, ...] | None:
    """Mappings are added, altered and dropped in place; the parser stays what it is."""
    if before.parser != after.parser:
        return None
    name = place.name(after.name)
    there = _mapping_changes(before, after)
    back = _mapping_changes(after, before)
    undo = tuple(f"ALTER TEXT SEARCH CONFIGURATION {name} {text}" for text in back)
    acts = [Act(sql=f"ALTER TEXT SEARCH CONFIGURATION {name} {text}", reverse=undo) for text in there]
    return tuple(acts) if len(acts) < 2 else tuple(Act(sql=act.sql) for act in acts)


def _mapping_changes(before: TextSearchConfiguration, after: TextSearchConfiguration) -> tuple[str, ...]:
    old = {mapping.token: mapping.dictionaries for mapping in before.mappings}
    new = {mapping.token for mapping in after.mappings}
    gone = ", ".join(quote_name(token) for token in old if token not in new)
    changed = (m for m in after.mappings if m.token in old and old[m.token] != m.dictionaries)
    added = (m for m in after.mappings if m.token not in old)
    dropped = (f"DROP MAPPING FOR {gone}",) if gone else ()
    return (*dropped, *_maps("ALTER", changed), *_maps("ADD", added))


def _maps(action: str, mappings: Iterable[TextSearchMapping]) -> Iterator[str]:
    """One clause for all tokens that have the same dictionaries."""
    tokens: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for mapping in mappings:
        tokens[mapping.dictionaries].append(mapping.token)
    for dictionaries, names in tokens.items():
        listed = ", ".join(map(quote_name, names))
        yield f"{action} MAPPING FOR {listed} WITH {', '.join(dictionaries)}"


def create_conversion(conversion: Conversion, place: Place) -> tuple[str, ...]:
    """CREATE CONVERSION."""
    default = "DEFAULT " if conversion.default else ""
    source, target = quote_text(conversion.source), quote_text(conversion.target)
    name = place.name(conversion.name)
    return (f"CREATE {default}CONVERSION {name} FOR {source} TO {target} FROM {conversion.function}",)


PARSER = Planner(
    kind="text_search_parser",
    keyword="TEXT SEARCH PARSER",
    noun="text search parser",
    create=create_parser,
    early=True,
)
TEMPLATE = Planner(
    kind="text_search_template",
    keyword="TEXT SEARCH TEMPLATE",
    noun="text search template",
    create=create_template,
    early=True,
)
DICTIONARY = Planner(
    kind="text_search_dictionary",
    keyword="TEXT SEARCH DICTIONARY",
    noun="text search dictionary",
    create=create_dictionary,
    alter=alter_dictionary,
    early=True,
)
CONFIGURATION = Planner(
    kind="text_search_configuration",
    keyword="TEXT SEARCH CONFIGURATION",
    noun="text search configuration",
    create=create_configuration,
    alter=alter_configuration,
    early=True,
)
CONVERSION = Planner(
    kind="conversion", keyword="CONVERSION", noun="conversion", create=create_conversion, early=True
)
