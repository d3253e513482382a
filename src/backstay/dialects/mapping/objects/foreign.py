"""`foreign_data_wrapper`, `server` and `user_mapping` blocks.

server "shop" { fdw = extension.postgres_fdw  options = { host = "db" } }
user_mapping { server = server.shop  user = PUBLIC  options = { user = "reader" } }
"""

from __future__ import annotations

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.grammar import Shape, bare, words
from backstay.dialects.mapping.objects.block import ObjectBlock
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing, texts_by_name
from backstay.hcl import write
from backstay.schema.model import ForeignDataWrapper, Server, UserMapping
from backstay.urls import HIDDEN

USERS = bare("PUBLIC")


def decode_wrapper(item: Named, scope: Scope) -> ForeignDataWrapper:
    """A foreign data wrapper; its functions are named as SQL does."""
    return ForeignDataWrapper(
        name=item.name,
        handler=scope.named(item.block, "handler"),
        validator=scope.named(item.block, "validator"),
        options=reading.texts_by_name(item.block, "options"),
        comment=reading.text(item.block, "comment"),
    )


def encode_wrapper(wrapper: ForeignDataWrapper, schema: str, writing: Writing) -> write.Block:
    """The block of a foreign data wrapper."""
    return write.block(
        "foreign_data_wrapper",
        (wrapper.name,),
        {
            "handler": wrapper.handler or None,
            "validator": wrapper.validator or None,
            "options": texts_by_name(wrapper.options),
            "comment": wrapper.comment or None,
        },
    )


def decode_server(item: Named, scope: Scope) -> Server:
    """A server of the wrapper (or of the extension that brings one of its name) that `fdw` refers to."""
    wrapper = scope.named(item.block, "fdw")
    if not wrapper:
        raise item.block.error(
            f'missing attribute "fdw" of server "{item.name}"',
            hint="write fdw = extension.<name>, or the name of the wrapper as a string",
        )
    return Server(
        name=item.name,
        wrapper=wrapper,
        type=reading.text(item.block, "type"),
        version=reading.text(item.block, "version"),
        options=reading.texts_by_name(item.block, "options"),
        comment=reading.text(item.block, "comment"),
    )


def encode_server(server: Server, schema: str, writing: Writing) -> write.Block:
    """The block of a server."""
    return write.block(
        "server",
        (server.name,),
        {
            "fdw": writing.named(server.wrapper, "foreign_data_wrapper", "extension"),
            "type": server.type or None,
            "version": server.version or None,
            "options": texts_by_name(server.options),
            "comment": server.comment or None,
        },
    )


def decode_mapping(item: Named, scope: Scope) -> UserMapping:
    """Who a user is on a server; without `user`, everybody."""
    server = scope.named(item.block, "server")
    if not server:
        raise item.block.error(
            'missing attribute "server" of user_mapping', hint="write server = server.<name>"
        )
    options = reading.texts_by_name(item.block, "options")
    return UserMapping(
        server=server,
        user=scope.named(item.block, "user", USERS) or "PUBLIC",
        options=options,
        hidden=HIDDEN in options.values(),  # as outputs show what is secret
    )


def encode_mapping(mapping: UserMapping, schema: str, writing: Writing) -> write.Block:
    """The block of a user mapping."""
    return write.block(
        "user_mapping",
        (),
        {
            "server": writing.named(mapping.server, "server"),
            "user": write.Bare("PUBLIC") if mapping.user == "PUBLIC" else mapping.user,
            "options": texts_by_name(mapping.options),
        },
    )


FOREIGN_DATA_WRAPPER = ObjectBlock(
    kind="foreign_data_wrapper",
    shape=Shape(words("name handler validator options comment for_each depends_on"), named=True),
    decode=decode_wrapper,
    encode=encode_wrapper,
)
SERVER = ObjectBlock(
    kind="server",
    shape=Shape(words("name fdw type version options comment for_each depends_on"), named=True),
    decode=decode_server,
    encode=encode_server,
)
USER_MAPPING = ObjectBlock(
    kind="user_mapping",
    shape=Shape(words("server user options for_each depends_on")),
    decode=decode_mapping,
    encode=encode_mapping,
    labelled=False,
)
