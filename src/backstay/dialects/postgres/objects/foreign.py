"""Foreign data wrappers, servers and user mappings (CREATE FOREIGN DATA WRAPPER, SERVER, USER MAPPING)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from backstay.dialects.postgres.names import quote_name, quote_text
from backstay.dialects.postgres.objects.planner import Act, Place, Planner
from backstay.dialects.postgres.options import changed_options, options
from backstay.errors import PlanError
from backstay.schema.model import ForeignDataWrapper, Server, UserMapping


def public_or(role: str) -> str:
    """A role by name, or the word that stands for everybody."""
    return "PUBLIC" if role == "PUBLIC" else quote_name(role)


def _altered(statement: str, clauses: Callable[[Any, Any], Iterator[str]], before: Any, after: Any) -> Act:
    """One ALTER with all clauses that differ, and the one that leads back."""
    return Act(
        sql=f"{statement}{''.join(clauses(before, after))}",
        reverse=(f"{statement}{''.join(clauses(after, before))}",),
    )


def create_wrapper(wrapper: ForeignDataWrapper, place: Place) -> tuple[str, ...]:
    """CREATE FOREIGN DATA WRAPPER."""
    handler = f" HANDLER {wrapper.handler}" if wrapper.handler else ""
    validator = f" VALIDATOR {wrapper.validator}" if wrapper.validator else ""
    name = quote_name(wrapper.name)
    return (f"CREATE FOREIGN DATA WRAPPER {name}{handler}{validator}{options(wrapper.options)}",)


def alter_wrapper(before: ForeignDataWrapper, after: ForeignDataWrapper, place: Place) -> tuple[Act, ...]:
    """ALTER FOREIGN DATA WRAPPER: everything changes in place."""
    return (
        _altered(f"ALTER FOREIGN DATA WRAPPER {quote_name(after.name)}", _wrapper_clauses, before, after),
    )


def _wrapper_clauses(before: ForeignDataWrapper, after: ForeignDataWrapper) -> Iterator[str]:
    if before.handler != after.handler:
        yield f" HANDLER {after.handler}" if after.handler else " NO HANDLER"
    if before.validator != after.validator:
        yield f" VALIDATOR {after.validator}" if after.validator else " NO VALIDATOR"
    yield changed_options(before.options, after.options)


def create_server(server: Server, place: Place) -> tuple[str, ...]:
    """CREATE SERVER."""
    type_ = f" TYPE {quote_text(server.type)}" if server.type else ""
    version = f" VERSION {quote_text(server.version)}" if server.version else ""
    wrapper = f" FOREIGN DATA WRAPPER {quote_name(server.wrapper)}"
    return (f"CREATE SERVER {quote_name(server.name)}{type_}{version}{wrapper}{options(server.options)}",)


def alter_server(before: Server, after: Server, place: Place) -> tuple[Act, ...] | None:
    """ALTER SERVER: version and options change in place, the type and the wrapper do not."""
    if (before.type, before.wrapper) != (after.type, after.wrapper):
        return None
    return (_altered(f"ALTER SERVER {quote_name(after.name)}", _server_clauses, before, after),)


def _server_clauses(before: Server, after: Server) -> Iterator[str]:
    if before.version != after.version:
        yield f" VERSION {quote_text(after.version) if after.version else 'NULL'}"
    yield changed_options(before.options, after.options)


def create_mapping(mapping: UserMapping, place: Place) -> tuple[str, ...]:
    """CREATE USER MAPPING. Raises `PlanError` for one whose options are not known."""
    if mapping.hidden:
        raise PlanError(
            f"the options of the user mapping {target(mapping, place)} are not known, so it cannot be made",
            hint="make it by hand; or inspect as a superuser or owner of the server, or push from files",
        )
    return (f"CREATE USER MAPPING {target(mapping, place)}{options(mapping.options)}",)


def alter_mapping(before: UserMapping, after: UserMapping, place: Place) -> tuple[Act, ...]:
    """ALTER USER MAPPING … OPTIONS; what cannot be seen stays as it is."""
    if before.hidden or after.hidden:
        return ()
    return (
        Act(
            sql=f"ALTER USER MAPPING {target(after, place)}{changed_options(before.options, after.options)}",
            reverse=(
                f"ALTER USER MAPPING {target(after, place)}{changed_options(after.options, before.options)}",
            ),
        ),
    )


def target(mapping: UserMapping, place: Place) -> str:
    """The user and the server."""
    return f"FOR {public_or(mapping.user)} SERVER {quote_name(mapping.server)}"


def own_name(item: ForeignDataWrapper | Server, place: Place) -> str:
    """The name, which is in no schema."""
    return quote_name(item.name)


FOREIGN_DATA_WRAPPER = Planner(
    kind="foreign_data_wrapper",
    keyword="FOREIGN DATA WRAPPER",
    noun="foreign data wrapper",
    create=create_wrapper,
    alter=alter_wrapper,
    target=own_name,
    early=True,
)
SERVER = Planner(
    kind="server",
    keyword="SERVER",
    noun="server",
    create=create_server,
    alter=alter_server,
    target=own_name,
    early=True,
)
USER_MAPPING = Planner(
    kind="user_mapping",
    keyword="USER MAPPING",
    noun="user mapping",
    create=create_mapping,
    alter=alter_mapping,
    target=target,
    early=True,
    commented=False,
)
