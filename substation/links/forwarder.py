"""Requests for other units [DI8]: to the next unit on the way, through this one, or to this one.

The way: down to the child below which the unit is, else up to the parent. It never leads back, and is at most MAX_HOPS
long. Nothing is repeated here: a write whose link breaks ends as `unknown`, a subscription as `lost`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace

from models.driver import Clock
from models.errors import LinkError, RemoteProtocolError
from models.wire import messages as m
from substation.exchange.access import Identity
from substation.exchange.decision import AccessDecision
from substation.exchange.door import Door
from substation.exchange.forwarding import Proof
from substation.exchange.variables import RefusedError
from substation.links import forward_target
from substation.links.engine import NotSentError
from substation.links.forward_frame import (
    MAX_HOPS,
    Forwarded,
    divided,
    from_there,
    pack,
    pack_reply,
    unpack,
    unpack_reply,
)
from substation.links.forward_proof import Proofs
from substation.links.post import Post

MAX_UNDER_WAY = 1000
ANSWER_S, WRITE_S = 15.0, 120.0
"""How long a requester waits for the first answer; a command may have to wait for a switch."""
Next = Callable[[str], str | None]
"""The neighbour on the way to a unit below; None where it is not below this one."""


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """unit: ours. parent: '' at the top. below: see Next."""

    unit: str
    parent: str
    below: Next


class Forwarder:
    """A `Forwards` for our connections, and what serves our neighbours (`Post.serve`). `run` until cancelled."""

    def __init__(
        self, around: Neighbourhood, post: Post, proofs: Proofs, clock: Clock, tell: Callable[[AccessDecision], None]
    ) -> None:
        self._around, self._post, self._proofs, self._clock, self._tell = around, post, proofs, clock, tell
        self._door: Door | None = None
        self._group: asyncio.TaskGroup | None = None
        self._under_way = 0
        self._known: dict[str, str] = {}  # ways that were taken: a child that restarts has not moved

    async def run(self, opened: Callable[[], Awaitable[Door]]) -> None:
        """opened: the door of our data interface, behind which proved requests are served."""
        async with asyncio.TaskGroup() as group:
            self._door, self._group = await opened(), group
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                self._door = self._group = None
                self._proofs.close()

    # -- for our connections

    async def forward(self, requester: Identity, request: m.Request, proof: Proof) -> AsyncGenerator[m.Reply, None]:
        """See Forwards.forward."""
        if isinstance(request, m.Unsubscribe):
            return
        unit, location = divided(request.location)
        self._told(requester, request)
        if unit == self._around.unit:
            replies = self._here(requester, replace(request, location=location), proof, lambda: requester)
        else:
            replies = self._elsewhere(Forwarded(unit, (self._around.unit,), proof.login, proof.frame), "")
        async with aclosing(_in_time(request, replies)) as timed:
            async for reply in timed:
                yield _fitting(request, from_there(replace(reply, id=request.id), unit))

    # -- for our neighbours

    async def serve(self, neighbour: str, body: bytes) -> AsyncGenerator[bytes, None]:
        """Answers to a request that a neighbour has brought."""
        async with aclosing(self._brought(neighbour, unpack(body))) as replies:
            async for reply in replies:
                yield pack_reply(reply)

    async def _brought(self, neighbour: str, forwarded: Forwarded) -> AsyncGenerator[m.Reply, None]:
        if forwarded.hops[-1] != neighbour:
            raise RemoteProtocolError(f"forwarded request: it says it comes from {forwarded.hops[-1]}")
        if forwarded.target != self._around.unit:
            onward = replace(forwarded, hops=(*forwarded.hops, self._around.unit))
            replies = self._elsewhere(onward, neighbour)
        else:
            try:
                asked = await self._proofs.verify(forwarded)
            except RefusedError as refusal:
                who = f"request through {', '.join(forwarded.hops)}"
                self._tell(AccessDecision(self._clock(), refusal.code, who, "forwarded request", str(refusal)))
                yield m.Result(1, refusal.code, str(refusal))
                return
            replies = self._here(asked.requester, asked.request, asked.proof, asked.identity)
        async with aclosing(replies):
            async for reply in replies:
                yield reply

    # -- the way

    def _here(
        self, requester: Identity, request: m.Request, proof: Proof, identity: Callable[[], Identity | None]
    ) -> AsyncGenerator[m.Reply, None]:
        if self._door is None or self._group is None:
            return _refusal(m.Code.NOT_SENT, f"{self._around.unit} is starting or ending")
        return forward_target.serve(self._door, self._group, requester, request, proof, identity)

    def _elsewhere(self, forwarded: Forwarded, came_from: str) -> AsyncGenerator[m.Reply, None]:
        """To the next unit. Its id of the request is not known here: that of the answers is set where it began."""
        unit, target = self._around.unit, forwarded.target
        neighbour = self._around.below(target) or self._known.get(target) or self._around.parent
        if not neighbour or neighbour == came_from:
            return _refusal(m.Code.UNKNOWN_VARIABLE, f"{unit} knows no way to unit {target!r:.80}")
        if unit in forwarded.hops[:-1] or len(forwarded.hops) > MAX_HOPS:
            return _refusal(m.Code.REFUSED, f"the request goes in a circle: {', '.join(forwarded.hops)}")
        if self._under_way >= MAX_UNDER_WAY:
            return _refusal(m.Code.OVERLOADED, f"{unit} carries {MAX_UNDER_WAY} requests for other units already")
        if neighbour != self._around.parent:
            self._known[target] = neighbour
        return self._carried(neighbour, forwarded)

    async def _carried(self, neighbour: str, forwarded: Forwarded) -> AsyncGenerator[m.Reply, None]:
        self._under_way += 1
        try:
            async with aclosing(self._post.ask(neighbour, pack(forwarded))) as parts:
                async for part in parts:
                    yield unpack_reply(part)
        except NotSentError as error:
            yield m.Result(1, m.Code.NOT_SENT, str(error))
        except (LinkError, RemoteProtocolError) as error:
            yield m.Result(1, m.Code.LOST, str(error))
        finally:
            self._under_way -= 1

    def _told(self, requester: Identity, request: m.Query | m.Event | m.Periodic | m.Write) -> None:
        what = f"forward {type(request).__name__.lower()} {request.location}/{request.variable}"
        who, service, device = str(requester), requester.service, requester.device
        self._tell(AccessDecision(self._clock(), m.Code.OK, who, what, "", service, device))


async def _refusal(code: m.Code, text: str) -> AsyncGenerator[m.Reply, None]:
    yield m.Result(1, code, text)


async def _in_time(request: m.Request, replies: AsyncGenerator[m.Reply, None]) -> AsyncGenerator[m.Reply, None]:
    """The first answer to a request in time, and all of a query; whoever goes on is answered by the way."""
    loop = asyncio.get_running_loop()
    due_s: float | None = loop.time() + (WRITE_S if isinstance(request, m.Write) else ANSWER_S)
    async with aclosing(replies):
        while True:
            try:
                async with asyncio.timeout_at(due_s):
                    reply = await anext(replies)
            except StopAsyncIteration:
                return
            except TimeoutError:
                yield m.Result(request.id, m.Code.TIMED_OUT, "no answer of the other unit in time")
                return
            yield reply
            if isinstance(request, m.Event | m.Periodic):
                due_s = None


def _fitting(request: m.Request, reply: m.Reply) -> m.Reply:
    """What a broken way means for this request: of a command nobody knows, a subscription may be made again."""
    if not isinstance(reply, m.Result):
        return reply
    if isinstance(request, m.Write) and reply.code in (m.Code.LOST, m.Code.TIMED_OUT):
        text = f"{reply.text}: the outcome is unknown, look at the position before anything else"
        return replace(reply, code=m.Code.UNKNOWN, text=text)
    if isinstance(request, m.Event | m.Periodic) and reply.code is m.Code.NOT_SENT:
        return replace(reply, code=m.Code.LOST)
    return reply
