"""Serves a request that came through other units, by the same desk as one that came over a connection."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable

from models.wire import messages as m
from substation.exchange.access import Identity
from substation.exchange.desk import Desk, Line
from substation.exchange.door import Door
from substation.exchange.forwarding import Proof
from substation.exchange.outbox import Outbox

MAX_EVENTS, MAX_LATEST = 5000, 20_000
"""Of one request: what a slow link does not take is bounded, and its requester told what it missed."""
IDENTITY_CHECK_S = 5.0


async def serve(
    door: Door,
    group: asyncio.TaskGroup,
    requester: Identity,
    request: m.Request,
    proof: Proof,
    identity: Callable[[], Identity | None],
) -> AsyncGenerator[m.Reply, None]:
    """Its answers; a subscription until it is closed or ends. A write that has begun is finished in any case.

    identity: who asks, asked again while a subscription lasts.
    """
    answers: deque[m.Reply] = deque()
    woken = asyncio.Event()
    outbox = Outbox(woken.set, MAX_EVENTS, MAX_LATEST)

    def answer(reply: m.Reply) -> None:
        answers.append(reply)
        woken.set()

    desk = Desk(door, Line(outbox, answer, group, _lives))
    desk.take(requester, request, proof)
    try:
        while True:
            while answers:
                reply = answers.popleft()
                yield reply
                if _is_last(request, reply):
                    return
            if notify := outbox.take():
                yield notify
                await asyncio.sleep(door.limits.pause_s if outbox.empty() else 0)
                continue
            if identity() != requester:
                yield m.Result(request.id, m.Code.NOT_ALLOWED, "key, certificate or role has changed or been withdrawn")
                return
            await _wait(woken)
    finally:
        desk.close()


def _is_last(request: m.Request, reply: m.Reply) -> bool:
    subscribes = isinstance(request, m.Event | m.Periodic)
    return isinstance(reply, m.Result) and not (subscribes and reply.code is m.Code.OK)


async def _wait(woken: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(IDENTITY_CHECK_S):
            await woken.wait()
    except TimeoutError:
        pass
    woken.clear()


async def _lives() -> bool:
    """The links cancel what nobody wants any more."""
    return True
