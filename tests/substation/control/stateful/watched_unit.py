"""A unit over a field whose every command is looked at: what the rules promise holds when the device gets it."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import tempfile
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from models.command import Action, Command
from models.point import Dbpos, PointName, Sample
from models.switching import Order, OrderState
from substation.authority.authority import Level
from substation.authority.four_eyes import SecondOperator
from substation.control.interlocking import Interlocking
from substation.control.numerics import Numerics
from substation.control.operation import AnyRequest, GateTimers
from substation.control.request import Request, is_automatic
from substation.control.rule_settings import RuleSettings
from substation.control.standing import WaitingSettings
from substation.orders import RUNNING, UNFINISHED
from substation.placements.placement import PLACED, on_the_grid
from substation.tags import TagKind
from tests.substation.control.bench import Bench, bench
from tests.substation.control.world import (
    F1,
    F2,
    ISOLATING,
    NETWORK,
    NUMERICS,
    REGISTER,
    TIE,
    World,
    pos,
    tripped,
)
from tests.virtual.loop import VirtualLoop

TIMERS = GateTimers(select_timeout_s=30.0, answer_timeout_s=3.0, travel_timeout_s=2.0)
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # the disk's own speed is not under test here
LATENCY_S = 0.02
TWO_AT_THE_TIE = Interlocking(NUMERICS, RuleSettings(second_operator=SecondOperator(elements=(TIE,))))


class WatchedUnit(RuleBasedStateMachine):
    """One unit over one field; the field outlives the unit when it is killed."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = VirtualLoop(seed=1)
        self.stack = contextlib.ExitStack()
        self.directory = Path(self.stack.enter_context(tempfile.TemporaryDirectory(dir=MEMORY)))
        self.world: World = tripped()
        self.crew_orders = 0
        self.flaws: list[str] = []
        self.attempts: set[tuple[str, PointName, int]] = set()
        self.unknown: set[PointName] = set()
        self.orders = 0
        self.locked_out: set[str] = set()
        self.closed_in: set[str] = set()

    # -- the unit's life

    @initialize()
    def start(self) -> None:
        self.do(self._start())

    async def _start(self) -> None:
        self.life = AsyncExitStack()
        field = self.made.field if hasattr(self, "made") else None
        self.made: Bench = await self.life.enter_async_context(
            bench(self.directory, self.world, TIMERS, field, TWO_AT_THE_TIE)
        )
        self.world.live = self.live_busbars
        self.made.executor.waiting_settings = WaitingSettings(longest_pause_s=20.0, alarm_after_s=5.0)
        self.made.field.before = self.look
        self.made.field.latency_s = LATENCY_S
        self.tasks = [asyncio.ensure_future(self.made.executor.serve())]

    @rule(lands=st.booleans())
    @precondition(lambda self: self.running() is not None)
    def kill(self, lands: bool) -> None:
        """kill -9 and restart; what was on the wire may still reach the switch."""
        underway = self.made.field.underway
        self.do(self._stop())
        if underway is not None and lands and underway.action is Action.OPERATE:
            self.world.values[REGISTER.spec(underway.handle).name] = underway.value
            self.world.measure()
        self.do(self._start())
        for made in self.made.desk.orders.values():
            if made.state in UNFINISHED and made.state is not OrderState.PROPOSED:
                self.flaws.append(f"{made.id} is {made.state.value} after a restart")

    async def _stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.life.aclose()

    def do(self, work):  # noqa: ANN001, ANN202
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.do(self._stop())
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        self.stack.close()

    def numerics(self) -> Numerics:
        return NUMERICS.with_placements(on_the_grid(self.made.placements.placements))

    def live_busbars(self, closed: Iterable[str]) -> frozenset[str]:
        """The truth with what stands on the grid."""
        grid = self.numerics().grid
        islands = grid.islands({*closed, *(each for each in grid.switches if each.startswith(PLACED))})
        nodes = (node for node in NETWORK.nodes if node.busbar and islands.live(node.id))
        return frozenset(node.id.rpartition("/")[0] for node in nodes)

    # -- what the field sees at the moment of a command

    def look(self, command: Command) -> None:
        name = REGISTER.spec(command.handle).name
        made, running = self.made, self.running()
        if self.intent_on_disk(command) != (command.action.value, None):
            self.flaws.append(f"S21: {command} without an open intent on disk")
        if made.journal.open_intents:
            self.flaws.append(f"S22: {command} although {made.journal.open_intents[0]} is open")
        if command.action is not Action.OPERATE:
            return
        asked = next((each for each in made.gate.under_way if each.point == name), None)
        if asked is None:
            self.flaws.append(f"S19: {name} commanded by nobody whom the gate knows")
            return
        self.look_at_people(asked, name)
        if command.value is Dbpos.ON:
            self.look_at_close(name.location)
        if command.value is Dbpos.ON and not isinstance(made.gate.view().read(name), Sample):
            self.flaws.append(f"S14: {name} closed although its position is not known")
        stopped = made.desk.get(asked.order) if asked.order else None
        if stopped is not None and stopped.state is OrderState.PAUSED:
            self.flaws.append(f"S22: {name} commanded although {asked.order} is paused")
        station = name.location.partition("/")[0]
        if self.world.values.get(PointName(station, "LLN0.Loc")) is True:
            self.flaws.append(f"S18: {name} commanded while {station} is local")
        if is_automatic(command.originator):
            self.look_at_automation(command, name, running)
        elif not asked.order and running is not None and name.location in {step.element for step in running.steps}:
            self.flaws.append(f"S19: {name} commanded by a person while {running.id} runs")

    def look_at_close(self, switch: str) -> None:
        """Tags on the switch, and on all that this close would feed, by the true positions."""
        if self.made.tags.on(switch):
            self.flaws.append(f"S4, S17: {switch} closed under a tag")
        grid = self.numerics().grid
        closed = {*self.world.closed(), *(each for each in grid.switches if each.startswith(PLACED))}
        before, after = grid.islands(closed - {switch}), grid.islands(closed | {switch})
        for tag in self.made.tags.tags:
            if tag.kind is TagKind.FAULT_ISOLATION:
                continue
            for node in grid.nodes_of(tag.element):
                if after.live(node) and not before.live(node):
                    self.flaws.append(f"S17: {switch} fed {tag.element}, tagged {tag.kind.value}")

    def look_at_people(self, asked: AnyRequest, name: PointName) -> None:
        """Who has control, and that two have agreed where two have to."""
        if is_automatic(asked.originator):
            near = {name.location} & {each.element for each in self.made.placements.placements}
            if near:
                self.flaws.append(f"S17: automation commanded {name}, where something is placed")
            return
        present = self.made.authority.present
        if present.level is not Level.FREE and not asked.order and present.holder != asked.originator.identity:
            self.flaws.append(f"S18: {name} commanded by {asked.originator.identity}, {present} has control")
        if name.location == TIE and isinstance(asked, Request) and not asked.second:
            self.flaws.append(f"S18: {name} commanded by one person alone")

    def look_at_automation(self, command: Command, name: PointName, running: Order | None) -> None:
        if running is None:
            self.flaws.append(f"S3: {name} commanded by automation without an order")
            return
        attempt = (running.id, name, int(command.value))
        if attempt in self.attempts:
            self.flaws.append(f"S6: second attempt {attempt}")
        self.attempts.add(attempt)
        if name in self.unknown:
            self.flaws.append(f"S21: {name} repeated although its outcome is unknown")
        stop = self.made.desk.stop_of(running.id)
        if command.value is not Dbpos.ON:
            if stop is not None and stop.kind.value == "take-over":
                self.flaws.append(f"S18: {name} commanded after a take-over")
            return
        self.closed_in.add(running.id)
        if stop is not None or running.id in self.locked_out:
            self.flaws.append(f"S22: {name} closed although the order was to stop")
        if any(self.world.values[pos(switch)] is not Dbpos.OFF for switch in ISOLATING):
            self.flaws.append(f"S5: {name} closed before isolation")
        for feeder in (F1, F2):
            if self.world.values[PointName(feeder, "RREC1.BlkRec")] is not True:
                self.flaws.append(f"S6: {name} closed while {feeder} may reclose")

    def intent_on_disk(self, command: Command) -> tuple[str, str | None] | None:
        connection = sqlite3.connect(self.directory / "control.sqlite")
        with contextlib.closing(connection):
            query = "SELECT action, ending FROM intents WHERE number = ? ORDER BY id DESC LIMIT 1"
            found: tuple[str, str | None] | None = connection.execute(query, [command.number]).fetchone()
            return found

    def running(self) -> Order | None:
        return next((each for each in self.made.desk.orders.values() if each.state in RUNNING), None)
