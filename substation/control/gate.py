"""The one command gate: every command of every source passes here, or it does not go out.

People command in two steps: `select`, then `operate` or `cancel`; the permission is judged at both. Sequences use
`execute`, which selects where the control model wants it, operates, and waits for the position from the field. A
refusal is a result that names its rules. Between the last look at the rules and the wire nothing is awaited. Switches
and what is regulated (steps, set-points) have requests and rules of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from models.alarm import Category, Event, Severity
from models.command import Action, AddCause, Originator
from models.driver import Clock
from models.point import Cdc, ControlModel, Dbpos, Handle, PointName, PointSpec
from models.switching import Order
from substation.authority.authority import FREE, Authority
from substation.authority.four_eyes import TAKES_TWO
from substation.control.bays import Bays
from substation.control.confirmation import Confirmations
from substation.control.grid import bay_of
from substation.control.in_flight import moving, with_doubts
from substation.control.interlocking import Interlocking
from substation.control.journal import Journal
from substation.control.leases import Leases
from substation.control.operation import AnyRequest, GateTimers, Operation, Progress, Wire
from substation.control.port import Route
from substation.control.refusal_tally import RefusalTally
from substation.control.regulation import REGULATED, RegulatingRequest, unfit
from substation.control.request import Ending, GateResult, Refusal, Request
from substation.control.situation import Context
from substation.image import Image, ProcessImage
from substation.placements.placement import Placement
from substation.register import PointRegister
from substation.tag_board import TagBoard

_SEVERITY = {
    Ending.ACCEPTED: Severity.INFORMATION,
    Ending.CONFIRMED: Severity.INFORMATION,
    Ending.REFUSED: Severity.LOW,
    Ending.FAILED: Severity.HIGH,
    Ending.UNKNOWN: Severity.HIGH,
}
ALREADY_THERE = "already in this position"


class OrderBook(Protocol):
    """What the gate asks of the order desk."""

    def get(self, order: str) -> Order | None:
        """The newest revision of an order."""

    @property
    def faults(self) -> Mapping[str, tuple[str, ...]]:
        """Zones of all orders whose fault has not been reported repaired."""


class Gate:
    """One per unit. Give `report` to the event list; the gate subscribes itself to the image.

    held: why no command begins any more, '' while they may (the unit is about to restart). commanded: told every
    request and what became of it; of refusals that repeat themselves the first and how many followed (`tally`).
    unexplained: feeders with a trip that nobody has explained, in words (SAFETY S10). authority: who has control of the
    unit (S18). placed: what stands on the grid for a while (S17). differing: what
    automation leaves alone since a device differs from the SCL, in words (S21). to_stop: why a running order gives no
    such command any more, '' while it may (S22); the executor sets it.
    """

    def __init__(
        self,
        register: PointRegister,
        image: Image,
        interlocking: Interlocking,
        journal: Journal,
        leases: Leases,
        tags: TagBoard,
        orders: OrderBook,
        route: Route,
        clock: Clock,
        timers: GateTimers,
        report: Callable[[Event], None],
    ) -> None:
        self._register, self._image, self._interlocking = register, image, interlocking
        self._journal, self._leases, self._tags, self._orders = journal, leases, tags, orders
        self._route, self._clock, self._timers, self._report = route, clock, timers, report
        self._bays = Bays(self._expired)
        self.held = ""
        self.authority: Callable[[], Authority] = lambda: FREE
        self.placed: Callable[[], tuple[Placement, ...]] = tuple
        self.unexplained: Callable[[], Mapping[str, str]] = dict
        self.differing: Callable[[], Mapping[str, str]] = dict
        self.commanded: Callable[[AnyRequest, GateResult], None] = lambda request, result: None
        self.to_stop: Callable[[AnyRequest], str] = lambda request: ""
        self.tally = RefusalTally(self._tell_result)
        confirmations = Confirmations()
        image.subscribe(confirmations.take)
        self._wire = Wire(journal, confirmations, clock, timers, self.refusals, image.get)

    def view(self) -> ProcessImage:
        """The frozen image with tags and open intents, as the rules see it now."""
        open_intents = tuple(intent.number for intent in self._journal.open_intents)
        image, placed = self._image.freeze(self._clock()), self.placed()
        tags, differing = self._tags.tags, self.differing()
        return replace(image, tags=tags, open_intents=open_intents, placements=placed, differing=differing)

    def careful_view(self, asking: AnyRequest | None = None) -> ProcessImage:
        """The same, with doubt about everything that other commands are moving, or may still move (S14)."""
        return with_doubts(self.view(), self._bays.operations, self._journal.unknown, asking)

    @property
    def under_way(self) -> tuple[AnyRequest, ...]:
        """Commands that are in flight, and selections that have not expired."""
        return self._bays.requests

    def overtaken(self, rules: Collection[str]) -> tuple[Request, ...]:
        """Commands that are on their way although one of these rules forbids them by now."""
        going = moving(self.view(), self._bays.operations, self._journal.unknown)
        return tuple(each for each in going if any(refusal.rule in rules for refusal in self.refusals(each)))

    def boundary(self, zone: Iterable[str]) -> tuple[str, ...]:
        """Switches around everything that still hangs together with these elements; doubt counts as closed (S14)."""
        return self._interlocking.boundary(zone, self.view())

    def refusals(self, request: AnyRequest) -> tuple[Refusal, ...]:
        """What forbids this command at this instant, the requester's own second thoughts included."""
        barred = request.barred()
        if barred:
            return (Refusal("S18", barred, AddCause.ABORTION_BY_CANCEL),)
        if isinstance(request, RegulatingRequest):
            return self._interlocking.regulating_refusals(request, self.careful_view(request), self._context(request))
        return self._interlocking.refusals(request, self.careful_view(request), self._context(request))

    def awaits_readings(self, request: Request) -> tuple[Refusal, ...]:
        """What forbids this command now, when it is nothing but measured values as they were last read; else ()."""
        forbidden = () if request.barred() else self.refusals(request)
        view = self.careful_view(request)
        if not forbidden or self._interlocking.refusals(request, view, self._context(request), measured=False):
            return ()
        return forbidden

    def lacks_second(self, request: AnyRequest) -> str:
        """What needs a second operator before it may go, when nothing else stands in its way; else ''."""
        if not isinstance(request, Request) or request.barred():
            return ""
        forbidden = self.refusals(request)
        alone = bool(forbidden) and all(refusal.text.endswith(TAKES_TWO) for refusal in forbidden)
        return forbidden[0].text if alone else ""

    def _context(self, request: AnyRequest) -> Context:
        unresolved = self._journal.unresolved_at(request.point)
        return Context(
            order=self._orders.get(request.order) if request.order else None,
            faults=self._orders.faults,
            leases=self._leases.held,
            open_intents=tuple(str(intent) for intent in self._journal.open_intents),
            unresolved="" if unresolved is None else str(unresolved),
            attempted=self._journal.attempted(request.order, request.point, request.value),
            unexplained=self.unexplained(),
            authority=self.authority(),
            to_stop=self.to_stop(request),
        )

    async def execute(self, request: AnyRequest, progress: Progress | None = None) -> GateResult:
        """Select (if the device wants it), operate, wait for the confirmed position. For sequences and direct commands.

        Opening what is open and blocking what is blocked is confirmed without a command; closing what is closed is
        refused, since somebody else has acted. A set-point goes out in any case.
        """
        if isinstance(request, Request) and not request.test and self._reached(request) and not request.closes:
            done = GateResult(Ending.CONFIRMED, ALREADY_THERE, time_ns=self._clock(), moved=False)
            return done if request.order else self._told(request, done)  # of an order, its step tells it
        operation = self._claim(request)
        if isinstance(operation, Refusal):
            return self._told(request, self._wire.refused(request, (operation,)))
        operation.progress = progress
        try:
            result = await self._select_and_operate(operation)
        finally:
            self._bays.vacate(operation)
        return self._told(request, result)

    async def _select_and_operate(self, operation: Operation) -> GateResult:
        forbidden = self.refusals(operation.request)
        if forbidden:
            return self._wire.refused(operation.request, forbidden)
        if operation.spec.control_model.selects:
            selected = await self._wire.serve(operation, Action.SELECT)
            if selected.ending is not Ending.ACCEPTED:
                return selected
        result = await self._wire.serve(operation, Action.OPERATE)
        if result.rules and operation.spec.control_model.selects:  # refused here, after the device was selected
            await self._wire.serve(operation, Action.CANCEL)
        return result

    async def substitute(self, request: AnyRequest, on: bool) -> GateResult:
        """Have the device tell the value of `request` in place of the process's, or (not on) its own again."""
        operation = self._occupying(request)
        if isinstance(operation, Refusal):
            return self._told(request, self._wire.refused(request, (operation,)))
        try:
            result = await self._wire.serve(operation, Action.SUBSTITUTE if on else Action.RESTORE)
        finally:
            self._bays.vacate(operation)
        return self._told(request, result)

    async def select(self, request: AnyRequest) -> GateResult:
        """The first step of a person. The bay is theirs until operate, cancel, or the select time-out."""
        operation = self._claim(request)
        if isinstance(operation, Refusal):
            return self._told(request, self._wire.refused(request, (operation,)))
        result = None
        try:
            result = await self._select(operation)
        finally:
            if result is None or result.ending is not Ending.ACCEPTED:
                self._bays.vacate(operation)
        operation.deadline_s = asyncio.get_running_loop().time() + self._timers.select_timeout_s
        return self._told(request, result)

    async def _select(self, operation: Operation) -> GateResult:
        forbidden = self.refusals(operation.request)
        if forbidden:
            return self._wire.refused(operation.request, forbidden)
        if operation.spec.control_model.selects:
            return await self._wire.serve(operation, Action.SELECT)
        return GateResult(Ending.ACCEPTED, "selected", time_ns=self._clock())

    def holds(self, point: PointName, originator: Originator) -> bool:
        """Whether this person's selection of the point waits for its second step."""
        return not isinstance(self._selected(point, originator), Refusal)

    async def operate(self, request: AnyRequest, progress: Progress | None = None) -> GateResult:
        """The second step: same person, same point, same value, in time; judged again."""
        operation = self._selected(request.point, request.originator)
        if not isinstance(operation, Refusal) and _selected_otherwise(operation.request, request):
            operation = Refusal("S21", "another value was selected", AddCause.INCONSISTENT_PARAMETERS)
        if isinstance(operation, Refusal):
            return self._told(request, self._wire.refused(request, (operation,)))
        operation.deadline_s, operation.progress = None, progress
        try:
            result = await self._wire.serve(operation, Action.OPERATE)
        finally:
            self._bays.vacate(operation)
        return self._told(request, result)

    async def cancel(self, request: AnyRequest) -> GateResult:
        """Give the selection back; asked of the device where it was selected there."""
        operation = self._selected(request.point, request.originator)
        if isinstance(operation, Refusal):
            return self._told(request, self._wire.refused(request, (operation,)))
        operation.deadline_s = None
        try:
            if operation.spec.control_model.selects:
                result = await self._wire.serve(operation, Action.CANCEL)
            else:
                result = GateResult(Ending.ACCEPTED, "selection cancelled", time_ns=self._clock())
        finally:
            self._bays.vacate(operation)
        return self._told(request, result)

    def examine(self, request: AnyRequest) -> GateResult:
        """What the command would be answered now. Nothing goes out, nothing is occupied: for commands in test."""
        operation = self._claim(request)
        if isinstance(operation, Refusal):
            return self._told(request, self._wire.refused(request, (operation,)))
        self._bays.vacate(operation)
        if forbidden := self.refusals(request):
            return self._told(request, self._wire.refused(request, forbidden))
        text = "nothing forbids it; in test, so nothing has moved"
        return self._told(request, GateResult(Ending.ACCEPTED, text, time_ns=self._clock(), moved=False))

    def refuse(self, request: AnyRequest, refusal: Refusal) -> GateResult:
        """Who asks may not ask at all: told and audited as every other refusal."""
        return self._told(request, self._wire.refused(request, (refusal,)))

    async def release(self, numbers: tuple[int, ...], who: Originator) -> None:
        """An operator has read the positions of commands without outcome: they block no longer (SAFETY S22)."""
        for intent in await self._journal.release(numbers, who.identity, self._clock()):
            text = f"{who.identity} has read the position and released: {intent}"
            self._tell(intent.point.location, Severity.INFORMATION, text)

    def _claim(self, request: AnyRequest) -> Operation | Refusal:
        """The bay for this command, or why it cannot have it (SAFETY S19: one command in flight per bay)."""
        found = self._controllable(request)
        if isinstance(found, Refusal):
            return found
        if self.held:
            return Refusal("S22", self.held, AddCause.BLOCKED_BY_MODE)
        if isinstance(request, Request) and not request.test and self._reached(request):
            return Refusal("S21", f"{request.point} is {ALREADY_THERE}", AddCause.POSITION_REACHED)
        return self._occupying(request)

    def _occupying(self, request: AnyRequest) -> Operation | Refusal:
        """Its bay, where nobody else has it."""
        handle = self._register.handle(request.point)
        if handle is None:
            return Refusal("S21", f"no device has the point {request.point}", AddCause.NOT_SUPPORTED)
        if self.held:
            return Refusal("S22", self.held, AddCause.BLOCKED_BY_MODE)
        spec = self._register.spec(handle)
        bay = bay_of(request.point.location, self._interlocking.grid.switches)
        other = self._bays.occupant(bay)
        if other is not None:
            text = f"{bay} is occupied by {other.request.originator.identity} ({other.request})"
            return Refusal("S19", text, AddCause.COMMAND_ALREADY_IN_EXECUTION)
        port = self._route(handle)
        if port is None:
            return Refusal("S21", f"no link to {spec.link}", AddCause.ABORTION_BY_COMMUNICATION_LOSS)
        operation = Operation(request, handle, spec, port)
        self._bays.occupy(bay, operation)
        return operation

    def _commanded(self, point: PointName) -> tuple[Handle, PointSpec] | Refusal:
        handle = self._register.handle(point)
        if handle is None:
            return Refusal("S21", f"no device has the point {point}", AddCause.NOT_SUPPORTED)
        spec = self._register.spec(handle)
        if spec.control_model is ControlModel.STATUS_ONLY:
            return Refusal("S21", f"{point} has no remote control", AddCause.NOT_SUPPORTED)
        return handle, spec

    def _controllable(self, request: AnyRequest) -> tuple[Handle, PointSpec] | Refusal:
        found = self._commanded(request.point)
        if isinstance(found, Refusal):
            return found
        handle, spec = found
        if isinstance(request, RegulatingRequest):
            reason = unfit(spec, request.value)
            return Refusal("S21", reason, AddCause.INCONSISTENT_PARAMETERS) if reason else (handle, spec)
        fits = {Cdc.DPC: Dbpos, Cdc.SPC: bool}.get(spec.cdc)
        if fits is None or not isinstance(request.value, fits):
            takes = "true or false" if spec.cdc is Cdc.SPC else "open or close" if fits else "no switching command"
            text = f"{request.point} ({spec.cdc.value}) takes {takes}, not {request.value}"
            return Refusal("S21", text, AddCause.INCONSISTENT_PARAMETERS)
        return handle, spec

    def _reached(self, request: Request) -> bool:
        handle = self._register.handle(request.point)
        if handle is not None and self._register.spec(handle).cdc in REGULATED:
            return False  # a switching request has no business there, whatever number stands there now
        sample = self._image.read(request.point, self._clock())
        return getattr(sample, "value", None) == request.value

    def _selected(self, point: PointName, originator: Originator) -> Operation | Refusal:
        """The waiting selection of this person at this point."""
        bay = bay_of(point.location, self._interlocking.grid.switches)
        operation = self._bays.occupant(bay)
        if operation is None or operation.deadline_s is None or operation.request.point != point:
            if isinstance(found := self._commanded(point), Refusal):
                return found
            if operation is not None and operation.request.point == point:
                text = f"{point} is being operated by {operation.request.originator.identity}; wait for its end"
                return Refusal("S19", text, AddCause.COMMAND_ALREADY_IN_EXECUTION)
            text = f"{point} is not selected, or its selection has expired"
            return Refusal("S21", text, AddCause.OBJECT_NOT_SELECTED)
        if operation.request.originator != originator:
            holder = operation.request.originator.identity
            return Refusal("S19", f"{point} is selected by {holder}", AddCause.LOCKED_BY_OTHER_CLIENT)
        return operation

    def _expired(self, request: AnyRequest) -> None:
        self._tell(request.point.location, Severity.INFORMATION, f"selection expired: {request}")

    def _told(self, request: AnyRequest, result: GateResult) -> GateResult:
        self.tally.take(request, result)
        return result

    def _tell_result(self, request: AnyRequest, result: GateResult) -> None:
        second = getattr(request, "second", "")
        who = request.originator.identity + (f" with {second}" if second else "")
        why = f" ({request.why})" if request.why else ""
        text = f"{who}: {request} {result}{why}"
        self._tell(request.point.location, _SEVERITY[result.ending], text)
        self.commanded(request, result)

    def _tell(self, location: str, severity: Severity, text: str) -> None:
        now_ns = self._clock()
        self._report(Event(now_ns, now_ns, Category.COMMAND, severity, location, text))


def _selected_otherwise(selected: AnyRequest, request: AnyRequest) -> bool:
    return (selected.value, selected.test) != (request.value, request.test)
