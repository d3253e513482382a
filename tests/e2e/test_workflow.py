"""The runner of our tests runs workflows as GitHub does."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tests.e2e.protocol import ProtocolError
from tests.e2e.runner import Runner
from tests.e2e.workflow import run_workflow

FAKE = Path(__file__).with_name("fake_entrypoint.py")


class Site:
    def __init__(self, path: Path) -> None:
        self.workspace = path / "workspace"
        self.workspace.mkdir()
        self.runner = Runner(
            self.workspace, temp=path / "runner", entrypoint=FAKE, secrets={"TOKEN": "aci_0123456789abcdef"}
        )

    def file(self, path: str, text: str) -> None:
        target = self.workspace / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(text))

    def run(self, text: str):
        return run_workflow(self.runner, textwrap.dedent(text), {})


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def test_jobs_come_after_those_they_need_and_see_their_outputs(site):
    outcome = site.run(
        """
        on: push
        jobs:
          later:
            needs: [first]
            if: needs.first.outputs.word == 'hello'
            outputs: {said: "${{ steps.say.outputs.word }} ${{ needs.first.result }}"}
            steps:
              - id: say
                run: echo "word=${{ needs.first.outputs.word }}, again" >> "$GITHUB_OUTPUT"
          first:
            outputs:
              word: ${{ steps.one.outputs.word }}
              leak: x${{ steps.one.outputs.leak }}
            steps:
              - id: one
                env: {WORD: hello, LEAK: "${{ secrets.TOKEN }}"}
                run: |
                  echo "word=$WORD" >> "$GITHUB_OUTPUT"
                  echo "leak=$LEAK" >> "$GITHUB_OUTPUT"
        """
    )
    assert outcome.outputs == {"first.word": "hello", "later.said": "hello, again success"}


def test_a_failed_step_stops_its_job_but_for_steps_that_ask_for_failures(site):
    outcome = site.run(
        """
        jobs:
          one:
            steps:
              - {id: soft, run: "exit 3", continue-on-error: true}
              - run: echo "A=${{ steps.soft.outcome }}-${{ steps.soft.conclusion }}" >> "$GITHUB_ENV"
              - run: "exit 1"
              - run: echo B=never >> "$GITHUB_ENV"
              - {if: failure(), run: 'test "$A" = failure-success && touch cleaned'}
          two:
            needs: one
            steps: [{run: touch two}]
          three:
            needs: one
            if: always()
            steps: [{run: touch three}]
        """
    )
    assert outcome.status == "failure"
    assert sorted(path.name for path in site.workspace.iterdir()) == ["cleaned", "three"]


def test_a_matrix_runs_each_combination_on_a_machine_of_its_own(site):
    site.run(
        """
        jobs:
          each:
            strategy:
              matrix:
                env: [eu, us]
                size: [1, 2]
                exclude: [{env: us, size: 2}]
                include: [{env: eu, more: x}, {env: asia}]
            steps:
              - run: test ! -e "$HOME/seen" && touch "$HOME/seen"
              - run: touch "${{ matrix.env }}-${{ matrix.size }}-${{ matrix.more }}"
        """
    )
    assert sorted(p.name for p in site.workspace.iterdir()) == ["asia--", "eu-1-x", "eu-2-x", "us-1-"]


def test_composite_actions_and_reusable_workflows_are_gone_into(site):
    site.file(
        "ci/action.yml",
        """
        inputs: {tag: {default: none}, description: {}}
        outputs: {url: {value: "${{ steps.push.outputs.url }}"}}
        runs:
          using: composite
          steps:
            - id: push
              uses: octo/backstay/schema/push@v1
              with: {tag: "${{ inputs.tag }}"}
        """,
    )
    site.file(
        ".github/workflows/push.yml",
        """
        on:
          workflow_call:
            inputs: {tag: {type: string}}
            outputs: {url: {value: "${{ jobs.push.outputs.url }}"}}
        jobs:
          push:
            outputs: {url: "${{ steps.it.outputs.url }}"}
            steps:
              - {id: it, uses: ./ci, with: {tag: "${{ inputs.tag }}"}}
        """,
    )
    outcome = site.run(
        """
        jobs:
          call:
            uses: ./.github/workflows/push.yml
            with: {tag: v7}
            secrets: inherit
        """
    )
    assert outcome.outputs == {"call.url": "atlas://app?tag=v7"}
    assert len(outcome.results) == 1


def test_a_setup_step_of_old_leaves_its_token_for_later_steps_of_the_job(site):
    site.run(
        """
        jobs:
          one:
            steps:
              - uses: ariga/setup-atlas@v0
                with: {cloud-token: "${{ secrets.TOKEN }}"}
              - run: test "$ATLAS_TOKEN" = aci_0123456789abcdef && touch seen
        """
    )
    assert (site.workspace / "seen").exists()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("jobs: {a: {steps: [], colour: red}}", "keys of a job a"),
        ("jobs: {a: {steps: [{run: x, colour: red}]}}", "keys of a step"),
        ("jobs: {a: {needs: b, steps: []}, b: {needs: a, steps: []}}", "need each other"),
        ("jobs: {a: {steps: [{uses: octo/other/thing@v1}]}}", "cannot run"),
    ],
)
def test_what_it_does_not_know_is_refused(site, text, why):
    with pytest.raises((ProtocolError, ValueError), match=why):
        site.run(text)
