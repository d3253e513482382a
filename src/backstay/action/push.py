"""The action `schema/push`: the desired schema becomes a version of the registry."""

from __future__ import annotations

from backstay.action.step import Step
from backstay.errors import ConfigError
from backstay.operations.options import PushOptions
from backstay.registry.records import LATEST
from backstay.report import markdown


def push(step: Step) -> None:
    """Push one version, with its tag and `latest` moved together."""
    options = step.options(PushOptions, tags=_tags(step), compare=True)
    result = step.operations.push(options, step.observer)
    step.output(link=result.link, slug=result.repo, url=result.url)
    step.warn_of_missed_targets(result.targets)
    state = "pushed" if result.created else "unchanged"
    step.platform.log(f"{result.repo}: version {result.version} {state}, tags {', '.join(result.tags)}")
    step.pages.append(markdown.push_page(result, step.origin()))


def _tags(step: Step) -> tuple[str, ...]:
    """The tag given, else the commit; then `latest`, which a pull request leaves alone unless told so."""
    tag = step.inputs.text("tag") or step.trigger.sha
    moves_latest = (
        step.inputs.flag("latest") if step.inputs.given("latest") else step.trigger.pull_request is None
    )
    tags = tuple(dict.fromkeys(filter(None, (tag, LATEST if moves_latest else ""))))
    if not tags:
        raise ConfigError("this version would get no tag", hint="set the input tag, or latest to true")
    return tags
