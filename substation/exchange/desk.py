"""Serves the verified requests of one connection: limits, tasks, subscriptions. What comes of them goes to `answer`."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence

from models.wire import messages as m
from models.wire.instance import Instance
from substation.exchange.access import Identity
from substation.exchange.door import Door
from substation.exchange.outbox import Outbox
from substation.exchange.variables import Cancel, RefusedError

log = logging.getLogger("ringmain.exchange")


class Desk:
    """group: the connection's tasks (queries, periodic subscriptions); writes go to the door's group."""

    def __init__(self, door: Door, outbox: Outbox, answer: Callable[[m.Reply], None], group: asyncio.TaskGroup) -> None:
        self._door, self._outbox, self._answer, self._group = door, outbox, answer, group
        self._busy: Counter[type[m.Request]] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._cancels: dict[int, Cancel] = {}
        self._periodic: dict[tuple[str, str], int] = {}
        self._closed = False

    def take(self, requester: Identity, request: m.Request) -> None:
        """Start serving; returns at once. A refusal is an answer."""
        try:
            match request:
                case m.Query():
                    self._start(self._group, request, self._query(requester, request), self._door.limits.queries)
                case m.Write():
                    self._start(
                        self._door.write_group, request, self._write(requester, request), self._door.limits.writes
                    )
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

    # -- query and write

    def _start(
        self, group: asyncio.TaskGroup, request: m.Request, work: Coroutine[object, object, None], limit: int
    ) -> None:
        kind = type(request)
        if self._busy[kind] >= limit:
            work.close()
            raise RefusedError(m.Code.OVERLOADED, f"{limit} requests of this kind are being served; wait for an answer")
        self._busy[kind] += 1
        task = group.create_task(self._supervised(request, work))
        task.add_done_callback(lambda _: self._busy.subtract([kind]))
        if group is self._group:
            self._own(task)

    def _own(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _supervised(self, request: m.Request, work: Coroutine[object, object, None]) -> None:
        """One request's defect ends that request, never the connection or the unit."""
        try:
            await work
        except RefusedError as refusal:
            self._refused(request, refusal)
        except Exception:
            log.exception("request %s failed", request)
            self._reply(m.Result(request.id, m.Code.FAILED, "the unit failed to serve this request; see its log"))

    async def _query(self, requester: Identity, request: m.Query) -> None:
        instances = await self._door.processor.query(requester, request)
        for start in range(0, len(instances), m.MAX_INSTANCES):
            self._reply(m.Notify(request.id, tuple(instances[start : start + m.MAX_INSTANCES])))
        self._reply(m.Result(request.id, m.Code.OK))

    async def _write(self, requester: Identity, request: m.Write) -> None:
        done = await self._door.processor.write(requester, request)
        self._reply(m.Result(request.id, done.code, done.text, done.cause, done.instances))

    # -- subscriptions

    def _subscribe(self, requester: Identity, request: m.Subscription) -> None:
        if request.id in self._cancels:
            raise RefusedError(m.Code.BAD_REQUEST, f"subscription {request.id} exists already")
        if len(self._cancels) >= self._door.limits.subscriptions:
            raise RefusedError(m.Code.OVERLOADED, f"a connection has at most {self._door.limits.subscriptions}")
        deliver = _Delivery(self._outbox, request.id)
        if isinstance(request, m.Event):
            self._cancels[request.id] = self._door.processor.event(requester, request, deliver)
        else:
            self._cancels[request.id] = self._start_periodic(requester, request, deliver)
        self._reply(m.Result(request.id, m.Code.OK))

    def _start_periodic(self, requester: Identity, request: m.Periodic, deliver: _Delivery) -> Cancel:
        target = (request.variable, request.location)
        if target in self._periodic:
            text = f"subscription {self._periodic[target]} is periodic for this already; unsubscribe it first"
            raise RefusedError(m.Code.BAD_REQUEST, text)
        task = self._group.create_task(
            self._supervised(request, self._door.processor.periodic(requester, request, deliver))
        )
        self._own(task)
        self._periodic[target] = request.id

        def cancel() -> None:
            del self._periodic[target]
            task.cancel()

        return cancel

    def _unsubscribe(self, request: m.Unsubscribe) -> None:
        if request.subscription not in self._cancels:
            raise RefusedError(m.Code.BAD_REQUEST, f"there is no subscription {request.subscription}")
        self._end(request.subscription)
        self._reply(m.Result(request.id, m.Code.OK))

    def _end(self, subscription: int) -> None:
        cancel = self._cancels.pop(subscription, None)
        if cancel is not None:
            cancel()
            self._outbox.forget(subscription)

    # -- answers

    def _refused(self, request: m.Request, refusal: RefusedError) -> None:
        if isinstance(request, m.Periodic):
            self._end(request.id)
        self._reply(m.Result(request.id, refusal.code, str(refusal)[:1000], refusal.cause))

    def _reply(self, reply: m.Reply) -> None:
        if not self._closed:
            self._answer(reply)


class _Delivery:
    """A Subscriber that puts everything into the connection's outbox."""

    def __init__(self, outbox: Outbox, subscription: int) -> None:
        self._outbox, self._subscription = outbox, subscription

    def events(self, instances: Sequence[Instance]) -> None:
        self._outbox.events(self._subscription, instances)

    def latest(self, instances: Sequence[Instance]) -> None:
        self._outbox.latest(self._subscription, instances)
