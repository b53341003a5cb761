"""Steps of people on the spot: judged, instructed, waited for, and put on the boards when the crew has reported (OP4).

The word of the crew, with name and time, confirms a step; where the field reports the position, it has to say the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol

from models.alarm import Severity
from models.command import Originator
from models.driver import Clock
from models.errors import StorageError
from models.point import Dbpos
from models.switching import Order, Step, StepState
from substation.control.crew_permission import CrewPermission
from substation.control.pauses import CrewWord, Pauses
from substation.control.run import Run
from substation.control.sequence import Stop, StopKind
from substation.control.standing import LOOK_S, Waiting

CrewDone = Callable[[Order, Step, CrewWord], Awaitable[str]]
"""Puts on the boards what a crew has done; '' when it is there, else why it cannot be so."""

JUDGED_AGAIN_S = 15.0
"""So often the rules are asked again while a crew is under way; what they forbid twice in a row calls it back."""
UNCONFIRMED = "instructed and not confirmed; ask the crew"


class Desk(Protocol):
    """What is asked of the order desk."""

    @property
    def pauses(self) -> Pauses:
        """Whatever a person says of an order wakes it."""

    def crew_word(self, order: str, number: int) -> CrewWord | None:
        """What the crew has said of a step; None while it has said nothing."""


class Shell(Protocol):
    """What is asked of the executor."""

    async def save(self, run: Run) -> None: ...

    def guards(self, run: Run) -> Stop | None: ...

    def tell(self, order: Order, severity: Severity, text: str) -> None: ...

    def waiting(self, run: Run, why: str) -> Waiting: ...

    def originator(self, order: Order) -> Originator: ...


@dataclass(slots=True)
class CrewSteps:
    """settling_s: how long readings may take to follow what the order has switched before."""

    desk: Desk
    shell: Shell
    permission: CrewPermission
    clock: Clock
    settling_s: float
    done: CrewDone

    async def carry_out(self, run: Run, step: Step) -> None:
        """One step, to its end; what cannot be is a reason to stop."""
        reason = await self._not_to_begin(run, step)
        if reason:
            await self._failed(run, step, reason)
            return
        step = replace(step, state=StepState.EXECUTING, started_ns=self.clock())
        run.order = run.order.with_step(step)
        if step.position is Dbpos.ON:
            run.watch.closing()
        await self.shell.save(run)
        text = f"order {run.order.id} step {step.number} for the crew: {step.text}"
        self.shell.tell(run.order, Severity.MEDIUM, text)
        word = await self._word(run, step)
        reason = UNCONFIRMED if word is None else await self._on_the_boards(run, step, word)
        if word is None or reason:
            await self._failed(run, step, reason)
            return
        said = f"by {word.name}, told by {word.told_by}"
        step = replace(step, state=StepState.CONFIRMED, confirmed_ns=word.at_ns, reason=said)
        run.order = run.order.with_step(step)
        await self.shell.save(run)

    async def _failed(self, run: Run, step: Step, reason: str) -> None:
        run.stop = run.stop or Stop(StopKind.FAILURE, f"step {step.number} ({step.text}): {reason}")
        run.order = run.order.with_step(replace(step, state=StepState.FAILED, reason=reason))
        await self.shell.save(run)

    async def _not_to_begin(self, run: Run, step: Step) -> str:
        """What the rules say against it, once readings have had the time to follow."""
        who, loop = self.shell.originator(run.order), asyncio.get_running_loop()
        until_s = loop.time() + self.settling_s
        while (reason := self.permission.begin(run.order, step, who)) and loop.time() < until_s:
            if self.shell.guards(run) is not None:
                return reason
            await asyncio.sleep(min(LOOK_S, self.settling_s))
        return reason

    async def _word(self, run: Run, step: Step) -> CrewWord | None:
        """None when the order has to stop before the crew has reported."""
        desk, name, loop = self.desk, run.order.id, asyncio.get_running_loop()
        waiting = self.shell.waiting(run, f"waits for the crew: {step.text}")
        judged_s, forbidden = loop.time(), ""
        while (word := desk.crew_word(name, step.number)) is None and self.shell.guards(run) is None:
            waiting.look()
            if loop.time() - judged_s >= JUDGED_AGAIN_S:
                judged_s, before = loop.time(), forbidden
                forbidden = self.permission.meanwhile(run.order, step, self.shell.originator(run.order))
                if before and forbidden:
                    self._call_back(run, step, forbidden)
            await desk.pauses.moved(name, LOOK_S)
        return word

    def _call_back(self, run: Run, step: Step, reason: str) -> None:
        why = f"step {step.number} ({step.text}) is forbidden meanwhile: {reason}"
        run.stop = run.stop or Stop(StopKind.FAILURE, why)
        self.shell.tell(run.order, Severity.HIGH, f"order {run.order.id}: {why}; call the crew back")

    async def _on_the_boards(self, run: Run, step: Step, word: CrewWord) -> str:
        """What the crew has done is on the board of placements and tags before the order goes on; '' when it is."""
        try:
            return await self.done(run.order, step, word)
        except StorageError as error:
            return str(error)
