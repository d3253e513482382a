"""Types: enums, domains, composite types and ranges (CREATE TYPE, CREATE DOMAIN)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backstay.dialects import hazards
from backstay.dialects.postgres import ddl
from backstay.dialects.postgres.names import collation, quote_name, quote_text, wrapped
from backstay.dialects.postgres.objects.planner import Act, Place, Planner, renamed
from backstay.schema.model import Check, Composite, Domain, Enum, Field, Range
from backstay.schema.names import NAME_LIMIT


def create_enum(enum: Enum, place: Place) -> tuple[str, ...]:
    """CREATE TYPE … AS ENUM."""
    return (ddl.create_enum(enum, place.schema, place.namer),)


def alter_enum(before: Enum, after: Enum, place: Place) -> tuple[Act, ...] | None:
    """ALTER TYPE … ADD VALUE; a value cannot be taken away, nor move."""
    kept = [value for value in after.values if value in set(before.values)]
    if kept != list(before.values):
        return None
    return tuple(_added_values(before, after, place))


def _added_values(before: Enum, after: Enum, place: Place) -> Iterator[Act]:
    present = list(before.values)
    for position, value in enumerate(after.values):
        if value not in present:
            where = _place(after.values, position, present)
            present.insert(position, value)
            yield Act(
                sql=f"ALTER TYPE {place.name(after.name)} ADD VALUE {quote_text(value)}{where}",
                comment=f"add value to enum type: {quote_name(after.name)}",
                value=value,
            )


def _place(values: Sequence[str], position: int, present: Sequence[str]) -> str:
    if not present or position == len(present):
        return ""
    if position == 0:
        return f" BEFORE {quote_text(present[0])}"
    return f" AFTER {quote_text(values[position - 1])}"


def create_domain(domain: Domain, place: Place) -> tuple[str, ...]:
    """CREATE DOMAIN; checks that are not valid are added to it, and comments on constraints come behind."""
    name = place.name(domain.name)
    words = [f"CREATE DOMAIN {name} AS {domain.type}"]
    if domain.collation:
        words.append(f"COLLATE {collation(domain.collation)}")
    if domain.default is not None:
        words.append(f"DEFAULT {domain.default}")
    if not domain.null:
        words.append(_not_null(domain))
    words += (_check(check) for check in domain.checks if check.validated)
    later = (f"ALTER DOMAIN {name} {_add(check)}" for check in domain.checks if not check.validated)
    comments = (_constraint_comment(name, *pair) for pair in sorted(_comments(domain).items()))
    return (" ".join(words), *later, *comments)


def alter_domain(before: Domain, after: Domain, place: Place) -> tuple[Act, ...] | None:
    """ALTER DOMAIN: default and constraints change in place, what the domain is over does not."""
    if (before.type, before.collation) != (after.type, after.collation):
        return None
    return tuple(_domain_acts(before, after, place))


def _domain_acts(before: Domain, after: Domain, place: Place) -> Iterator[Act]:
    """Constraints that differ are dropped first, so that their names are free."""
    name = place.name(after.name)
    old, new = ({check.name: check for check in domain.checks} for domain in (before, after))
    told, tells = _comments(before), _comments(after)

    def act(does: str, undoes: str, constraint: str = "") -> Act:
        """What drops a constraint takes its comment along."""
        text = told.get(constraint, "")
        comment = (_constraint_comment(name, constraint, text),) if text else ()
        return Act(
            sql=f"ALTER DOMAIN {name} {does}",
            reverse=(f"ALTER DOMAIN {name} {undoes}", *comment) if undoes else (),
        )

    kept = {check.name for check in after.checks if check.name in old and _stays(old[check.name], check)}
    for check in before.checks:
        if check.name not in kept:
            yield act(f"DROP CONSTRAINT {quote_name(check.name)}", _add(check), check.name)
    if before.default != after.default:
        yield act(_default(after), _default(before))
    renamed = not (before.null or after.null) and before.not_null.name != after.not_null.name
    if before.null != after.null or renamed:
        if not before.null:
            yield act("DROP NOT NULL", _set_not_null(before), _not_null_name(before))
        if not after.null:
            yield act(_set_not_null(after), "DROP NOT NULL")
    for check in after.checks:
        if check.name not in kept:
            yield act(_add(check), f"DROP CONSTRAINT {quote_name(check.name)}")
        elif check.validated and not old[check.name].validated:
            yield act(f"VALIDATE CONSTRAINT {quote_name(check.name)}", "")
    forgotten = (old.keys() - kept) | ({_not_null_name(before)} if renamed or after.null else set())
    there = {*new, *(() if after.null else (_not_null_name(after),))}
    for key in sorted(there):
        known = "" if key in forgotten else told.get(key, "")
        if tells.get(key, "") != known:
            undo = _constraint_comment(name, key, known)
            yield Act(sql=_constraint_comment(name, key, tells.get(key, "")), reverse=(undo,))


def is_stricter(before: Domain, after: Domain) -> bool:
    """Has the server to look at the values? It cannot where they are in arrays and rows (ALTER DOMAIN)."""
    old = {check.name: check for check in before.checks if check.validated}
    checked = any(
        check.validated and not (check.name in old and _stays(old[check.name], check))
        for check in after.checks
    )
    return checked or (before.null and not after.null)


def _stays(old: Check, new: Check) -> bool:
    return old.expr == new.expr and (new.validated or not old.validated)


def _check(check: Check) -> str:
    return f"CONSTRAINT {quote_name(check.name)} CHECK {wrapped(check.expr)}"


def _add(check: Check) -> str:
    return f"ADD {_check(check)}{'' if check.validated else ' NOT VALID'}"


def _default(domain: Domain) -> str:
    return "DROP DEFAULT" if domain.default is None else f"SET DEFAULT {domain.default}"


def _not_null(domain: Domain) -> str:
    return f"CONSTRAINT {quote_name(domain.not_null.name)} NOT NULL" if domain.not_null.name else "NOT NULL"


def _set_not_null(domain: Domain) -> str:
    return f"ADD {_not_null(domain)}" if domain.not_null.name else "SET NOT NULL"


def _not_null_name(domain: Domain) -> str:
    return domain.not_null.name or f"{domain.name}_not_null"


def _comments(domain: Domain) -> dict[str, str]:
    """Constraint -> the comment on it, where there is one."""
    found = {check.name: check.comment for check in domain.checks if check.comment}
    if domain.not_null.comment:
        found[_not_null_name(domain)] = domain.not_null.comment
    return found


def _constraint_comment(domain: str, constraint: str, text: str) -> str:
    return f"COMMENT ON CONSTRAINT {quote_name(constraint)} ON DOMAIN {domain} IS {quote_text(text)}"


def aside_domain(domain: Domain, old: str, place: Place) -> tuple[str, ...]:
    """The old domain lets go of what its default and its checks use."""
    name = place.name(old)
    default = () if domain.default is None else (f"ALTER DOMAIN {name} DROP DEFAULT",)
    checks = (f"ALTER DOMAIN {name} DROP CONSTRAINT {quote_name(check.name)}" for check in domain.checks)
    return (f"ALTER DOMAIN {place.name(domain.name)} RENAME TO {quote_name(old)}", *default, *checks)


def create_composite(composite: Composite, place: Place) -> tuple[str, ...]:
    """CREATE TYPE … AS (…), with the comments on its fields."""
    name = place.name(composite.name)
    fields = ", ".join(map(_field, composite.fields))
    comments = (_field_comment(name, field, field.comment) for field in composite.fields if field.comment)
    return (f"CREATE TYPE {name} AS ({fields})", *comments)


def alter_composite(before: Composite, after: Composite, place: Place) -> tuple[Act, ...] | None:
    """Attributes are dropped, and added at the end; where they change otherwise, the type is made anew."""
    names = {field.name for field in after.fields}
    kept = [field for field in before.fields if field.name in names]
    if [_without_comment(f) for f in kept] != [_without_comment(f) for f in after.fields[: len(kept)]]:
        return None
    return tuple(_composite_acts(before, after, len(kept), place))


def _composite_acts(before: Composite, after: Composite, kept: int, place: Place) -> Iterator[Act]:
    name = place.name(after.name)
    names = {field.name for field in after.fields}
    gone = [field for field in before.fields if field.name not in names]
    for field in gone:
        yield Act(
            sql=f"ALTER TYPE {name} DROP ATTRIBUTE {quote_name(field.name)}",
            hazards=hazards.of_dropped_field(after.name, field.name),
        )
    for field in after.fields[kept:]:
        yield Act(
            sql=f"ALTER TYPE {name} ADD ATTRIBUTE {_field(field)}",
            reverse=(f"ALTER TYPE {name} DROP ATTRIBUTE {quote_name(field.name)}",),
        )
    old = {field.name: field.comment for field in before.fields}
    for field in after.fields:
        comment = old.get(field.name, "")
        if field.comment != comment:
            undo = _field_comment(name, field, comment)
            yield Act(sql=_field_comment(name, field, field.comment), reverse=(undo,))


def _field(field: Field) -> str:
    words = f" COLLATE {collation(field.collation)}" if field.collation else ""
    return f"{quote_name(field.name)} {field.type}{words}"


def _field_comment(type_: str, field: Field, text: str) -> str:
    return f"COMMENT ON COLUMN {type_}.{quote_name(field.name)} IS {quote_text(text)}"


def _without_comment(field: Field) -> tuple[str, str, str]:
    return field.name, field.type, field.collation


def create_range(range_: Range, place: Place) -> tuple[str, ...]:
    """CREATE TYPE … AS RANGE, with what is not the default of the subtype."""
    options = {
        "SUBTYPE": range_.subtype,
        "SUBTYPE_OPCLASS": range_.ops,
        "COLLATION": collation(range_.collation) if range_.collation else "",
        "SUBTYPE_DIFF": range_.subtype_diff,
        "MULTIRANGE_TYPE_NAME": range_.multirange,
    }
    words = ", ".join(f"{name} = {value}" for name, value in options.items() if value)
    return (f"CREATE TYPE {place.name(range_.name)} AS RANGE ({words})",)


def aside_range(range_: Range, old: str, place: Place) -> tuple[str, ...]:
    """Its multirange goes with it; so do the functions that make values of both, which have their names."""
    name, moved = place.name(range_.name), place.name(old)
    multirange = range_.multirange or place.name(usual_multirange(range_.name))
    aside = quote_name(usual_multirange(old))
    subtype = range_.subtype
    functions = (
        (name, quote_name(old), (f"{subtype}, {subtype}", f"{subtype}, {subtype}, text")),
        (multirange, aside, ("", moved, f"{moved}[]")),
    )
    return (
        f"ALTER TYPE {name} RENAME TO {quote_name(old)}",
        f"ALTER TYPE {multirange} RENAME TO {aside}",
        *(
            f"ALTER FUNCTION {function}({arguments}) RENAME TO {new}"
            for function, new, all_arguments in functions
            for arguments in all_arguments
        ),
    )


def usual_multirange(name: str) -> str:
    """The name that the server gives the multirange of a range (`makeMultirangeTypeName` in its sources)."""
    if "range" in name:
        usual = name.replace("range", "multirange", 1)
    else:
        usual = name.encode()[: NAME_LIMIT - 11].decode(errors="ignore") + "_multirange"
    return usual.encode()[:NAME_LIMIT].decode(errors="ignore")


ENUM = Planner(
    kind="enum",
    keyword="TYPE",
    noun="enum type",
    create=create_enum,
    alter=alter_enum,
    aside=renamed("TYPE"),
    early=True,
    relation=True,
)
DOMAIN = Planner(
    kind="domain",
    keyword="DOMAIN",
    noun="domain",
    create=create_domain,
    alter=alter_domain,
    aside=aside_domain,
    early=True,
    relation=True,
)
COMPOSITE = Planner(
    kind="composite",
    keyword="TYPE",
    noun="composite type",
    create=create_composite,
    alter=alter_composite,
    aside=renamed("TYPE"),
    early=True,
    relation=True,
)
RANGE = Planner(
    kind="range",
    keyword="TYPE",
    noun="range type",
    create=create_range,
    aside=aside_range,
    early=True,
    relation=True,
)
