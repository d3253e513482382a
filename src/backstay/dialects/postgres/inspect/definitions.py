"""Objects of kinds of their own: each row of `queries/definitions` and `queries/database` is one.

The query words the object as the JSON of its struct in the model; what is left is its comment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from backstay.decoding import decode
from backstay.dialects.postgres.inspect.reading import Reading
from backstay.dialects.postgres.inspect.rows import DefinitionRow
from backstay.dialects.postgres.inspect.unsupported import Unsupported
from backstay.schema.kinds import BY_NAME, address
from backstay.schema.model import Address, Model


class Definitions(NamedTuple):
    """The objects by schema and field of the model, sorted; and the address of each by catalogue and oid."""

    objects: Mapping[tuple[str, str], list[Model]]
    addresses: Mapping[tuple[int, int], Address]


def definitions(reading: Reading, rows: Iterable[DefinitionRow]) -> Definitions:
    """All objects of these rows, without members of extensions."""
    objects: defaultdict[tuple[str, str], list[Model]] = defaultdict(list)
    addresses: dict[tuple[int, int], Address] = {}
    for row in rows:
        if (row.catalogue, row.oid) in reading.members:
            continue
        item = decode(row.definition, BY_NAME[row.kind].struct)
        comment = reading.comments.take(row.catalogue, row.oid)
        if comment:
            item = msgspec.structs.replace(item, comment=comment)
        extensions = reading.dependents.get((row.catalogue, row.oid))
        if extensions:
            item = _tied(item, extensions, row, reading)
        objects[row.schema, BY_NAME[row.kind].field].append(item)
        addresses[row.catalogue, row.oid] = address(row.kind, row.schema, item)
    for items in objects.values():
        items.sort(key=lambda item: (getattr(item, "table", ""), item.identifier))
    return Definitions(objects, addresses)


def _tied(item: Model, extensions: Iterable[str], row: DefinitionRow, reading: Reading) -> Model:
    """The object with the extensions that it was made to depend on; an aggregate has no place for them."""
    if hasattr(item, "depends_on_extensions"):
        return msgspec.structs.replace(item, depends_on_extensions=tuple(sorted(extensions)))
    label = f"dependency on an extension of {row.kind}"
    name = getattr(item, "name", "") or item.identifier
    reading.unsupported.append(Unsupported(row.schema, name, child="", label=label, kind=row.kind))
    return item
