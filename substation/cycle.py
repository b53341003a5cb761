"""Runs one grid application: freeze the image, evaluate off the loop, persist its state, then let the unit act."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from models.alarm import Category, Severity
from models.errors import RingmainError
from models.wire.cbor import WireValue
from substation.application import Application, Decision
from substation.event_list import EventList
from substation.history.store import History
from substation.image import ProcessImage

State = TypeVar("State")

log = logging.getLogger(__name__)

REST_S = 0.025
"""Least time between two evaluations: the first event is judged at once, those of a storm together."""
HUNG_DEADLINES = 10
"""An evaluation that takes this many times its deadline is told of while it still goes on."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The last evaluation that led to a decision. at_ns: of its image (UTC), 0: none yet. took_s: its calculation."""

    at_ns: int = 0
    took_s: float = 0.0


class Cycle(Generic[State]):
    """`run` until cancelled. Woken by `wake` (events), by the time that the last decision named, and by period.

    Supervisor of its application: a defect in it is told and logged, nothing is acted upon, and the unit goes on.
    """

    def __init__(
        self,
        application: Application[State],
        freeze: Callable[[], ProcessImage],
        act: Callable[[Decision[State]], Awaitable[None]],
        history: History,
        events: EventList,
    ) -> None:
        self._application, self._freeze, self._act = application, freeze, act
        self._history, self._events = history, events
        self._woken = asyncio.Event()
        self._wake_ns: int | None = None
        self._state = self._restore()
        self._trouble = ""
        self._frozen_ns = 0
        self._turn = Turn()

    def _restore(self) -> State:
        stored = self._history.load_state(self._application.name)
        if stored is None:
            return self._application.initial()
        try:
            return self._application.load(stored)
        except (ValueError, TypeError, KeyError) as error:
            self._tell(
                Severity.HIGH, f"its stored state is not readable ({error}); it starts anew and acts on nothing old"
            )
            return self._application.initial()

    @property
    def state(self) -> State:
        """As it was kept last."""
        return self._state

    def told(self, mode: str) -> dict[str, WireValue]:
        """For people who watch it: period and last decision; trouble: why there has been none since, '' for nothing."""
        return {
            "mode": mode,
            "evaluated_ns": self._turn.at_ns,
            "took_s": round(self._turn.took_s, 3),
            "period_s": self._application.period_s,
            "trouble": self._trouble,
        }

    def wake(self) -> None:
        """Something happened that the application waits for."""
        self._woken.set()

    async def run(self) -> None:
        while True:
            await self._evaluate()
            await asyncio.sleep(REST_S)
            await self._wait()

    async def _wait(self) -> None:
        pause_s = self._application.period_s
        if self._wake_ns is not None:
            pause_s = min(pause_s, max(0.0, (self._wake_ns - self._freeze().time_ns) / 1e9))
        try:
            async with asyncio.timeout(pause_s):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _evaluate(self) -> None:
        self._woken.clear()
        decision = await self._decision()
        if decision is None:
            self._wake_ns = None
            return
        self._wake_ns = decision.wake_ns
        for event in decision.events:
            self._events.record(event)
        try:
            await self._act(decision)
        except RingmainError as error:
            self._tell(Severity.HIGH, f"a decision was not carried out: {error}")

    async def _decision(self) -> Decision[State] | None:
        """A decision whose state is kept; what is not decided or not kept is not acted upon."""
        loop = asyncio.get_running_loop()
        started_s = loop.time()
        try:
            decision = await self._calculated()
            took_s = loop.time() - started_s
            await self._persist(decision.state)
        except RingmainError as error:
            self._told_once(f"no decision: {error}")
            return None
        except Exception as error:
            log.exception("defect in %s", self._application.name)
            self._told_once(f"no decision: defect: {type(error).__name__}: {error}; see the log")
            return None
        self._trouble, self._turn = "", Turn(self._frozen_ns, took_s)
        if took_s > self._application.deadline_s:
            self._tell(Severity.LOW, f"deadline of {self._application.deadline_s:g} s overrun: {took_s:.2f} s")
        return decision

    async def _calculated(self) -> Decision[State]:
        loop = asyncio.get_running_loop()
        hung_s = HUNG_DEADLINES * self._application.deadline_s
        text = f"no decision for {hung_s:g} s: it still calculates"
        alarm = loop.call_later(hung_s, self._tell, Severity.HIGH, text)
        image = self._freeze()
        self._frozen_ns = image.time_ns
        try:
            return await loop.run_in_executor(None, self._application.evaluate, image, self._state)
        finally:
            alarm.cancel()

    def _told_once(self, trouble: str) -> None:
        """The same trouble at every period is one line until there has been a decision again."""
        if trouble != self._trouble:
            self._trouble = trouble
            self._tell(Severity.HIGH, trouble)

    async def _persist(self, state: State) -> None:
        if state != self._state:
            await self._history.save_state(self._application.name, self._application.dump(state))
            self._state = state

    def _tell(self, severity: Severity, text: str) -> None:
        self._events.tell(Category.AUTOMATION, severity, self._application.name, text)
