"""Who may do what: `permission` and `default_permission` blocks, and the attribute `owner` of any object.

permission { for = table.users  to = role.reader  privileges = [SELECT]  grantable = true }
permission { for = view.v  columns = ["id"]  to = PUBLIC  privileges = [SELECT] }
default_permission { schema = schema.app  on = TABLES  to = role.reader  privileges = [SELECT] }
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.grammar import Shape, bare, words
from backstay.dialects.mapping.labels import Labels
from backstay.dialects.mapping.reading import unexpected
from backstay.dialects.mapping.scope import Named, Scope
from backstay.hcl import write
from backstay.hcl.document import Block, Document
from backstay.hcl.values import Reference, Value
from backstay.schema.kinds import BY_NAME
from backstay.schema.model import DefaultPermission, Model, Ownership, Permission, Realm, Schema

Objects = Mapping[tuple[str, str], Iterable[tuple[Named, Model]]]
"""Kind of block and name -> blocks with the objects that they stand for."""

PRIVILEGES = bare(
    *("ALL", "SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"),
    *("USAGE", "EXECUTE", "CREATE", "CONNECT", "TEMPORARY"),
)
PUBLIC = bare("PUBLIC")
KINDS = bare("TABLES", "SEQUENCES", "FUNCTIONS", "TYPES", "SCHEMAS", "LARGE_OBJECTS")
ROUTINES = frozenset({"function", "procedure", "aggregate"})
RIGHTS = "to privileges grantable for_each depends_on"

SHAPES = {
    "permission": Shape(words(f"for columns arguments schema {RIGHTS}")),
    "default_permission": Shape(words(f"role schema on {RIGHTS}")),
}


def with_owners(shapes: Mapping[str, Shape], blocks: Iterable[str]) -> dict[str, Shape]:
    """The shapes, in which these blocks may say to whom they belong."""
    return {
        name: msgspec.structs.replace(shape, attributes=shape.attributes | {"owner"})
        if name in blocks
        else shape
        for name, shape in shapes.items()
    }


def owner(block: Block, scope: Scope) -> str:
    """The role in `owner`; of a sequence, the attribute may as well name the column that owns it."""
    value = block.get("owner")
    if value is None or (isinstance(value, Reference) and value.path[0] not in {"role", "user"}):
        return ""
    return scope.named(block, "owner")


def ownership(kind: str, name: str, block: Block, scope: Scope) -> Iterator[Ownership]:
    """To whom an object belongs, where its block says so."""
    found = owner(block, scope)
    if found:
        yield Ownership(kind=BY_NAME[kind].family if kind in BY_NAME else kind, name=name, owner=found)


def decode(document: Document, scope: Scope, objects: Objects) -> Iterator[tuple[str, Model]]:
    """The permissions and default permissions of a document, with the schemas they are in."""
    for block in document.blocks("permission"):
        for schema, kind, name in _subjects(block, scope, objects):
            columns = scope.names(block, "columns") or _column(block)
            for to in _to(block, scope):
                for column in columns or ("",):
                    yield schema, Permission(kind=kind, name=name, column=column, to=to, **_rights(block))
    for block in document.blocks("default_permission"):
        schema = scope.schema_of(block) if block.has("schema") else ""
        kinds = reading.word_list(block, "on", KINDS) or ()
        if not kinds:
            raise block.error('missing attribute "on" of default_permission', hint="write on = TABLES")
        role = scope.named(block, "role")
        for objects_ in kinds:
            for to in _to(block, scope):
                yield schema, DefaultPermission(objects=objects_, to=to, role=role, **_rights(block))


def _rights(block: Block) -> dict[str, tuple[str, ...]]:
    privileges = reading.word_list(block, "privileges", PRIVILEGES)
    if privileges is None:
        raise block.error(
            f'missing attribute "privileges" of {block.type}',
            hint="write privileges = [SELECT, …], or [] for a default that is revoked",
        )
    grantable: tuple[str, ...] = ()
    if block.has("grantable"):
        value = block.get("grantable", PRIVILEGES)
        given = reading.flag(block, "grantable") if isinstance(value, bool) else False
        grantable = privileges if given else ()
        if not isinstance(value, bool):
            grantable = reading.word_list(block, "grantable", PRIVILEGES) or ()
    return {"privileges": tuple(sorted(set(privileges))), "grantable": tuple(sorted(set(grantable)))}


def _to(block: Block, scope: Scope) -> tuple[str, ...]:
    found = scope.names(block, "to", PUBLIC)
    if not found:
        raise block.error(
            f'missing attribute "to" of {block.type}', hint="write to = role.<name>, user.<name> or PUBLIC"
        )
    return found


def _reference(block: Block) -> Reference:
    """What `for` refers to; a string is a reference that was put together: `"table.users"`."""
    value = block.get("for")
    if isinstance(value, str):
        return Reference(tuple(value.split(".")))
    if not isinstance(value, Reference):
        raise unexpected(block, "for", value, "reference to an object")
    return value


def _column(block: Block) -> tuple[str, ...]:
    path = _reference(block).path
    return (path[-1],) if len(path) > 3 and path[-2] == "column" else ()


def _subjects(block: Block, scope: Scope, objects: Objects) -> Iterator[tuple[str, str, str]]:
    """Schema, kind of address and name of the object that a permission is for."""
    path = _reference(block).path
    if len(path) > 3 and path[-2] == "column":
        path = path[:-2]
    kind, name = path[0], path[-1]
    if kind == "schema":
        yield name, "schema", ""
        return
    found = [
        (item, model)
        for item, model in objects.get((kind, name), ())
        if (item.block.address == path or (len(path) == 3 and item.schema == path[1]) or len(path) == 2)
        and (not block.has("schema") or item.schema == scope.schema_of(block))
    ]
    if kind in ROUTINES and block.has("arguments"):
        wanted = ", ".join(reading.strings(block, "arguments")).replace('"', "")
        found = [pair for pair in found if _arguments(pair[1]) == wanted]
    if len(found) > 1:
        raise block.error(
            f"several objects are called {'.'.join(path)}",
            attribute="for",
            hint='name its schema, or the types of its arguments: arguments = ["integer"]',
        )
    if found:
        item, model = found[0]
        yield item.schema, _family(kind), model.identifier
    elif kind == "sequence" and block.has("schema"):  # one that a column brings with it
        yield scope.schema_of(block), "sequence", name
    else:
        raise block.error(f"{'.'.join(path)} was not found", attribute="for")


def _arguments(routine: Model) -> str:
    return routine.identifier.partition("(")[2].removesuffix(")").replace('"', "")


def _family(kind: str) -> str:
    return "table" if kind == "foreign_table" else BY_NAME[kind].family


def encode(realm: Realm, labels: Labels) -> Iterator[write.Block]:
    """The blocks of all permissions and default permissions."""
    roles = {role.name: "user" if role.login else "role" for role in realm.roles}
    holders: tuple[Schema | Realm, ...] = (*realm.schemas, realm)
    for holder in holders:
        schema = holder.name if isinstance(holder, Schema) else ""
        kinds = _kinds(holder)
        for item in holder.permissions:
            yield _permission(item, schema, kinds.get((item.kind, item.name)), roles, labels)
        for default in holder.default_permissions:
            yield write.block(
                "default_permission",
                (),
                {
                    "role": role(default.role, roles) if default.role else None,
                    "schema": Reference(("schema", schema)) if schema else None,
                    "on": write.Bare(default.objects.replace(" ", "_")),
                    **_written(default, roles),
                },
            )


def role(name: str, roles: Mapping[str, str]) -> Value:
    """The reference to a role or user that has a block; any other by name."""
    return Reference((roles[name], name)) if name in roles else name


def _kinds(holder: Realm | Schema) -> dict[tuple[str, str], tuple[str, str]]:
    """Kind of address and identity -> kind of object and name."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for kind in BY_NAME.values():
        for item in getattr(holder, kind.field, ()):
            found[kind.family, item.identifier] = (kind.name, str(getattr(item, "name", "")))
    return found


def _permission(
    item: Permission, schema: str, object_: tuple[str, str] | None, roles: Mapping[str, str], labels: Labels
) -> write.Block:
    kind, name = object_ or (item.kind, item.name)
    where: Value = None
    subject: Value
    if item.kind == "schema":
        subject = Reference(("schema", schema))
    elif object_ is None:
        subject, where = f"{kind}.{name}", Reference(("schema", schema))
    else:
        block = "foreign_table" if (schema, name) in labels.foreign and kind == "table" else kind
        own = labels.tables if kind == "table" else labels.objects.get(kind, {})
        subject = Reference((block, *own.get((schema, name), (name,))))
    arguments = item.name.removeprefix(name)[1:-1] if kind in ROUTINES else ""
    return write.block(
        "permission",
        (),
        {
            "for": subject,
            "schema": where,
            "arguments": (tuple(arguments.split(", ")) if arguments else ()) if kind in ROUTINES else None,
            "columns": (item.column,) if item.column else None,
            **_written(item, roles),
        },
    )


def _written(item: Permission | DefaultPermission, roles: Mapping[str, str]) -> dict[str, write.Written]:
    grantable: write.Written = None
    if item.grantable:
        grantable = True if item.grantable == item.privileges else _bare(item.grantable)
    return {
        "to": write.Bare("PUBLIC") if item.to == "PUBLIC" else role(item.to, roles),
        "privileges": _bare(item.privileges),
        "grantable": grantable,
    }


def _bare(privileges: Iterable[str]) -> write.Bare:
    return write.Bare(f"[{', '.join(privileges)}]")
