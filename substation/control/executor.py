"""Carries out switching orders: leases, steps through the gate, guards between them, tags, safe end states.

What to do next is decided in `sequence`; here is the thin shell that waits. An order is on disk before each of its
steps begins and after each has ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

from models.alarm import Category, Event, Severity
from models.command import AddCause, Originator, OriginatorCategory
from models.driver import Clock
from models.errors import StorageError
from models.point import Dbpos, Sample
from models.switching import CrewTask, Order, OrderKind, OrderState, Purpose, Step, StepState, SwitchAction
from substation.control.crew_permission import CrewPermission
from substation.control.crew_steps import CrewSteps
from substation.control.gate import ALREADY_THERE, Gate
from substation.control.grid import Grid
from substation.control.leases import Leases
from substation.control.operation import AnyRequest
from substation.control.pauses import CrewWord, Pauses
from substation.control.protection_watch import ProtectionWatch
from substation.control.request import Ending, Request
from substation.control.run import Run
from substation.control.sequence import Phase, Stop, StopKind, allowed, any_isolated, ended, next_step, phase
from substation.control.standing import LOOK_S, Waiting, WaitingSettings
from substation.control.step_request import request_of
from substation.image import Image, Mode
from substation.tag_board import TagBoard
from substation.tags import TagKind

LOOK_AGAIN_S = 0.05
AUTOMATION = Originator(OriginatorCategory.AUTOMATIC_STATION, "FDIR")
OPTIMISER = Originator(OriginatorCategory.AUTOMATIC_STATION, "OPF")


class Desk(Protocol):
    """What the executor asks of the order desk."""

    async def save(self, order: Order) -> None:
        """Put the order on disk and tell those who watch. StorageError when the disk refuses."""

    def stop_of(self, order: str) -> Stop | None:
        """What a person or an application has asked: abort or take-over."""

    async def next_approved(self) -> Order:
        """Wait for an order to carry out."""

    @property
    def pauses(self) -> Pauses:
        """What stands still."""

    def second_of(self, order: str) -> str:
        """The second operator who has agreed to the order; '' for none."""

    def crew_word(self, order: str, number: int) -> CrewWord | None:
        """What the crew has said of a step; None while it has said nothing."""


class SequenceExecutor:
    """modes: effective mode per feeder. watch_after_close_s: how long pickups are waited for after each close (S6).

    settling_s: how long readings may take to follow what an order has switched. stored_energy_s: how long a breaker's
    stored energy is waited for before a close. absent: who must be connected for automation to restore and is not, in
    words (fault of the link to control centres).
    """

    def __init__(
        self,
        gate: Gate,
        leases: Leases,
        tags: TagBoard,
        desk: Desk,
        image: Image,
        grid: Grid,
        modes: Callable[[], Mapping[str, Mode]],
        clock: Clock,
        report: Callable[[Event], None],
        watch_after_close_s: float = 0.5,
        settling_s: float = 3.0,
        stored_energy_s: float = 30.0,
    ) -> None:
        self._gate, self._leases, self._tags, self._desk = gate, leases, tags, desk
        self._image, self._modes = image, modes
        self._feeders = frozenset(feeder.id for feeder in grid.network.feeders)
        self._clock, self._report = clock, report
        self._watch_after_close_s, self._settling_s = watch_after_close_s, settling_s
        self._stored_energy_s = stored_energy_s
        self.waiting_settings = WaitingSettings()
        self.absent: Callable[[], str] = str
        permission = CrewPermission(gate.refusals, gate.careful_view)
        self.crew = CrewSteps(desk, self, permission, clock, settling_s, _nothing_placed)
        self._runs: dict[str, Run] = {}
        gate.to_stop = self.to_stop
        image.subscribe(self._take)

    async def serve(self) -> None:
        """Carry out approved orders until cancelled; several at once where their leases allow it."""
        async with asyncio.TaskGroup() as group:
            while True:
                group.create_task(self.run(await self._desk.next_approved()))

    async def run(self, order: Order) -> Order:
        """Carry out one approved order; its end state is COMPLETED, ABORTED or BLOCKED, the reason in words."""
        if order.state is not OrderState.APPROVED or order.id in self._runs:
            raise ValueError(f"order {order.id} is {order.state.value}: only an approved order is carried out, once")
        conflict = self._leases.acquire(order.id, _resources(order))
        if conflict is not None:
            return await self._refuse(order, f"S19: {conflict}; propose again when that order has ended")
        run = Run(
            replace(order, state=OrderState.EXECUTING), ProtectionWatch(self._image, order.feeders, self._feeders)
        )
        self._runs[order.id] = run
        try:
            await self._steps(run)
        finally:
            del self._runs[order.id]
            self._leases.release(order.id)
        return run.order

    def to_stop(self, request: AnyRequest) -> str:
        """Why the running order in whose name it is asked gives no such command any more; '' while it may, or runs not.

        Whoever asks beside the executor is bound by what the order's own next step would find (S22).
        """
        run = self._runs.get(request.order)
        stop = None if run is None else self.guards(run)
        if run is None or stop is None:
            return ""
        opens = isinstance(request, Request) and request.action is SwitchAction.OPEN
        return "" if opens and Purpose.ISOLATE in allowed(run.order, stop) else stop.reason

    async def _steps(self, run: Run) -> None:
        await self.save(run)
        await self._tag_boundary(run, phase(run.order) is Phase.RESTORING)
        while (step := await self._next(run)) is not None:
            await (self.crew.carry_out if isinstance(step.value, CrewTask) else self._carry_out)(run, step)
            if step.position is Dbpos.ON and run.order.step(step.number).state is StepState.CONFIRMED:
                await self._observe(run)
            await self._tag_boundary(run, phase(run.order) is Phase.RESTORING)
        await self._tag_boundary(run, any_isolated(run.order))
        run.order = ended(run.order, run.stop)
        await self.save(run)
        self._tell_end(run.order)

    async def _next(self, run: Run) -> Step | None:
        """The step to carry out now, once nobody has the order stand still any more; None when it ends."""
        self._hold(run)
        if self._desk.pauses.by(run.order.id) and self.guards(run) is None:
            await self._stand_still(run)
        return next_step(run.order, self.guards(run))

    def _hold(self, run: Run) -> None:
        """Automation that must not restore without a control centre stands still as if it had been paused."""
        order, pauses = run.order, self._desk.pauses
        alone = order.approved_by == AUTOMATION.identity and phase(order) is Phase.RESTORING
        if run.waived or not alone or pauses.by(order.id) or next_step(order, self.guards(run)) is None:
            return
        if absent := self.absent():
            pauses.pause(order.id, absent)
            run.held_by = absent
            text = f"order {order.id} waits before its next step: paused by {absent}; a person may have it go on"
            self.tell(order, Severity.HIGH, text)

    def _held_no_longer(self, run: Run) -> None:
        """The control centre is back, or a person has said that it goes on without."""
        name, pauses = run.order.id, self._desk.pauses
        if not run.held_by:
            return
        if pauses.by(name) == run.held_by and not self.absent():
            pauses.resume(name)
        if pauses.by(name) != run.held_by:
            run.waived, run.held_by = bool(self.absent()), ""
            why = "a person has said so" if run.waived else "a control centre is connected again"
            self.tell(run.order, Severity.INFORMATION, f"order {name} goes on: {why}")

    async def _stand_still(self, run: Run) -> None:
        pauses, name = self._desk.pauses, run.order.id
        run.order = replace(run.order, state=OrderState.PAUSED)
        await self.save(run)
        waiting = self.waiting(run, f"paused by {pauses.by(name)}")
        while pauses.by(name) and self.guards(run) is None:
            if waiting.too_long:
                run.stop = Stop(StopKind.FAILURE, f"paused by {pauses.by(name)} for {waiting.waited_s:.0f} s")
            waiting.look()
            await pauses.moved(name, LOOK_S)
            self._held_no_longer(run)
        self._held_no_longer(run)  # also of what was resumed before the first look
        run.order = replace(run.order, state=OrderState.EXECUTING)
        await self.save(run)

    def originator(self, order: Order) -> Originator:
        return originator_of(order)

    def waiting(self, run: Run, why: str) -> Waiting:
        def tell(waited_s: float) -> None:
            text = f"order {run.order.id} {why} for {waited_s:.0f} s; its leases keep others waiting"
            self.tell(run.order, Severity.HIGH, text)

        return Waiting(self.waiting_settings, tell)

    async def _carry_out(self, run: Run, step: Step) -> None:
        if self._was_blocked_before(run.order, step):
            text = "reclosing was blocked before the order began; it stays so"
            run.order = run.order.with_step(replace(step, state=StepState.SKIPPED, reason=text))
            return
        before = run.order
        step = replace(step, state=StepState.EXECUTING, started_ns=self._clock())
        run.order = run.order.with_step(step)
        await self.save(run)
        if _closes(step):
            run.watch.closing()
        request = self._request(run, step, before)
        if isinstance(request, Request):
            await self._settle(run, request)
        result = await self._gate.execute(request)
        if result.ending is Ending.REFUSED and step.purpose not in allowed(before, run.stop):
            run.order = before  # it has not begun: before the first opening nothing moves (S22)
            return
        state = StepState.CONFIRMED if result.confirmed else StepState.FAILED
        confirmed_ns = result.time_ns if result.confirmed else None
        run.order = run.order.with_step(replace(step, state=state, confirmed_ns=confirmed_ns, reason=result.reason))
        if not result.confirmed and run.stop is None:
            run.stop = Stop(StopKind.FAILURE, f"step {step.number} ({step.text}) {result}")
        await self.save(run)

    def _request(self, run: Run, step: Step, before: Order) -> AnyRequest:
        why = f"order {run.order.id} step {step.number}: {step.text}"
        who = originator_of(run.order)
        second = self._desk.second_of(run.order.id)
        return request_of(step, who, run.order.id, why, lambda: self._barred(run, step, before), second)

    async def _settle(self, run: Run, request: Request) -> None:
        """Devices measure in cycles: readings from before the order's own switching are waited out, then they count.

        A breaker that has just reclosed needs time until it has the energy for a close and a trip.
        """
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        while forbidden := self._gate.awaits_readings(request):
            energy = any(
                refusal.add_cause is AddCause.BLOCKED_BY_HEALTH or refusal.rule == "S11" for refusal in forbidden
            )
            patience_s = self._stored_energy_s if energy else self._settling_s if _has_switched(run.order) else 0.0
            if self.guards(run) is not None or loop.time() - began_s >= patience_s:
                return
            await asyncio.sleep(LOOK_AGAIN_S)

    def _barred(self, run: Run, step: Step, before: Order) -> str:
        """Asked by the gate at the last moment: whether the order, as it was before this step, still wants it."""
        stop = self.guards(run)
        return "" if stop is None or step.purpose in allowed(before, stop) else stop.reason

    def guards(self, run: Run) -> Stop | None:
        """The first reason to stop sticks, except that a take-over overrides what was still to be finished."""
        found = self._look(run)
        if run.stop is None or (found is not None and found.kind is StopKind.TAKE_OVER):
            run.stop = found or run.stop
        return run.stop

    def _look(self, run: Run) -> Stop | None:
        asked = self._desk.stop_of(run.order.id)
        if asked is not None:
            return asked
        if run.watch.seen:
            return Stop(StopKind.PROTECTION, f"S6: {run.watch.seen}; lock-out")
        if originator_of(run.order) not in (AUTOMATION, OPTIMISER):
            return None
        modes = self._modes()
        disabled = [feeder for feeder in run.order.feeders if modes.get(feeder) is Mode.DISABLED]
        return Stop(StopKind.MODE, f"automation was disabled on {disabled[0]}") if disabled else None

    async def _observe(self, run: Run) -> None:
        """Protection needs its time to pick up and to report before the next step."""
        await asyncio.sleep(self._watch_after_close_s)
        self.guards(run)

    async def _tag_boundary(self, run: Run, isolated: bool) -> None:
        """S4: at isolation the boundary is tagged against every source, before anything is closed."""
        if not run.order.kind.isolates or not isolated:
            return
        if any(tag.reference == run.order.id for tag in self._tags.tags):
            return
        try:
            await self._tags.place(
                TagKind.FAULT_ISOLATION, self._boundary(run.order), AUTOMATION.identity, self._clock(), run.order.id
            )
        except StorageError as error:
            run.stop = run.stop or Stop(StopKind.FAILURE, f"S4: the boundary cannot be tagged: {error}")

    def _boundary(self, order: Order) -> tuple[str, ...]:
        """What was to be opened, and every switch around all that still hangs together with the zone."""
        opened = [step.element for step in order.steps if step.purpose is Purpose.ISOLATE]
        return tuple(dict.fromkeys([*opened, *self._gate.boundary(order.zone)]))

    def _was_blocked_before(self, order: Order, step: Step) -> bool:
        """What this order has not blocked, it does not release: somebody else wants it blocked."""
        if step.purpose is not Purpose.RELEASE_RECLOSING:
            return False
        return any(
            other.point == step.point and other.purpose is Purpose.BLOCK_RECLOSING and other.reason == ALREADY_THERE
            for other in order.steps
        )

    async def _refuse(self, order: Order, reason: str) -> Order:
        run = Run(
            replace(order, state=OrderState.BLOCKED, reason=reason), ProtectionWatch(self._image, (), frozenset())
        )
        await self.save(run)
        self._tell_end(run.order)
        return run.order

    async def save(self, run: Run) -> None:
        """An order that cannot be kept is not continued: the gate's own journal would refuse next."""
        try:
            await self._desk.save(run.order)
        except StorageError as error:
            run.stop = run.stop or Stop(StopKind.FAILURE, f"S21: the order cannot be kept: {error}")

    def _take(self, samples: list[Sample]) -> None:
        for run in self._runs.values():
            run.watch.take(samples)

    def _tell_end(self, order: Order) -> None:
        good = order.state is OrderState.COMPLETED
        text = f"order {order.id} {order.state.value}" + (f": {order.reason}" if order.reason else "")
        self.tell(order, Severity.INFORMATION if good else Severity.HIGH, text)

    def tell(self, order: Order, severity: Severity, text: str) -> None:
        now_ns = self._clock()
        location = order.feeders[0] if order.feeders else order.id
        self._report(Event(now_ns, now_ns, Category.AUTOMATION, severity, location, text))


async def _nothing_placed(_order: Order, _step: Step, _word: CrewWord) -> str:
    """Nobody keeps a board of what crews place."""
    return ""


def _resources(order: Order) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*order.feeders, *order.zone, *(step.element for step in order.steps)]))


def _has_switched(order: Order) -> bool:
    return any(step.state is StepState.CONFIRMED and step.position is not None for step in order.steps)


def _closes(step: Step) -> bool:
    return step.value is Dbpos.ON


def originator_of(order: Order) -> Originator:
    """Orders that a person has composed, or alone may approve, are bound by the rules for people."""
    if order.kind is OrderKind.RECONFIGURE and order.approved_by == OPTIMISER.identity:
        return OPTIMISER
    if order.kind.by_people:
        return Originator(OriginatorCategory.STATION_CONTROL, order.approved_by)
    return AUTOMATION
