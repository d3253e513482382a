"""The `schema` group: one file per command."""

from __future__ import annotations

from backstay.cli.flags import project_flags
from backstay.cli.lazy import LazyGroup

schema = project_flags(
    LazyGroup(
        "backstay.cli.schema",
        {
            "inspect": "Print the state of a database, of files or of the registry.",
            "diff": "Print the SQL that leads from one state to another.",
            "apply": "Bring databases to the desired state.",
            "push": "Push the desired state to the registry and its backups.",
            "plan": "Make, list, approve and remove pre-planned migrations.",
        },
        name="schema",
        help="Work with the schema of a database.",
    )
)
