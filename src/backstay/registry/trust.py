"""Whom we believe: verified records in, an error or a notice out. No store is touched here.

With trusted keys, and only then:

1. An entry, a plan, an approval and a removal count when a trusted key that is not revoked has signed them.
2. What has signatures, none of which counts, is refused; so is what has none, unless `unsigned` is `WARN`.
3. Each entry is signed by itself. That a later one is signed, and names it as its ancestor, vouches for
   its place in the history and not for its content: whoever signed that may never have looked at it.
4. A plan is approved when an approval counts. Approvals that do not are left out, and a notice says so.
5. A removal that does not count is refused with its plan: what somebody withdrew is not run on a doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from backstay.errors import (
    BadSignatureError,
    ConfigError,
    RevokedKeyError,
    UnknownKeyError,
    UnsignedError,
    UntrustedError,
)
from backstay.registry import signing
from backstay.registry.chain import Entry
from backstay.registry.records import Approval, PlanEntry, Pruning, Signature
from backstay.registry.signing_keys import PublicKey, Signer
from backstay.schema.canonical import encode

Unsigned = Literal["REFUSE", "WARN"]

NAMED: Final = 3
"""Ids of keys that a message names at most; somebody else wrote them."""
SHOWN: Final = 43
"""Characters of an id."""


class Trust(msgspec.Struct, frozen=True):
    """The keys that are trusted, the ids of those that are no more, and what becomes of unsigned records.

    Without keys nothing is asked of anybody.
    """

    keys: tuple[PublicKey, ...] = ()
    revoked: frozenset[str] = frozenset()
    unsigned: Unsigned = "REFUSE"

    @property
    def demanded(self) -> bool:
        """Are signatures asked for?"""
        return bool(self.keys)

    def knowing(self, signer: Signer | None) -> Trust:
        """What a writer goes by, who trusts at least itself."""
        return self if self.keys or not signer else Trust((signer.public,))

    def check_signer(self, signer: Signer | None) -> None:
        """Raises `ConfigError` for a key whose signatures we would refuse ourselves."""
        if signer is None or not self.demanded:
            return
        key = signer.public
        if key.id in self.revoked:
            raise ConfigError(f"the signing key {key.id} is revoked", hint="sign with another key")
        if key not in self.keys:
            raise ConfigError(
                f"the signing key {key.id} is not one of the trusted keys: {self._known()}",
                hint=f"add {key.text} to them, or sign with another key",
            )

    def check_entry(self, entry: Entry, source: str) -> str:
        """A notice, or nothing. Raises `UntrustedError`; `source` says where the entry came from."""
        record = entry.record
        what = f"{source}: entry {record.sequence} of {record.repo}"
        notice = self.check(record.signatures, signing.entry_statement(record), what)
        if self.demanded and encode(record) != entry.data:
            raise BadSignatureError(
                f"{what} holds more than what is signed: it was altered, or written by a newer version"
            )
        return notice

    def check_plan(self, entry: PlanEntry, source: str) -> tuple[PlanEntry, tuple[str, ...]]:
        """The plan as far as it counts (rules 4 and 5), and notices. Raises `UntrustedError`."""
        if not self.demanded:
            return entry, ()
        plan = entry.plan
        what = f'{source}: plan "{plan.name}" of {plan.repo}'
        if entry.removed:
            statement = signing.removal_statement(entry)
            notice = self.check(entry.removed_signatures, statement, f"{what}: its removal")
            return entry, tuple(filter(None, [notice]))
        notices = [self.check(entry.signatures, signing.plan_statement(entry), what)]
        approvals, doubts = self._approvals(entry, what)
        notices += doubts
        approved = bool(approvals) or (plan.status == "APPROVED" and self._goes_without(entry))
        if plan.status == "APPROVED" and not approved and not plan.approvals:
            notices.append(f"{what} says that it is approved, and no approval is signed: it is pending")
        status: Literal["APPROVED", "PENDING"] = "APPROVED" if approved else "PENDING"
        counted = replace(entry, plan=replace(plan, status=status, approvals=approvals))
        return counted, tuple(filter(None, notices))

    def check_pruning(self, pruning: Pruning, source: str) -> str:
        """A notice, or nothing. Raises `UntrustedError`."""
        what = f"{source}: the note of {pruning.time} about removed states of {pruning.repo}"
        return self.check(pruning.signatures, signing.pruning_statement(pruning), what)

    def accepts(self, entry: Entry) -> bool:
        """Does the entry count?"""
        try:
            self.check_entry(entry, "")
        except UntrustedError:
            return False
        return True

    def accepts_plan(self, entry: PlanEntry) -> bool:
        """Does the plan count, however far on its way it is?"""
        try:
            self.check_plan(entry, "")
        except UntrustedError:
            return False
        return True

    def _goes_without(self, entry: PlanEntry) -> bool:
        """Is this a plan from before there were signatures, in a time when those still count?"""
        return self.unsigned == "WARN" and not entry.signatures

    def _approvals(self, entry: PlanEntry, what: str) -> tuple[tuple[Approval, ...], list[str]]:
        counted, notices = [], []
        for approval in entry.plan.approvals:
            who = approval.context.username or "somebody"
            statement = signing.approval_statement(entry, approval)
            try:
                notices.append(self.check(approval.signatures, statement, f"{what}: the approval by {who}"))
            except UntrustedError as error:
                notices.append(f"{error.message}; it is left out")
            else:
                counted.append(approval)
        return tuple(counted), notices

    def check(self, signatures: Sequence[Signature], statement: bytes, what: str) -> str:
        """Rules 1 and 2, for whatever `what` is: a notice, or nothing. Raises `UntrustedError`.

        What a signature claims to be made by is only a hint which key to try.
        """
        if not self.demanded:
            return ""
        if not signatures:
            if self.unsigned == "WARN":
                return f"{what} is not signed"
            raise UnsignedError(f"{what} is not signed")
        by_key = {signature.key: signature for signature in signatures}
        known = [key for key in self.keys if key.id in by_key and key.id not in self.revoked]
        if any(key.verifies(statement, by_key[key.id]) for key in known):
            return ""
        if known:
            raise BadSignatureError(f"{what} is not what key {known[0].id} has signed")
        revoked = sorted(by_key.keys() & self.revoked)
        if revoked:
            raise RevokedKeyError(f"{what} was signed by key {revoked[0]}, which is revoked")
        signers = ", ".join(key[:SHOWN] for key in sorted(by_key)[:NAMED])
        raise UnknownKeyError(f"{what} was signed by key {signers}, which is not trusted: {self._known()}")

    def _known(self) -> str:
        return f"trusted are {', '.join(key.id for key in self.keys if key.id not in self.revoked) or 'none'}"
