"""One service on its way: journal on disk, a last look at the rules, the wire, the confirmed feedback (SAFETY S21)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from models.command import Action, AddCause, Command, CommandResult, Originator, Outcome
from models.control_causes import in_words
from models.driver import Clock
from models.errors import LinkError, StorageError
from models.point import Handle, PointSpec, Sample, Value
from models.quality import is_actionable
from substation.control.confirmation import Confirmations, immaterial, within
from substation.control.intents import Intent
from substation.control.journal import Journal
from substation.control.port import CommandPort
from substation.control.regulation import RegulatingRequest, SetPoint, reached
from substation.control.request import NO_OUTCOME, Ending, GateResult, Refusal, Request
from substation.lateness import latest_s

Progress = Callable[[CommandResult], None]
"""Told of the device's positive answer to an operate, before the position is confirmed (104: ACTCON before ACTTERM)."""

AnyRequest = Request | RegulatingRequest
LastLook = Callable[[AnyRequest], tuple[Refusal, ...]]
Present = Callable[[Handle], Sample | None]
"""The newest sample of a point."""

IDENTITY_LENGTH = 24


@dataclass(frozen=True, slots=True)
class GateTimers:
    """select: a person's time between the two steps. answer: the device's to a service. travel: of a switch.

    late_s: by station, how late it may tell that a switch has moved. regulation: until a step or a set-point shows.
    test_watch: how long after a command in test nothing may move.
    identity_octets: of the originator, as devices are told it (orIdent may have 64; devices have crashed on long ones).
    """

    select_timeout_s: float = 30.0
    answer_timeout_s: float = 30.0
    travel_timeout_s: float = 20.0
    regulation_timeout_s: float = 30.0
    test_watch_s: float = 1.0
    identity_octets: int = IDENTITY_LENGTH
    late_s: Mapping[str, float] = field(default_factory=dict)

    def travel_of(self, location: str) -> float:
        """Until a switch there counts as not having moved, in s."""
        return self.travel_timeout_s + latest_s(self.late_s, (location,))


@dataclass(slots=True)
class Operation:
    """A command that occupies its bay from select (or the direct operate) to its end. deadline_s: event loop time.

    on_the_wire: the rules have let its operate pass, and what it moves is where it is, or anywhere.
    """

    request: AnyRequest
    handle: Handle
    spec: PointSpec
    port: CommandPort
    number: int = 0
    deadline_s: float | None = None
    progress: Progress | None = field(default=None)
    on_the_wire: bool = False


class Wire:
    """Carries the services of operations. `last_look` answers for the rules without awaiting anything."""

    def __init__(
        self,
        journal: Journal,
        confirmations: Confirmations,
        clock: Clock,
        timers: GateTimers,
        last_look: LastLook,
        present: Present,
    ) -> None:
        self._journal, self._confirmations, self._present = journal, confirmations, present
        self._clock, self._timers, self._last_look = clock, timers, last_look

    async def serve(self, operation: Operation, action: Action) -> GateResult:
        """One service from intent to result. Never raises for what the device or the disk does."""
        try:
            intent = await self._journal.intend(self._intent(operation, action))
        except StorageError as error:
            text = f"S21: the intent cannot be journalled, so no command goes out: {error}"
            return self._result(operation, Ending.REFUSED, text, AddCause.BLOCKED_BY_COMMAND, ("S21",))
        operation.number = intent.number
        ended = False
        try:
            result = await self._carry_out(operation, action)
            ended = True
        finally:
            if not ended:  # given up in the middle: nobody knows whether the device moved
                self._journal.strand(intent)
        try:
            await self._journal.conclude(intent, result.ending, result.add_cause, result.reason, result.time_ns)
        except StorageError as error:
            return self._result(operation, result.ending, f"{result.reason}; {error}", result.add_cause, result.rules)
        return result

    async def _carry_out(self, operation: Operation, action: Action) -> GateResult:
        forbidden = () if action in _UNRULED else self._last_look(operation.request)
        if forbidden:
            return self.refused(operation.request, forbidden, operation.number)
        if action is Action.OPERATE:
            if operation.request.test:
                return await self._try_out(operation)
            operation.on_the_wire = True  # nothing is awaited between the last look and this
            if isinstance(operation.request, RegulatingRequest):
                return await self._regulate(operation, operation.request)
            return await self._operate(operation, operation.request)
        result = await self._send(operation, action)
        text = _DONE[action] if result.accepted else _words(result)
        return self._result(operation, _ENDINGS[result.outcome], text, result.add_cause)

    async def _operate(self, operation: Operation, request: Request) -> GateResult:
        arrived = self._confirmations.expect(operation.handle, request.value)
        try:
            result = await self._begin(operation)
            if result.outcome in _DEFINITE:
                return self._result(operation, _ENDINGS[result.outcome], _words(result), result.add_cause)
            sample = await within(arrived, self._timers.travel_of(request.point.location))
        finally:
            self._confirmations.forget(operation.handle)
        if sample is not None:
            unanswered = "" if result.accepted else f" although there was no answer ({_words(result)})"
            return self._result(operation, Ending.CONFIRMED, f"position confirmed{unanswered}", AddCause.NONE)
        if result.accepted:
            text = f"answered but did not move within {self._timers.travel_of(request.point.location):g} s"
            return self._result(operation, Ending.FAILED, text, AddCause.TIME_LIMIT_OVER)
        return self._result(operation, Ending.UNKNOWN, _words(result), result.add_cause)

    async def _try_out(self, operation: Operation) -> GateResult:
        """In test nothing may move; a device that does not know the flag is found out."""
        before = self._present(operation.handle)
        arrived = self._confirmations.expect_that(operation.handle, _moves(operation, before))
        try:
            result = await self._begin(operation)
            moved = await within(arrived, min(self._timers.test_watch_s, self._timers.travel_timeout_s))
        finally:
            self._confirmations.forget(operation.handle)
        if moved is not None:
            text = f"the device has acted on a command in test: its value is {moved.value}; {_words(result)}"
            return self._result(operation, Ending.FAILED, text, result.add_cause)
        text = "accepted in test; nothing has moved" if result.accepted else _words(result)
        done = self._result(operation, _ENDINGS[result.outcome], text, result.add_cause)
        return replace(done, moved=False)

    async def _regulate(self, operation: Operation, request: RegulatingRequest) -> GateResult:
        """A step ends one position further, a set-point when its point shows it, which it may have done before."""
        before = self._present(operation.handle)
        is_reached = reached(request.value, operation.spec, None if before is None else before.value)
        arrived = self._confirmations.expect_that(operation.handle, is_reached, immaterial(operation.spec.name))
        try:
            result = await self._begin(operation)
            if result.outcome in _DEFINITE:
                return self._result(operation, _ENDINGS[result.outcome], _words(result), result.add_cause)
            present = self._present(operation.handle)
            shown = _shows(present, is_reached, immaterial(operation.spec.name))
            if isinstance(request.value, SetPoint) and result.accepted and shown:
                sample = present
            else:
                sample = await within(arrived, self._timers.regulation_timeout_s)
        finally:
            self._confirmations.forget(operation.handle)
        return self._regulated(operation, result, sample)

    def _regulated(self, operation: Operation, result: CommandResult, sample: Sample | None) -> GateResult:
        """Without the feedback nobody knows whether it has moved, and how often: it is never repeated (S21)."""
        if sample is not None:
            unanswered = "" if result.accepted else f" although there was no answer ({_words(result)})"
            text = f"feedback confirmed: {sample.value}{unanswered}"
            return self._result(operation, Ending.CONFIRMED, text, AddCause.NONE)
        if result.accepted:
            text = f"accepted, but the feedback did not follow within {self._timers.regulation_timeout_s:g} s"
            return self._result(operation, Ending.UNKNOWN, text, AddCause.TIME_LIMIT_OVER)
        return self._result(operation, Ending.UNKNOWN, _words(result), result.add_cause)

    async def _begin(self, operation: Operation) -> CommandResult:
        """Operate; whoever waits for it hears at once that the device has accepted."""
        result = await self._send(operation, Action.OPERATE)
        if operation.progress is not None and result.accepted:
            operation.progress(result)
        return result

    async def _send(self, operation: Operation, action: Action) -> CommandResult:
        request = operation.request
        command = Command(
            number=operation.number,
            handle=operation.handle,
            action=action,
            value=request.commanded,
            originator=_short(request.originator, self._timers.identity_octets),
            issued_ns=self._clock(),
            test=request.test,
            qualifier=request.qualifier,
        )
        try:
            async with asyncio.timeout(self._timers.answer_timeout_s):
                return await operation.port(command)
        except TimeoutError:
            reason = f"no answer within {self._timers.answer_timeout_s:g} s"
            return CommandResult(Outcome.UNKNOWN, AddCause.TIME_LIMIT_OVER, reason)
        except LinkError as error:
            return CommandResult(Outcome.UNKNOWN, AddCause.ABORTION_BY_COMMUNICATION_LOSS, str(error))

    def _intent(self, operation: Operation, action: Action) -> Intent:
        request, name = operation.request, operation.spec.name
        return Intent(
            action=action,
            handle=operation.handle,
            point=name,
            value=request.value,
            originator=request.originator,
            order=request.order,
            why=request.why,
            time_ns=self._clock(),
            number=operation.number,
        )

    def refused(self, request: AnyRequest, refusals: tuple[Refusal, ...], number: int = 0) -> GateResult:
        """The result of a request that rules forbid: all of them in words, the first one's cause."""
        return GateResult(
            Ending.REFUSED,
            "; ".join(str(refusal) for refusal in refusals),
            refusals[0].add_cause,
            tuple(refusal.rule for refusal in refusals),
            number,
            self._clock(),
        )

    def _result(
        self, operation: Operation, ending: Ending, reason: str, add_cause: AddCause, rules: tuple[str, ...] = ()
    ) -> GateResult:
        return GateResult(ending, reason, add_cause, rules, operation.number, self._clock())


_DONE = {
    Action.SELECT: "selected",
    Action.CANCEL: "selection given back",
    Action.SUBSTITUTE: "substituted at the device",
    Action.RESTORE: "the device tells the process's value again",
}
"""What the device has done; nothing has moved."""

_ENDINGS = {
    Outcome.ACCEPTED: Ending.ACCEPTED,
    Outcome.REFUSED: Ending.REFUSED,
    Outcome.FAILED: Ending.FAILED,
    Outcome.UNKNOWN: Ending.UNKNOWN,
}


def _moves(operation: Operation, before: Sample | None) -> Callable[[Value], bool]:
    """What shows that a command in test was carried out; a measured set-point drifts by itself, so it has to arrive."""
    if before is None:
        return lambda value: False
    wanted = operation.request.value
    if isinstance(wanted, SetPoint):
        is_reached = reached(wanted, operation.spec, before.value)
        return lambda value: is_reached(value) and not is_reached(before.value)
    return lambda value: value != before.value


_UNRULED = (Action.CANCEL, Action.SUBSTITUTE, Action.RESTORE)
"""Services that move nothing: what is substituted bears a quality on which nothing acts (S14)."""

_DEFINITE = (Outcome.REFUSED, Outcome.FAILED)
"""The device has said no, before it began or afterwards: no position is waited for."""


def _shows(present: Sample | None, is_reached: Callable[[Value], bool], accepted: int) -> bool:
    return present is not None and is_actionable(present.quality & ~accepted) and is_reached(present.value)


def _words(result: CommandResult) -> str:
    if result.unsent:
        return result.reason
    no_answer = result.outcome is Outcome.UNKNOWN and result.add_cause is AddCause.UNKNOWN and result.reason
    untold = result.add_cause is AddCause.NONE or no_answer
    cause = "" if untold else in_words(result.add_cause)
    details = ", ".join(part for part in (cause, result.reason) if part)
    what = _ANSWERS[result.outcome]
    return f"{what}: {details}" if details else what


_ANSWERS = {
    Outcome.ACCEPTED: "accepted",
    Outcome.REFUSED: "the device refused",
    Outcome.FAILED: "the device began and failed",
    Outcome.UNKNOWN: NO_OUTCOME,
}


def _short(originator: Originator, octets: int) -> Originator:
    """Devices have crashed on long or foreign identities."""
    ascii_only = originator.identity.encode("ascii", "replace").decode("ascii")
    return Originator(originator.category, ascii_only[:octets])
