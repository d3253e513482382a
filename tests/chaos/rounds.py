"""A round: all is well, a step is taken under a fault, all is well again; and what must hold after each."""

from __future__ import annotations

import contextlib
import random
import ssl
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from tests.chaos.harms import FAULTS, Fault
from tests.chaos.invariants import broken_promises, not_caught_up, other_plans
from tests.chaos.site import Ran, Site
from tests.chaos.steps import STEPS, Done, Step
from tests.chaos.zygote import Hook
from tests.servers.proxy import Proxy, Request, proxy

MEMORY_KIB: Final = 500 << 10
"""What no command may need, whatever it is answered."""
ATTEMPTS: Final = 3
"""How often one request may be made, at most."""


class Case(msgspec.Struct, frozen=True):
    """What is tried: `targets` are the indexes of those that fail; `only` the number of the one request
    that the fault befalls, 0 for all."""

    step: Step
    fault: Fault
    targets: tuple[int, ...]
    only: int = 0

    @property
    def name(self) -> str:
        which = " and ".join("registry" if index == 0 else "backup" for index in self.targets)
        return f"{self.step.name}, {self.fault.name} at the {which}" + (
            f", request {self.only}" if self.only else ""
        )


class Verdict(msgspec.Struct, frozen=True):
    """How a round went: how often the fault was met, the exit code under it, and what was wrong."""

    case: Case
    met: int
    code: int
    wrong: tuple[str, ...]
    err: str = ""


def case_of(fault: Fault, kind: str, chance: random.Random) -> Case:
    """A case of a fault for a kind of target, by chance; of another fault where this one cannot happen."""
    only = chance.choice((0, 0, chance.randint(1, 8))) if fault.harm else 0
    cases = [Case(step, fault, targets, only) for step in STEPS for targets in ((0,), (0,), (1,), (0, 1))]
    possible = [case for case in cases if is_possible(case, kind)]
    return chance.choice(possible) if possible else case_of(chance.choice(FAULTS), kind, chance)


def is_possible(case: Case, kind: str) -> bool:
    """Can this happen at targets of a kind? An OCI registry on this machine is spoken to without TLS."""
    if kind in ("distribution", "crane") and (0 in case.targets or case.fault.name == "bad certificate"):
        return False
    if case.step.name == "restore" and 0 in case.targets:
        return False
    return case.step.servers or "server" not in kind


def play(
    site: Site,
    case: Case,
    certificate: ssl.SSLContext,
    hooks: Sequence[Hook] = (),
    *,
    thorough: bool = True,
) -> Verdict:
    """One round. The site is healthy before and, unless something is wrong, after it.

    A round that is not thorough ends with a push instead of the step once more, a push, and `verify`.
    """
    given = case.step.prepare(site)
    trace = site.directory / f"connects-{site.number()}"
    with injected(site, case, certificate) as met:
        done = case.step.take(site, given, (*hooks, ("trace_connections", str(trace))))
        befell = met(trace.read_text().split() if trace.exists() else [])
        wrong = [*excessive(site, case)]
    wrong += [
        *misbehaved(done.ran),
        *done.lies,
        *unexpected(case, done, befell),
        *broken_promises(site.copies()),
    ]
    wrong += healed(site, case.step, given, hooks) if thorough else caught_up(site)
    return Verdict(case, befell, done.ran.code, tuple(wrong), done.ran.err)


@contextlib.contextmanager
def injected(site: Site, case: Case, certificate: ssl.SSLContext) -> Iterator[Callable[[list[str]], int]]:
    """The fault, at its targets. Yields what counts how often it was met, given the ports that were tried."""
    proxies = [place.through for index in case.targets if (place := site.places[index]).through]
    with contextlib.ExitStack() as stack:
        met: Callable[[list[str]], int]
        for each in proxies:
            each.harm(None)
        if case.fault.harm:
            for each in proxies:
                each.harm(case.fault.harm, _due(case.only))
                stack.callback(each.harm, None)
            met = lambda ports: sum(each.met for each in proxies)  # noqa: E731
        elif case.fault.begin:
            for each in proxies:
                case.fault.begin(each)
                stack.callback(each.reopen)
            met = lambda ports: sum(ports.count(str(each.port)) for each in proxies)  # noqa: E731
        else:
            secured = _secure(site, case, stack, certificate)
            met = lambda ports: sum(each.met for each in secured)  # noqa: E731
        yield met


def _due(only: int) -> Callable[[int, Request], bool]:
    return lambda number, request: only in (0, number)


def _secure(site: Site, case: Case, stack: contextlib.ExitStack, certificate: ssl.SSLContext) -> list[Proxy]:
    """Proxies that speak TLS, with a certificate that nobody trusts, in the place of the targets'."""
    made = []
    for index in case.targets:
        place = site.places[index]
        made.append(stack.enter_context(proxy(place.upstream, certificate)))
        site.secured[index] = place.secure_url(made[-1])
    stack.callback(site.secured.clear)
    return made


def misbehaved(ran: Ran) -> Iterator[str]:
    """What no command may do, whatever happens to it."""
    if ran.code not in (0, 1):
        yield f"{ran.command} ended with {ran.code}"
    if "Traceback" in ran.err or "internal error" in ran.err:
        yield f"{ran.command} failed with a bug: {ran.err}"
    if ran.code == 1 and not ran.err.strip():
        yield f"{ran.command} failed, and says nothing"
    if ran.rss > MEMORY_KIB:
        yield f"{ran.command} needed {ran.rss >> 10} MiB"


def excessive(site: Site, case: Case) -> Iterator[str]:
    """Requests that a failing target got more often than is agreed."""
    if case.only or case.fault.effect in ("slow", "lost"):
        return
    for index in case.targets:
        through = site.places[index].through
        asked = (
            [(request.method, request.target, request.body) for request in through.requests]
            if through
            else []
        )
        worst = max(map(asked.count, asked), default=0)
        if worst > REPEATED * ATTEMPTS:
            yield f"one request was made {worst} times"


REPEATED: Final = 4
"""Places in a command that may ask the same of a target: whether it is there, what is newest, …"""


def unexpected(case: Case, done: Done, met: int) -> Iterator[str]:
    """A command that failed where it had to go on, or went on where it had to stop."""
    effect, worked = case.fault.effect, done.ran.worked
    if not met:
        return
    if not worked and must_succeed(case):
        yield f"{done.ran.command} had to succeed: {done.ran.err}"
    if worked and must_fail(case):
        yield f"{done.ran.command} had to fail ({effect} target): {done.ran.err}"


def must_succeed(case: Case) -> bool:
    """One target at least is as it should be, and the command needs no more than one."""
    if case.fault.effect == "slow":
        return True
    refused = 0 in case.targets and case.fault.effect in ("denied", "foreign")
    return case.step.kind != "care" and not refused


def must_fail(case: Case) -> bool:
    """A refused credential is not outlived by a backup, and nobody vouches for what could not be read."""
    if case.only:
        return False
    if case.step.kind == "read" and case.fault.effect == "denied":
        return 0 in case.targets
    return case.step.name == "verify" and case.fault.effect not in ("slow", "lost")


def healed(site: Site, step: Step, given: str, hooks: Sequence[Hook] = ()) -> Iterator[str]:
    """All is well again: the step again, a push, and every target has everything."""
    again = step.take(site, given, hooks)
    if not again.ran.worked and step.name not in ("rm", "verify"):
        yield f"once healthy, {again.ran.command} fails: {again.ran.err}"
    yield from again.lies
    if step.name == "rm" and site.plans.get(given) != "removed" and not again.ran.worked:
        yield f"a removal was not acknowledged, and cannot be repeated: {again.ran.err}"
    yield from caught_up(site, hooks)
    copies = site.copies()
    if other_plans(copies):
        mended = site.registry("sync", "--env", "e", hooks=hooks)
        if not mended.worked:
            yield f"once healthy, a sync fails ({mended.code}): {mended.out} {mended.err}"
        yield from other_plans(site.copies())
    verified = site.registry("verify", "--env", "e", hooks=hooks)
    if not verified.worked:
        yield f"once caught up, verify ({verified.code}) finds: {verified.out} {verified.err}"


def caught_up(site: Site, hooks: Sequence[Hook] = ()) -> Iterator[str]:
    """All is well again: a push works, and every target has everything."""
    pushed = site.push(hooks=hooks)
    if not pushed.worked:
        yield f"once healthy, a push fails: {pushed.err}"
    copies = site.copies()
    yield from broken_promises(copies)
    yield from not_caught_up(copies, site.kept)


def certificate_of_nobody() -> ssl.SSLContext:
    """TLS with a new certificate that no authority has signed."""
    import datetime
    import tempfile

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    made = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now - day, now + day
    )
    signed = made.sign(key, hashes.SHA256())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write(private + signed.public_bytes(serialization.Encoding.PEM))
        file.flush()
        context.load_cert_chain(file.name)
    return context
