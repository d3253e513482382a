"""One family of exceptions: what went wrong, what to do about it, and a stable reason code.

`message` is one line that names the thing and the place; `hint` is one line that says how to go on; `details`
are more lines for those who want to look into it;
`reason` is the machine's word (the action's output `failure-reason`). The class tells the caller, the
reason tells the machine, the two lines tell the person. Neither line may hold a secret: a URL goes
through `backstay.urls.redact` before it enters a message.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar


class BackstayError(Exception):
    """Base of everything Backstay raises on purpose. Anything else is a bug (reason `internal`)."""

    reason: ClassVar[str] = "error"
    label: ClassVar[str] = "Error"
    """The word in front of the message."""

    usual_hint: ClassVar[str] = ""
    """What to do where nothing better is known than the kind of error."""

    def __init__(self, message: str, *, hint: str = "", reason: str = "", details: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.hint = hint or self.usual_hint
        self.reason_code = reason or self.reason


class ConfigError(BackstayError):
    """The project file, a flag, an input or a URL is wrong."""

    reason = "config"


class NothingToLogInError(ConfigError):
    """There is no registry server to log in to, or no token to do so with."""


class HCLError(ConfigError):
    """HCL source is wrong at a known place: `file:line:column: message`, with the line itself.

    `line` and `column` count from 1; `source_line` is the text of that line without its newline.
    """

    usual_hint = "correct the file at this place; nothing was changed"

    def __init__(
        self,
        message: str,
        *,
        filename: str,
        line: int,
        column: int,
        source_line: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(f"{filename}:{line}:{column}: {message}", hint=hint)
        self.filename = filename
        self.line = line
        self.column = column
        self.source_line = source_line
        self.detail = message


class UnsupportedError(BackstayError):
    """The state holds objects or features that this version cannot carry; names every one of them."""

    reason = "unsupported"


class DatabaseError(BackstayError):
    """A database refused a connection or a statement."""

    reason = "database-error"
    usual_hint = "the database says why: correct the desired state, the plan or the rows, and run again"


class CancelledError(BackstayError):
    """A signal ended the work; what it had done until then is told beside it."""

    reason = "cancelled"
    usual_hint = "run again: it goes on from what is there"


class UndefinedError(DatabaseError):
    """A statement names something that is not there, or not there yet."""


class StatementError(DatabaseError):
    """One of several statements was refused: `number` says which, counted from 0."""

    def __init__(self, error: DatabaseError, number: int) -> None:
        super().__init__(error.message, hint=error.hint, reason=error.reason_code)
        self.number = number


class DirtyDatabaseError(DatabaseError):
    """A dev database holds objects that are not ours, so it is not used."""

    reason = "dirty-dev-database"


class LockError(DatabaseError):
    """Another session holds the lock, and did not release it in time."""

    reason = "locked"


class NetworkError(BackstayError):
    """A service did not answer: DNS, refused, reset, timeout, TLS, HTTP 5xx or 429. Others may."""

    reason = "network"
    usual_hint = "try again when the service answers; check its address and the network in between"


class AuthError(BackstayError):
    """A service answered 401 or 403, or a database refused the credentials. Never a reason to fall back."""

    reason = "auth"


class RefusedError(AuthError):
    """A registry server refuses the token (401, 402, 403), or whoever keeps its door. A write stops, too."""


class UnauthorizedError(RefusedError):
    """A registry server itself says that the token is none, not known to it, expired or revoked (401)."""


class GrantError(AuthError):
    """A registry server is away, or is said to be, and no grant allows to go on without it."""

    reason = "grant"


class NotFoundError(BackstayError):
    """A repository, tag, version, plan, bucket or file is not there."""

    reason = "not-found"


class PrunedError(NotFoundError):
    """The content of a version was removed on purpose: only its place in the history is kept."""

    reason = "pruned"
    usual_hint = "use a newer version, or push this content again"


class CorruptError(BackstayError):
    """Bytes came back, and they are not what was written: cut short, wrong digest, not JSON."""

    reason = "corrupt"
    usual_hint = "restore the object from another copy of the registry, or push again"


class UntrustedError(CorruptError):
    """A record that the keys we trust do not vouch for. Another copy may have one that they do."""

    reason = "untrusted"
    usual_hint = "restore the object from another copy of the registry; find out who wrote it"


class UnsignedError(UntrustedError):
    """There is no signature, and trusted keys are configured."""

    reason = "unsigned"
    usual_hint = "push it again with a trusted BACKSTAY_SIGNING_KEY, or once a server that signs is back"


class UnknownKeyError(UntrustedError):
    """The signature was made by a key that is not one of the trusted ones."""

    reason = "unknown-key"
    usual_hint = "if the key is yours, add it to the trusted keys; if not, find out who wrote the object"


class RevokedKeyError(UntrustedError):
    """The signature was made by a key that is trusted no more."""

    reason = "revoked-key"
    usual_hint = "push it again where BACKSTAY_SIGNING_KEY holds a trusted key"


class BadSignatureError(UntrustedError):
    """A trusted key is said to have signed it, and has not signed these bytes: they were altered."""

    reason = "bad-signature"


class RollbackError(UntrustedError):
    """A name points at an older entry than the signed history says: it was moved back, or removed."""

    reason = "rollback"
    usual_hint = "find out who wrote to the storage; a push of the same tag sets it right"


class ConflictError(BackstayError):
    """A conditional write lost, or a name is already taken by other content."""

    reason = "conflict"
    usual_hint = "look at what is there now, and try again"


class ForkError(ConflictError):
    """Two registries hold histories of which neither continues the other."""

    reason = "forked"


class StaleError(BackstayError):
    """The only answer there is, is older than what this machine has already seen."""

    reason = "stale"


class LintError(BackstayError):
    """The analysis found errors, or the review policy rejects the plan."""

    reason = "lint-errors"
    usual_hint = "change the schema or the plan, or let a person approve it"


class PlanError(BackstayError):
    """A plan cannot be made or used for this transition."""

    reason = "plan"


class PlanMismatchError(PlanError):
    """The plan was made for another transition: its hashes are not those of the two states."""

    label = "Abort"


class UnbuiltError(PlanError):
    """A dev database cannot hold the state that a plan starts from, so the plan cannot be tried there."""


class DifferenceError(PlanError):
    """A database is not, or would not come to be, in the state that is desired.

    `differences` tells it object by object (`backstay.engine.differences`), `details` the same as text.
    """

    def __init__(
        self, message: str, *, differences: Sequence[Any], details: str, hint: str = "", reason: str = ""
    ) -> None:
        super().__init__(message, hint=hint, reason=reason, details=details)
        self.differences = tuple(differences)


class NoChangesError(PlanError):
    """There is nothing to plan: current and desired state agree."""

    reason = "synced"


class ManyPlansError(PlanError):
    """Several plans exist for one transition and nothing says which."""

    reason = "multiple-plans"


class NotApprovedError(PlanError):
    """The plan still waits for approval, or nobody is there to approve."""

    reason = "not-approved"
