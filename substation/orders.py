"""The order desk: proposes, approves, rejects, stops and archives switching orders; keeps them over a restart.

An approval holds for one revision; whoever changes an order has it approved again. Before it is handed to the executor
an order is rehearsed against the present image.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from models.alarm import Category, Event, Severity
from models.command import Originator
from models.driver import Clock
from models.switching import CrewTask, Order, OrderKind, OrderState, Purpose, StepState
from substation.control.executor import OPTIMISER
from substation.control.fault_zones import fault_zones
from substation.control.pauses import CrewWord, Pauses
from substation.control.rehearsal import Objection
from substation.control.request import is_automatic
from substation.control.sequence import Stop, StopKind
from substation.one_fault import of_one_fault, told_as_one
from substation.order_store import Entry, OrderStore

Rehearse = Callable[[Order], Objection | None]
Watcher = Callable[[Order], None]
Repaired = Callable[[Order, Originator], Awaitable[None]]

NOT_EARTHED = "not earthed; EN 50110-1 steps by an authorised person"
RESTARTED = "unit restarted; positions read; ask"
WAITING_ORDERS = 64

RUNNING = (OrderState.EXECUTING, OrderState.PAUSED)
UNFINISHED = (OrderState.PROPOSED, OrderState.APPROVED, *RUNNING)
TRANSITIONS: dict[OrderState, frozenset[OrderState]] = {
    OrderState.PROPOSED: frozenset({OrderState.APPROVED, OrderState.REJECTED, OrderState.ABORTED}),
    OrderState.APPROVED: frozenset({OrderState.EXECUTING, OrderState.ABORTED, OrderState.BLOCKED}),
    OrderState.EXECUTING: frozenset(
        {OrderState.EXECUTING, OrderState.PAUSED, OrderState.COMPLETED, OrderState.ABORTED, OrderState.BLOCKED}
    ),
    OrderState.PAUSED: frozenset({OrderState.EXECUTING, OrderState.ABORTED, OrderState.BLOCKED}),
    OrderState.COMPLETED: frozenset(),
    OrderState.ABORTED: frozenset(),
    OrderState.BLOCKED: frozenset(),
    OrderState.REJECTED: frozenset(),
}
"""The life of one revision; a new revision begins as PROPOSED."""


class OrderDesk:
    """`await OrderDesk.open(...)`. Methods that may say no return '' when done, else the reason in words.

    rehearse: judges an order against the present image. watchers are told of every saved state of every order.
    """

    def __init__(self, store: OrderStore, clock: Clock, report: Callable[[Event], None]) -> None:
        self._store, self._clock, self._report = store, clock, report
        self._entries: dict[str, Entry] = {}
        self._stops: dict[str, Stop] = {}
        self._seconds: dict[str, str] = {}
        self.pauses = Pauses()
        self._words: dict[tuple[str, int], CrewWord] = {}
        self._approved: asyncio.Queue[Order] = asyncio.Queue(WAITING_ORDERS)
        self._watchers: list[Watcher] = []
        self._changing = asyncio.Lock()  # two approvals of one revision must not both succeed
        self.rehearse: Rehearse = lambda _: None
        self.repaired_callback: Repaired = _nobody

    @classmethod
    async def open(cls, store: OrderStore, clock: Clock, report: Callable[[Event], None]) -> OrderDesk:
        """Load all orders; what was under way when the unit ended is blocked (SAFETY S22)."""
        desk = cls(store, clock, report)
        desk._entries = await store.load()
        for order in [entry.order for entry in desk._entries.values()]:
            if order.state in (OrderState.APPROVED, *RUNNING):
                await desk._keep(_interrupted(order))
                desk._tell(order, Severity.HIGH, f"order {order.id} blocked: {RESTARTED}")
        return desk

    def watch(self, watcher: Watcher) -> None:
        self._watchers.append(watcher)

    def get(self, order: str) -> Order | None:
        """The newest revision."""
        entry = self._entries.get(order)
        return None if entry is None else entry.order

    @property
    def orders(self) -> Mapping[str, Order]:
        """The newest revision of every order, by id."""
        return {key: entry.order for key, entry in self._entries.items()}

    @property
    def unfinished(self) -> Mapping[str, Order]:
        return {key: order for key, order in self.orders.items() if order.state in UNFINISHED}

    @property
    def faults(self) -> Mapping[str, tuple[str, ...]]:
        """Zone of every order whose fault nobody has reported repaired; a rejected or narrowed order claims none."""
        return fault_zones(entry.order for entry in self._entries.values() if not entry.repaired_by)

    async def propose(self, order: Order) -> str:
        """Take a new order, or a higher revision of one that has not begun."""
        async with self._changing:
            known = self.get(order.id)
            if known is not None and known.state is not OrderState.PROPOSED:
                return f"order {order.id} is {known.state.value}; propose a new order"
            if known is not None and order.revision <= known.revision:
                return f"order {order.id} has revision {known.revision} already; propose a higher one"
            await self._keep(replace(_complete(order), state=OrderState.PROPOSED, approved_by="", reason=""))
        self._tell(order, Severity.MEDIUM, f"order {order.id} revision {order.revision} proposed: {order.title}")
        return ""

    async def approve(self, order_id: str, revision: int, who: Originator, second: str = "") -> str:
        """Approve exactly this revision and hand it to the executor, if the rules would let it pass now.

        second: the second operator, who has agreed; the order's commands need no other one.
        """
        async with self._changing:
            return await self._approve(order_id, revision, who, second)

    def not_approvable(self, order_id: str, revision: int, who: Originator) -> str:
        """What forbids it already, before anybody else is asked."""
        return self._may_change(order_id, OrderState.APPROVED) or _not_approvable(self.get(order_id), revision, who)

    def second_of(self, order_id: str) -> str:
        """The second operator of an order under way."""
        return self._seconds.get(order_id, "")

    async def _approve(self, order_id: str, revision: int, who: Originator, second: str) -> str:
        if reason := self.not_approvable(order_id, revision, who):
            return reason
        approved = replace(self._entries[order_id].order, state=OrderState.APPROVED, approved_by=who.identity)
        self._seconds[order_id] = second
        objection = self.rehearse(approved)
        if objection is not None:
            self._tell(approved, Severity.MEDIUM, f"order {order_id} not approved: {objection}")
            return str(objection)
        if self._approved.full():
            return f"{WAITING_ORDERS} orders are waiting; approve again when one has ended"
        await self._keep(approved)
        self._approved.put_nowait(approved)
        said = f" with {second}" if second else ""
        text = f"order {order_id} revision {revision} approved by {who.identity}{said}"
        self._tell(approved, Severity.INFORMATION, text)
        return ""

    async def reject(self, order_id: str, who: Originator, why: str = "") -> str:
        """A proposed order is not carried out and claims no fault any more."""
        async with self._changing:
            return await self._end(order_id, OrderState.REJECTED, _by("rejected", who, why))

    async def abort(self, order_id: str, who: Originator, why: str = "") -> str:
        """Stop: a running order ends in its safe state (S22), one that has not begun does not begin."""
        return await self._stop(order_id, Stop(StopKind.ABORT, _by("aborted", who, why)))

    async def take_over(self, order_id: str, who: Originator) -> str:
        """An operator acts himself: the sequence gives not one command more (S18) and its leases are free."""
        if is_automatic(who):
            return "S18: only a person takes over"
        return await self._stop(order_id, Stop(StopKind.TAKE_OVER, f"S18: taken over by {who.identity}"))

    def take_over_all(self, who: str) -> None:
        """Somebody has taken control of the unit over: nothing that runs gives one command more (S18)."""
        for order_id, order in self.unfinished.items():
            if order.state is not OrderState.PROPOSED:
                stop = Stop(StopKind.TAKE_OVER, f"S18: {who} has taken control of the unit over")
                self._tell(order, Severity.MEDIUM, f"order {order_id}: {stop.reason}")
                self._stops[order_id] = stop
                self.pauses.wake(order_id)

    async def pause(self, order_id: str, who: Originator) -> str:
        """Stand still before the next step, with all leases, until somebody resumes, aborts or takes over."""
        order = self.get(order_id)
        if order is None or order.state not in RUNNING:
            return f"order {order_id} is not under way"
        if refusal := self.pauses.pause(order_id, who.identity):
            return refusal
        self._tell(order, Severity.MEDIUM, f"order {order_id} paused by {who.identity}")
        return ""

    async def resume(self, order_id: str, who: Originator) -> str:
        """Go on with the next step."""
        order = self.get(order_id)
        if is_automatic(who):
            return "S18: only a person resumes an order"
        if order is None or not self.pauses.resume(order_id):
            return f"order {order_id} is not paused"
        self._tell(order, Severity.MEDIUM, f"order {order_id} resumed by {who.identity}")
        return ""

    async def crew_says(self, order_id: str, number: int, who: Originator, name: str, at_ns: int) -> str:
        """An operator takes the word of the crew that a step is done (OP4)."""
        order = self.get(order_id)
        step = next((each for each in order.steps if each.number == number), None) if order else None
        if order is None or step is None or not isinstance(step.value, CrewTask):
            return f"order {order_id} has no step {number} for a crew"
        if order.state not in RUNNING or step.state is not StepState.EXECUTING or step.started_ns is None:
            return (
                f"step {number} of order {order_id} is {step.state.value}: the crew has not been instructed, or is done"
            )
        if not step.started_ns <= at_ns <= self._clock():
            return f"step {number} cannot have been done before it was instructed, nor in the future; correct the time"
        if is_automatic(who):
            return "S18: only a person takes the word of a crew"
        self._words[order_id, number] = CrewWord(name, who.identity, at_ns)
        self._tell(
            order, Severity.INFORMATION, f"order {order_id} step {number} done by {name}, told by {who.identity}"
        )
        self.pauses.wake(order_id)
        return ""

    def crew_word(self, order: str, number: int) -> CrewWord | None:
        return self._words.get((order, number))

    async def repaired(self, order_id: str, who: Originator) -> str:
        """The fault of this order is repaired: plan the return. Tags stay until a person removes them (S4)."""
        async with self._changing:
            if reason := _not_repairable(order_id, self._entries.get(order_id), who):
                return reason
            order = self._entries[order_id].order
            story = of_one_fault((entry.order for entry in self._entries.values()), order)
            for other in [each for each in story if each.state in (OrderState.APPROVED, *RUNNING)]:
                return f"order {other.id} of the same fault is {other.state.value}; end it first"
            for each in story:
                if each.state is OrderState.PROPOSED:
                    await self._end(each.id, OrderState.ABORTED, "the fault is reported repaired; no switch was moved")
                await self._keep(self._entries[each.id].order, who.identity)
        self._tell(order, Severity.INFORMATION, f"fault of order {order_id} reported repaired by {who.identity}")
        await self.repaired_callback(told_as_one(story), who)
        return ""

    async def save(self, order: Order) -> None:
        """For the executor: keep a new state of a running order. StorageError when the disk refuses."""
        await self._keep(order)

    def stop_of(self, order: str) -> Stop | None:
        return self._stops.get(order)

    async def next_approved(self) -> Order:
        """For the executor: wait for an order to carry out."""
        return await self._approved.get()

    async def _stop(self, order_id: str, stop: Stop) -> str:
        order = self.get(order_id)
        if order is None or order.state not in UNFINISHED:
            return f"order {order_id} is not under way"
        self._tell(order, Severity.MEDIUM, f"order {order_id}: {stop.reason}")
        self.pauses.wake(order_id)
        self._stops[order_id] = stop  # an approved order that has not begun ends at its first look, without a step
        async with self._changing:
            if self._entries[order_id].order.state is OrderState.PROPOSED:
                return await self._end(order_id, OrderState.ABORTED, f"{stop.reason}; no switch was moved")
        return ""

    async def _end(self, order_id: str, state: OrderState, reason: str) -> str:
        if refusal := self._may_change(order_id, state):
            return refusal
        await self._keep(replace(self._entries[order_id].order, state=state, reason=reason))
        self._tell(self._entries[order_id].order, Severity.INFORMATION, f"order {order_id} {state.value}: {reason}")
        return ""

    def _may_change(self, order_id: str, state: OrderState) -> str:
        order = self.get(order_id)
        if order is None:
            return f"there is no order {order_id}"
        if state not in TRANSITIONS[order.state]:
            return f"order {order_id} is {order.state.value} and cannot become {state.value}"
        return ""

    async def _keep(self, order: Order, repaired_by: str | None = None) -> None:
        known = self._entries.get(order.id)
        entry = Entry(order, repaired_by or ("" if known is None else known.repaired_by))
        await self._store.save(entry, self._clock())
        self._entries[order.id] = entry
        if order.state not in UNFINISHED:
            self._stops.pop(order.id, None)
            self._seconds.pop(order.id, None)
            self.pauses.forget(order.id)
            self._words = {key: word for key, word in self._words.items() if key[0] != order.id}
        for watcher in self._watchers:
            watcher(order)

    def _tell(self, order: Order, severity: Severity, text: str) -> None:
        now_ns = self._clock()
        location = order.feeders[0] if order.feeders else order.id
        self._report(Event(now_ns, now_ns, Category.AUTOMATION, severity, location, text))


def _by(what: str, who: Originator, why: str) -> str:
    return f"{what} by {who.identity}: {why}" if why else f"{what} by {who.identity}"


async def _nobody(_order: Order, _who: Originator) -> None:
    """No planner listens for repairs."""


def _not_approvable(order: Order | None, revision: int, who: Originator) -> str:
    if order is None or order.revision != revision:
        known = "none" if order is None else str(order.revision)
        return f"revision {revision} is not the newest ({known}); look at the order as it is now"
    if order.kind is OrderKind.RECONFIGURE and who == OPTIMISER:
        return ""  # what its settings let it do has been asked; the gate asks every rule on automation
    if order.kind.needs_person and is_automatic(who):
        return f"S24: an order of kind '{order.kind.value}' is approved by a person"
    return ""


def _not_repairable(order_id: str, entry: Entry | None, who: Originator) -> str:
    if entry is None or not entry.order.kind.isolates:
        return f"there is no order {order_id} with a fault"
    if entry.order.state in UNFINISHED:
        return f"order {order_id} is {entry.order.state.value}; end it first"
    if entry.repaired_by:
        return f"{entry.repaired_by} has reported the repair already"
    return "S24: only a person reports a repair" if is_automatic(who) else ""


def _complete(order: Order) -> Order:
    """S2: isolated is not safe to work on, and every order that isolates ends by saying so."""
    isolates = any(step.purpose is Purpose.ISOLATE for step in order.steps)
    said = any(NOT_EARTHED in remark for remark in order.remarks)
    return replace(order, remarks=(*order.remarks, NOT_EARTHED)) if isolates and not said else order


def _interrupted(order: Order) -> Order:
    for step in order.steps:
        if step.state is StepState.EXECUTING:
            lost = "the unit was restarted before the outcome was seen"
            order = order.with_step(replace(step, state=StepState.FAILED, reason=lost))
        elif step.state is StepState.PENDING:
            order = order.with_step(replace(step, state=StepState.SKIPPED, reason=RESTARTED))
    return replace(order, state=OrderState.BLOCKED, reason=RESTARTED)
