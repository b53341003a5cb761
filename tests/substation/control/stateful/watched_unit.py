"""A unit over a field whose every command is looked at: what the rules promise holds when the device gets it."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import AsyncExitStack
from functools import cache
from pathlib import Path
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from models.command import Action, Command
from models.point import PointName
from models.switching import Order, OrderState, StepState
from substation.authority.four_eyes import SecondOperator
from substation.control.interlocking import Interlocking
from substation.control.operation import GateTimers
from substation.control.request import Request
from substation.control.rule_settings import RuleSettings
from substation.control.standing import WaitingSettings
from substation.orders import RUNNING, UNFINISHED
from substation.tags import TagKind
from tests.substation.control.bench import Bench, bench
from tests.substation.control.stateful import looks
from tests.substation.control.stateful.beginnings import BEGINNINGS, Beginning
from tests.substation.control.stateful.memory import MemoryDatabase, MemoryOrders
from tests.substation.control.stateful.signs import StrangeWorld
from tests.substation.control.stateful.truth import SWITCHES, Truth
from tests.substation.control.stateful.watched_field import WatchedField
from tests.substation.control.world import ISOLATING, NOW_NS, NUMERICS, REGISTER, TIE, tripped
from tests.virtual.loop import VirtualLoop

TIMERS = GateTimers(select_timeout_s=30.0, answer_timeout_s=3.0, travel_timeout_s=2.0)
LATENCY_S = 0.02
SLICE_S = 0.7 * LATENCY_S
TWO_AT_THE_TIE = Interlocking(NUMERICS, RuleSettings(second_operator=SecondOperator(elements=(TIE,))))
IN_MEMORY = Path("in-memory")
"""Where the files of the unit would be; there are none."""


@cache
def shared_database() -> MemoryDatabase:
    """One per process; each story begins with an empty one."""
    return MemoryDatabase()


class WatchedUnit(RuleBasedStateMachine):
    """One unit over one field; the field outlives the unit when it is killed. begun: stories of this process."""

    begun: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        WatchedUnit.begun += 1
        self.loop = VirtualLoop(seed=1)
        self.database, self.kept_orders = shared_database(), MemoryOrders()
        self.database.forget()
        self.world = StrangeWorld.like(tripped())
        ticks = itertools.count(NOW_NS, 1_000_000)
        self.clock = lambda: next(ticks)
        self.field = WatchedField(self.world, self.world.living_image(), self.clock)
        self.field.before, self.field.latency_s = self.look, LATENCY_S
        self.orders = self.crew_orders = 0
        self.flaws: list[str] = []
        self.attempts: set[tuple[str, PointName]] = set()
        self.unknown: set[PointName] = set()
        self.locked_out: set[str] = set()
        self.closed_in: set[str] = set()
        self.thought_of = TIE
        self.unexplained: dict[str, str] = {}
        self.differing: dict[str, str] = {}

    # -- the unit's life

    @initialize(begins=st.sampled_from(BEGINNINGS))
    def start(self, begins: Beginning) -> None:
        """In the middle of a fault, or after an order that has ended some time ago, found on disk."""
        self.world.values.update(begins(self.kept_orders))
        self.world.measure()
        self.do(self._start())
        self.orders = len(self.made.desk.orders)
        for left in self.made.desk.orders:
            self.do(self.made.tags.place(TagKind.FAULT_ISOLATION, ISOLATING, "FDIR", 1, left))

    async def _start(self) -> None:
        self.life = AsyncExitStack()
        disk = self.database, self.kept_orders
        self.made: Bench = await self.life.enter_async_context(
            bench(IN_MEMORY, self.world, TIMERS, self.field, TWO_AT_THE_TIE, disk, self.clock)
        )
        self.world.live = lambda closed: Truth(frozenset(closed), self.made.placements.placements).busbars()
        self.made.gate.unexplained, self.made.gate.differing = lambda: self.unexplained, lambda: self.differing
        self.made.executor.waiting_settings = WaitingSettings(longest_pause_s=20.0, alarm_after_s=5.0)
        self.tasks = [asyncio.ensure_future(self.made.executor.serve())]

    async def _stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.life.aclose()

    def restart(self, lands: bool) -> None:
        """kill -9 and restart; what was on the wire may still reach the switch."""
        underway = self.field.underway
        self.do(self._stop())
        if underway is not None and lands and underway.action is Action.OPERATE:
            self.world.values[REGISTER.spec(underway.handle).name] = underway.value
            self.world.measure()
        self.do(self._start())
        for made in self.made.desk.orders.values():
            if made.state in UNFINISHED and made.state is not OrderState.PROPOSED:
                self.flaws.append(f"{made.id} is {made.state.value} after a restart")

    def do(self, work):  # noqa: ANN001, ANN202
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        if hasattr(self, "tasks"):
            self.do(self._stop())
        self.loop.close()

    def ask(self, request: Request, waits: bool) -> None:
        """Somebody commands; waits: until it is done, if nothing hinders it."""
        self.tasks.append(self.loop.create_task(self.made.gate.execute(request)))
        self.pass_time(0.2 if waits else SLICE_S)

    # -- what is seen from outside

    def look(self, command: Command) -> None:
        self.flaws += looks.flaws(self, command)

    def running(self) -> Order | None:
        return next((each for each in self.made.desk.orders.values() if each.state in RUNNING), None)

    @property
    def aim(self) -> str:
        """The switch that the order is about to move; else the one that a person thinks of."""
        running = self.running()
        steps = () if running is None else running.steps
        ahead = (step for step in steps if step.state in (StepState.PENDING, StepState.EXECUTING))
        return next((step.element for step in ahead if step.element in SWITCHES), self.thought_of)

    def faults_are_told(self) -> bool:
        """Nobody can respect a fault that is in no order."""
        return bool(self.made.desk.faults) or not self.field.fault

    def steps_ended(self) -> int:
        """Of the order under way."""
        running = self.running()
        begun = (StepState.PENDING, StepState.EXECUTING)
        return 0 if running is None else sum(step.state not in begun for step in running.steps)

    def pass_time(self, seconds: float) -> None:
        self.do(asyncio.sleep(seconds))
        self.unknown = {intent.point for intent in self.made.journal.unresolved}
