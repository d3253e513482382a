"""Push: the desired state, normalised, becomes the newest version of a repository.

The state of a database goes without the passwords of its user mappings.
"""

from __future__ import annotations

from msgspec.structs import replace

from backstay.operations.addresses import repo_url
from backstay.operations.observer import Observer
from backstay.operations.options import PushOptions
from backstay.operations.resolve import single
from backstay.operations.results import PushResult
from backstay.operations.states import find
from backstay.registry.records import LATEST
from backstay.schema.secrets import withheld


def push(options: PushOptions, observer: Observer) -> PushResult:
    """Push to the registry and every backup; a push without a tag moves `latest`.

    Succeeds when one of them took it; `targets` tells each one's result.
    """
    settings = single(options, observer, src=options.url, repo=options.repo)
    repo = settings.repository()
    registry = settings.open_registry()
    found = find(settings.src, settings, settings.reading("--url"))
    tags = options.tags or (LATEST,)
    state = found.state
    if not state.sources:  # a database, whose passwords nobody has written into files
        state = replace(state, realm=withheld(state.realm))
    pushed = registry.push(
        repo,
        state,
        tags=tags,
        version=options.version,
        description=options.description,
        context=options.context,
    )
    return PushResult(
        repo=repo,
        url=repo_url(repo, tags[0] if options.tags else ""),
        registry=registry.url,
        version=pushed.version.version,
        tags=tags,
        created=pushed.created,
        targets=settings.told(pushed.targets),
    )
