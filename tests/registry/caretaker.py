"""Survey and repair of a simulated world, as the operations do it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backstay.registry.prune import AT_ONCE, Remover, Rule, decide, notes
from backstay.registry.records import RunContext
from backstay.registry.repair import Step, carry_out, repairs
from backstay.registry.replica import Replica
from backstay.registry.signing import sign_pruning
from backstay.registry.signing_keys import Signer
from backstay.registry.store_replica import StoreReplica
from backstay.registry.survey import Problem, Survey, survey
from backstay.registry.survey_history import Agreement, agree, problems
from backstay.registry.trust import Trust
from tests.registry.simulator import World

REPO = "app"


class Caretaker:
    """Looks after the copies of one repository. `found` is what was wrong at the last look."""

    def __init__(self, copies: World | Sequence[Replica], trust: Trust = Trust()) -> None:
        stores = copies.stores if isinstance(copies, World) else []
        self.replicas = [StoreReplica(store, trust) for store in stores] or list(copies)  # type: ignore[arg-type]
        self.trust = trust

    def surveys(self) -> tuple[Survey, ...]:
        return tuple(survey(replica, REPO, self.trust) for replica in self.replicas)

    def agreement(self, keep: str = "") -> Agreement:
        return agree(REPO, self.surveys(), keep=keep)

    def problems(self) -> tuple[Problem, ...]:
        surveys = self.surveys()
        return problems(agree(REPO, surveys), surveys)

    def sync(self, keep: str = "", branch: str = "") -> tuple[Step, ...]:
        agreement = self.agreement(keep)
        return carry_out(repairs(agreement, self.replicas, settle=bool(keep), branch=branch))

    def prune(self, keep: int, signer: Signer | None = None, **asked: Any) -> list[int]:
        """How many states each copy lost."""
        agreement = self.agreement()
        retention = decide(agreement, Rule(keep=keep, **asked))
        removers = [Remover(replica, REPO, len(agreement.history)) for replica in self.replicas]
        for note in notes(agreement, retention, "2026-02-01T00:00:00Z", RunContext()):
            for remover in removers:
                remover.note(sign_pruning(note, signer))
        digests = (*retention.removed, *retention.left_over)
        return [
            sum(remover.remove(digests[start : start + AT_ONCE]) for start in range(0, len(digests), AT_ONCE))
            for remover in removers
        ]
