"""The `registry` group: one file per command."""

from __future__ import annotations

from backstay.cli.flags import project_flags
from backstay.cli.lazy import LazyGroup

registry = project_flags(
    LazyGroup(
        "backstay.cli.registry",
        {
            "verify": "Is every object of every target right, and do they agree?",
            "sync": "Bring the registry and its backups to agreement.",
            "restore": "Build a registry again from a backup.",
            "log": "List the versions of a repository.",
            "prune": "Remove the content of old versions.",
            "serve": "Serve the registry in a bucket or directory over HTTP.",
            "token": "Make, list and revoke the tokens of a registry server.",
            "key": "Make the keys that sign what is pushed, and show their public halves.",
        },
        name="registry",
        help="Look after registries, and run one as a server.",
    )
)
