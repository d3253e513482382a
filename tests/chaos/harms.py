"""What can happen to a request, its answer or the way between, and what may follow from it."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable
from typing import Final, Literal

import msgspec

from tests.servers.proxy import HEAD_END, Exchange, Harm, Proxy, slowly

Effect = Literal["away", "denied", "corrupt", "foreign", "slow", "lost"]
"""What a target is to its clients: cannot answer; refuses them; gives something else than it was given;
answers as something that is no such service; answers late; does what it is told, and the answer is lost.
"""

BOMB_BYTES: Final = 256 << 20


class Fault(msgspec.Struct, frozen=True):
    """A harm of every request that is due; or a state that a proxy is put into."""

    name: str
    effect: Effect
    harm: Harm | None = None
    begin: Callable[[Proxy], None] | None = None
    slow: bool = False
    """Does it make a client wait for its time limits?"""


def reply(status: int, body: bytes = b"", **headers: str) -> Harm:
    """Answer so, without asking the server."""
    fields = {"Content-Length": str(len(body)), "Connection": "close", **headers}
    lines = [f"HTTP/1.1 {status} As Told", *(f"{n.replace('_', '-')}: {v}" for n, v in fields.items())]
    data = "\r\n".join(lines).encode() + HEAD_END + body
    return lambda exchange: exchange.answer(data)


def silence(exchange: Exchange) -> None:
    exchange.wait()


def reset_at_once(exchange: Exchange) -> None:
    exchange.reset()


def half_request(exchange: Exchange) -> None:
    """The server gets a part of it only, the client nothing."""
    import socket

    data = exchange.request.sent_alone()
    with socket.create_connection(exchange.proxy.upstream, timeout=5) as server:
        server.sendall(data[: len(data) * 2 // 3])
    exchange.reset()


def half_answer(exchange: Exchange) -> None:
    data = exchange.forward()
    exchange.answer(data[: len(data) * 2 // 3])
    exchange.reset()


def cut_short(exchange: Exchange) -> None:
    """The body ends before the length that is announced."""
    head, _, body = exchange.forward().partition(HEAD_END)
    exchange.answer(head + HEAD_END + body[: len(body) // 2])


def longer(exchange: Exchange) -> None:
    """More comes than is announced."""
    exchange.answer(exchange.forward() + b"and more")


def flipped(exchange: Exchange) -> None:
    """A bit of the body is another."""
    head, _, body = exchange.forward().partition(HEAD_END)
    place = len(body) // 2
    exchange.answer(
        head + HEAD_END + body[:place] + bytes(b ^ 1 for b in body[place : place + 1]) + body[place + 1 :]
    )


def late(exchange: Exchange) -> None:
    exchange.wait(0.3)
    exchange.answer(exchange.forward())


def trickle(exchange: Exchange) -> None:
    slowly(exchange, exchange.forward(), pieces=8, pause=0.02)


def lost_answer(exchange: Exchange) -> None:
    """It is done, and nobody hears of it."""
    exchange.forward()
    exchange.reset()


def bomb(exchange: Exchange) -> None:
    """A small body that unpacks to a large one."""
    reply(200, _bomb(), Content_Type="application/json", Content_Encoding="gzip", ETag='"e"')(exchange)


@functools.cache
def _bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    block = bytes(1 << 20)
    return b"".join(packer.compress(block) for _ in range(BOMB_BYTES >> 20)) + packer.flush()


LOGIN: Final = b"<!doctype html><html><body><p>Please log in</p></body></html>"
ELSEWHERE: Final = "http://127.0.0.1:9/latest/meta-data"

FAULTS: Final = (
    Fault("connections refused", "away", begin=Proxy.close),
    Fault("connections swallowed", "away", begin=Proxy.swallow, slow=True),
    Fault("accepted, no answer", "away", silence, slow=True),
    Fault("reset at once", "away", reset_at_once),
    Fault("reset within the request", "away", half_request),
    Fault("reset within the answer", "away", half_answer),
    Fault("answer late", "slow", late),
    Fault("answer in small pieces", "slow", trickle),
    Fault("answer cut short", "corrupt", cut_short),
    Fault("answer longer than announced", "slow", longer),
    Fault("answer with a flipped bit", "corrupt", flipped),
    Fault("answer lost after the write", "lost", lost_answer),
    Fault("500", "away", reply(500)),
    Fault("503", "away", reply(503)),
    Fault("503 with Retry-After", "away", reply(503, Retry_After="3600")),
    Fault("429", "away", reply(429)),
    Fault("429 with Retry-After", "away", reply(429, Retry_After="3600")),
    Fault("401", "denied", reply(401)),
    Fault("403", "denied", reply(403)),
    Fault("login page", "foreign", reply(200, LOGIN, Content_Type="text/html")),
    Fault("redirect elsewhere", "foreign", reply(307, Location=ELSEWHERE)),
    Fault("gzip bomb", "foreign", bomb),
    Fault("bad certificate", "away"),
)
BY_NAME: Final = {fault.name: fault for fault in FAULTS}
