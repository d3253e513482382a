"""From the CI system to an operation and back: the one path of every action.

In this order: secrets are found and masked, the action is chosen, its inputs are read, its flow runs,
and outputs, summary and error are handed over. Signals are caught before all that, by entrypoint.py.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path

from backstay import operations as backstay_operations
from backstay.action import comment, failure, network, signals
from backstay.action.apply import apply
from backstay.action.approve import approve
from backstay.action.declarations import WORKING_DIRECTORY, Action
from backstay.action.inputs import Inputs, repair_host_paths
from backstay.action.log import printed_to
from backstay.action.manifest import ACTIONS
from backstay.action.observer import ActionObserver
from backstay.action.plan import plan
from backstay.action.push import push
from backstay.action.secrets import input_secrets
from backstay.action.setup import setup
from backstay.action.step import Clock, Flow, Operations, Step
from backstay.action.trust import refuse_untrusted_checkout
from backstay.action.unavailable import unavailable
from backstay.ci.base import Platform
from backstay.ci.detect import detect
from backstay.errors import BackstayError, ConfigError
from backstay.log import is_debugging
from backstay.report import debug
from backstay.report.markdown import Origin, Page, summary
from backstay.report.markdown import notices as notices_section
from backstay.report.redact import process_secrets

NOT_FOR_CHILDREN = ("ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
"""Tokens of the runner that neither project files nor the programs they start have a use for."""

NOWHERE = os.path.join(os.devnull, "none")
NOT_READ: Mapping[str, str] = {"PGPASSFILE": NOWHERE, "PGSERVICEFILE": NOWHERE, "NETRC": NOWHERE}
"""Files of passwords that libraries would look for in HOME, where other steps of the job write, too.

Who names one by the variable means it.
"""

FLOWS: Mapping[str, Flow] = {
    "push": push,
    "plan": plan,
    "approve": approve,
    "apply": apply,
    "lint": unavailable,
    "test": unavailable,
    "setup": setup,
}


def main(operations: Operations = backstay_operations) -> int:
    """Run the action that this process was started for; the exit code."""
    secrets = process_secrets()
    try:
        platform = detect(os.environ, stdout=sys.stdout, stderr=sys.stderr, scrub=secrets.scrub)
        secrets.add(*input_secrets(platform.input))
    except BackstayError as error:
        print(f"error: {error.message}\n{error.hint}", file=sys.stderr)
        return 1
    tokens = {declared.name for action in ACTIONS for declared in action.inputs if declared.kind == "token"}
    use_token(platform.input("cloud-token").strip(), os.environ)
    for name, path in NOT_READ.items():
        os.environ.setdefault(name, path)
    for name in (*NOT_FOR_CHILDREN, *(f"INPUT_{name.upper()}" for name in tokens)):
        os.environ.pop(name, None)
    for value in secrets.forms():
        platform.mask(value)
    if is_debugging(os.environ):
        debug.enable(platform.debug)
    with printed_to(platform):
        return run(platform, sys.argv[1:], os.environ, operations, Clock())


def use_token(token: str, environ: MutableMapping[str, str]) -> None:
    """Let the token of this step, where it has one of its own, win over that of the job."""
    if token:
        environ.pop("BACKSTAY_TOKEN_FILE", None)
        environ["BACKSTAY_TOKEN"] = token


def run(
    platform: Platform,
    arguments: Sequence[str],
    environ: Mapping[str, str],
    operations: Operations,
    clock: Clock,
) -> int:
    """Choose the action, run its flow and hand over what it tells; the exit code."""
    action: Action | None = None
    step: Step | None = None
    title, ending = "Backstay", failure.Ending()
    try:
        action = choose(arguments, platform, environ)
        title = f"Backstay {action.path}"
        step = prepare(action, platform, environ, operations, clock)
        begin(step)
        FLOWS[action.operation](step)
    except BackstayError as error:
        ending = failure.expected(platform, title, error)
    except signals.Interrupted as interrupt:
        ending = failure.cancelled(platform, title, interrupt)
    except Exception as error:
        ending = failure.unexpected(platform, title, error)
    return hand_over(platform, title, action, step, ending)


def hand_over(
    platform: Platform, title: str, action: Action | None, step: Step | None, ending: failure.Ending
) -> int:
    """Write outputs, summary and comment, in this order: a comment may take its time. The exit code."""
    origin = step.origin() if step else Origin()
    notices = step.observer.notices if step else []
    pages = told(action.operation if action else "action", step, ending, origin)
    try:
        path = action.path if action else ""
        platform.write_outputs(outputs_of(action, step, ending), path)
        if pages or notices:
            platform.write_summary(summary(pages, origin, notices_section(notices)))
        url = comment.write(step, pages, notices) if step else ""
        if url:
            platform.write_outputs({"comment-url": url}, path)
    except (BackstayError, OSError) as error:
        platform.fail(f"cannot hand over what this step has to tell: {error}", title=title)
        return ending.code or 1
    return ending.code


def told(operation: str, step: Step | None, ending: failure.Ending, origin: Origin) -> list[Page]:
    """The pages that the flow left; after a failure first of all why.

    Without that, the targets that went well before one failed would make a green page of a red step.
    """
    pages = list(step.pages) if step else []
    if ending.reason and not (step and step.failure_shown):
        pages.insert(0, failure.page(operation, ending, origin))
    return pages


def outputs_of(action: Action | None, step: Step | None, ending: failure.Ending) -> dict[str, str]:
    """What the flow set, and after a failure why."""
    outputs = dict(step.outputs) if step else {}
    if ending.reason:
        declared = {output.name for output in action.outputs} if action else {"failure-reason"}
        reasons = {"error": ending.message, "failure-reason": ending.reason}
        outputs |= {name: text for name, text in reasons.items() if name in declared}
    return outputs


def choose(arguments: Sequence[str], platform: Platform, environ: Mapping[str, str]) -> Action:
    """The action that the first argument, the input `operation` or a variable names.

    Raises `ConfigError` for one that there is not.
    """
    variables = (environ.get("BACKSTAY_ACTION"), environ.get("ATLAS_ACTION"))
    given = (*arguments[:1], platform.input("operation").strip(), *variables)
    name = next((name for name in given if name), "")
    for action in ACTIONS:
        if name in (action.path, action.operation):
            return action
    raise ConfigError(
        f'there is no operation "{name}"' if name else "no operation is named",
        hint=f"set the input operation to one of: {', '.join(a.operation for a in ACTIONS if a.available)}",
    )


def prepare(
    action: Action,
    platform: Platform,
    environ: Mapping[str, str],
    operations: Operations,
    clock: Clock,
) -> Step:
    """Everything a flow needs. Raises `ConfigError` for a checkout that is not to be trusted."""
    repair = repair_host_paths(environ)
    problems: list[ConfigError] = []
    inputs = Inputs(action, lambda name: repair(platform.input(name)), problems)
    trigger = platform.trigger()
    refuse_untrusted_checkout(trigger, platform.workspace, environ)
    return Step(
        action=action,
        inputs=inputs,
        platform=platform,
        trigger=trigger,
        operations=operations,
        observer=observe(inputs, platform, environ),
        clock=clock,
        problems=problems,
    )


def begin(step: Step) -> None:
    """Enter the working directory. Raises `ConfigError` where that, or an input, is wrong."""
    for problem in step.problems:
        raise problem
    enter(step.platform.workspace, step.inputs.text(WORKING_DIRECTORY.name))


def enter(workspace: Path, directory: str) -> None:
    """Make the working directory the current one. Raises `ConfigError` where it is not there."""
    path = workspace / directory
    try:
        os.chdir(path)
    except OSError as error:
        raise ConfigError(
            f"cannot enter working-directory {directory or '.'}: {error.strerror}",
            hint="name a directory of the repository, relative to its root; was the checkout done?",
        ) from error


def observe(inputs: Inputs, platform: Platform, environ: Mapping[str, str]) -> ActionObserver:
    """The observer of the run, and how it finds databases on `localhost`."""
    host = inputs.text("database-host")
    if host == "auto" and not network.in_container_action(environ):
        host = "off"
    loopback = network.Loopback(host, network.Surroundings(), lambda text: platform.annotate("notice", text))
    return ActionObserver(platform, loopback.locate, inputs.text("cache"))
