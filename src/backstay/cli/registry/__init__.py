"""The `registry` group: one file per command."""

from __future__ import annotations

from backstay.cli.flags import project_flags
from backstay.cli.lazy import LazyGroup

registry = project_flags(
    LazyGroup(
        "backstay.cli.registry",
        {
            "serve": "Serve the registry in a bucket or directory over HTTP.",
            "token": "Make, list and revoke the tokens of a registry server.",
            "key": "Make the keys that sign what is pushed, and show their public halves.",
        },
        name="registry",
        help="Look after registries, and run one as a server.",
    )
)
