"""Serves the verified requests of one connection: limits, tasks, subscriptions. What comes of them goes to `answer`."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from models.wire import messages as m
from substation.exchange.access import Identity
from substation.exchange.delivery import Delivery
from substation.exchange.door import Door
from substation.exchange.forwarding import Proof
from substation.exchange.outbox import Outbox
from substation.exchange.periodic_register import IsAlive, claim_of
from substation.exchange.prompt import begun
from substation.exchange.variables import Cancel, RefusedError

log = logging.getLogger("ringmain.exchange")

Work = Callable[[], Coroutine[object, object, None]]


@dataclass(frozen=True, slots=True)
class Line:
    """What a desk knows of its connection. group: its tasks. is_alive: asks the other end."""

    outbox: Outbox
    answer: Callable[[m.Reply], None]
    group: asyncio.TaskGroup
    is_alive: IsAlive


class Desk:
    """Queries and subscriptions belong to the connection's group, writes to the door's: they end without it."""

    def __init__(self, door: Door, line: Line) -> None:
        self._door, self._line = door, line
        self._busy: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._cancels: dict[int, Cancel] = {}
        self._closed = False

    def take(self, requester: Identity, request: m.Request, proof: Proof) -> None:
        """Start serving; returns at once. A refusal is an answer."""
        try:
            if m.is_elsewhere(request):
                self._forward(requester, request, proof)
                return
            match request:
                case m.Query():
                    self._start_query(requester, request)
                case m.Write():
                    self._start_write(requester, request)
                case m.Unsubscribe():
                    self._unsubscribe(request)
                case m.Event() | m.Periodic():
                    self._subscribe(requester, request)
        except RefusedError as refusal:
            self._refused(request, refusal)

    def close(self) -> None:
        """The connection has ended: its subscriptions and queries end, its writes go on without it."""
        self._closed = True
        for cancel in self._cancels.values():
            cancel()
        self._cancels.clear()
        for task in self._tasks:
            task.cancel()

    # -- tasks

    def _start_query(self, requester: Identity, request: m.Query) -> None:
        """Most are served from memory at once; one that has to wait becomes a task."""
        self._require_capacity("queries", self._door.limits.queries)
        rest = begun(self._supervised(request, partial(self._query, requester, request)))
        if rest is not None:
            self._tasks.add(self._counted(self._line.group, rest, "queries"))

    def _start(self, request: m.Request, work: Work, kind: str, limit: int) -> asyncio.Task[None]:
        """In the connection's group; RefusedError when too many of that kind are under way."""
        task = self._limited(self._line.group, request, work, kind, limit)
        self._tasks.add(task)
        return task

    def _start_write(self, requester: Identity, request: m.Write) -> None:
        work = partial(self._write, requester, request)
        self._limited(self._door.write_group, request, work, "writes", self._door.limits.writes)

    def _limited(
        self, group: asyncio.TaskGroup, request: m.Request, work: Work, kind: str, limit: int
    ) -> asyncio.Task[None]:
        self._require_capacity(kind, limit)
        return self._counted(group, self._supervised(request, work), kind)

    def _require_capacity(self, kind: str, limit: int) -> None:
        if self._busy[kind] >= limit:
            raise RefusedError(m.Code.OVERLOADED, f"{limit} {kind} are being served; wait for an answer")

    def _counted(
        self, group: asyncio.TaskGroup, work: Coroutine[object, object, None], kind: str
    ) -> asyncio.Task[None]:
        self._busy[kind] += 1
        task = group.create_task(work)
        task.add_done_callback(partial(self._done, kind))
        return task

    def _done(self, kind: str, task: asyncio.Task[None]) -> None:
        self._busy[kind] -= 1
        self._tasks.discard(task)

    async def _supervised(self, request: m.Request, work: Work) -> None:
        """One request's defect ends that request, never the connection or the unit."""
        try:
            await work()
        except RefusedError as refusal:
            self._end(request.id)
            self._refused(request, refusal)
        except Exception:
            log.exception("%s %d failed", type(request).__name__.lower(), request.id)  # without what it holds
            self._end(request.id)
            self._reply(m.Result(request.id, m.Code.FAILED, "the unit failed to serve this request; see its log"))

    # -- query and write

    async def _query(self, requester: Identity, request: m.Query) -> None:
        notes: list[str] = []
        instances = await self._door.processor.query(requester, request, notes.append)
        *parts, last = range(0, max(len(instances), 1), m.MAX_INSTANCES)
        for start in parts:
            self._reply(m.Notify(request.id, tuple(instances[start : start + m.MAX_INSTANCES])))
        self._reply(m.Result(request.id, m.Code.OK, "; ".join(notes)[:1000], instances=tuple(instances[last:])))

    async def _write(self, requester: Identity, request: m.Write) -> None:
        done = await self._door.processor.write(requester, request)
        self._reply(m.Result(request.id, done.code, done.text, done.cause, done.instances))

    # -- other units

    def _forward(self, requester: Identity, request: m.Request, proof: Proof) -> None:
        subscribes = isinstance(request, m.Event | m.Periodic)
        if subscribes:
            self._require_room(request)
        work = partial(self._forwarded, requester, request, proof)
        task = self._start(request, work, "requests for other units", self._door.limits.forwarded)
        if subscribes:
            self._cancels[request.id] = partial(_stop, task)

    async def _forwarded(self, requester: Identity, request: m.Request, proof: Proof) -> None:
        if self._door.forwards is None:
            raise RefusedError(m.Code.UNKNOWN_VARIABLE, "this unit has no links to other units")
        async with aclosing(self._door.forwards.forward(requester, request, proof)) as replies:
            async for reply in replies:
                if isinstance(reply, m.Result) and reply.code is not m.Code.OK:
                    self._end(request.id, cancel=False)
                self._reply(reply)

    # -- subscriptions

    def _require_room(self, request: m.Request) -> None:
        if request.id in self._cancels:
            raise RefusedError(m.Code.BAD_REQUEST, f"subscription {request.id} exists already")
        if len(self._cancels) >= self._door.limits.subscriptions:
            raise RefusedError(m.Code.OVERLOADED, f"a connection has at most {self._door.limits.subscriptions}")

    def _subscribe(self, requester: Identity, request: m.Subscription) -> None:
        self._require_room(request)
        if isinstance(request, m.Event):
            self._event(requester, request)
        else:
            task = self._start(
                request, partial(self._periodic, requester, request), "periodic", self._door.limits.subscriptions
            )
            self._cancels[request.id] = partial(_stop, task)

    def _event(self, requester: Identity, request: m.Event) -> None:
        notes = _Notes(partial(self._note, request))
        position = self._door.processor.cursor(request)
        until = None if position is None else position()
        delivery = Delivery(self._line.outbox, request.id, position)
        if request.after is None or until is None:
            self._cancels[request.id] = self._door.processor.event(requester, request, delivery, notes.take)
        else:
            delivery.hold()
            self._cancels[request.id] = self._door.processor.event(requester, request, delivery, notes.take)
            self._catch_up(requester, request, delivery, until)
        self._reply(m.Result(request.id, m.Code.OK, cursor=until))
        notes.release()

    def _catch_up(self, requester: Identity, request: m.Event, delivery: Delivery, until: int) -> None:
        """First what the subscriber has missed, then what has come since it subscribed."""

        async def tell() -> None:
            delivery.release(await self._door.processor.missed(requester, request, until))

        unsubscribe = self._cancels[request.id]
        task = self._start(request, tell, "subscriptions catching up", self._door.limits.subscriptions)

        def cancel() -> None:
            task.cancel()
            unsubscribe()

        self._cancels[request.id] = cancel

    async def _periodic(self, requester: Identity, request: m.Periodic) -> None:
        claim = claim_of(requester, request)
        await self._door.periodic.take(claim, self, request.id, self._line.is_alive)
        try:
            self._reply(m.Result(request.id, m.Code.OK))
            delivery = Delivery(self._line.outbox, request.id)
            await self._door.processor.periodic(requester, request, delivery, partial(self._note, request))
        finally:
            self._door.periodic.leave(claim, self)

    def _unsubscribe(self, request: m.Unsubscribe) -> None:
        if request.subscription not in self._cancels:
            raise RefusedError(m.Code.BAD_REQUEST, f"there is no subscription {request.subscription}")
        self._end(request.subscription)
        self._reply(m.Result(request.id, m.Code.OK))

    def _end(self, subscription: int, *, cancel: bool = True) -> None:
        end = self._cancels.pop(subscription, None)
        if end is not None:
            self._line.outbox.forget(subscription)
            if cancel:
                end()

    # -- answers

    def _note(self, request: m.Subscription, text: str) -> None:
        """What the owner's policy keeps back from a subscription that goes on: a further result says so."""
        self._reply(m.Result(request.id, m.Code.OK, text[:1000]))

    def _refused(self, request: m.Request, refusal: RefusedError) -> None:
        self._reply(m.Result(request.id, refusal.code, str(refusal)[:1000], refusal.cause))

    def _reply(self, reply: m.Reply) -> None:
        if not self._closed:
            self._line.answer(reply)


def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()


class _Notes:
    """What is kept back from a subscription. Told after the subscription has been answered: it is not the answer."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._held: list[str] = []
        self._answered = False

    def take(self, text: str) -> None:
        if self._answered:
            self._tell(text)
        else:
            self._held.append(text)

    def release(self) -> None:
        self._answered = True
        for text in self._held:
            self._tell(text)
