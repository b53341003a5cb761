"""Orders under everything that can happen between two commands, in virtual time; the invariants bear the rule numbers.

Time passes in slices, and between them devices begin to misbehave, positions turn doubtful, people tag, command, abort
and take over, protection trips, the unit is killed and started again. Never may anything unsafe have happened.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from models.command import Action, Command
from models.point import Dbpos, PointName, Sample
from models.quality import Quality
from models.switching import CrewAct, CrewTask, Order, OrderKind, OrderState, Purpose, Step, StepState
from substation.authority.authority import Level
from substation.authority.four_eyes import SecondOperator
from substation.control.interlocking import Interlocking
from substation.control.numerics import Numerics
from substation.control.operation import AnyRequest, GateTimers
from substation.control.request import Request, is_automatic
from substation.control.rule_settings import RuleSettings
from substation.control.standing import WaitingSettings
from substation.image import Mode
from substation.orders import RUNNING, UNFINISHED
from substation.placements.judgement import not_placeable, not_removable
from substation.placements.placement import PLACED, POSITIONS, Placement, PlacementKind, on_the_grid
from substation.tags import TagKind
from tests.substation.control.bench import FDIR, PERSON, Bench, Device, bench
from tests.substation.control.world import (
    CB1,
    F1,
    F2,
    ISOLATING,
    NETWORK,
    NUMERICS,
    REGISTER,
    STATIONS,
    TIE,
    World,
    order,
    pos,
    tripped,
)
from tests.virtual.loop import VirtualLoop

TIMERS = GateTimers(select_timeout_s=30.0, answer_timeout_s=3.0, travel_timeout_s=2.0)
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # the disk's own speed is not under test here
LATENCY_S = 0.02
SWITCHES = (*ISOLATING, CB1, TIE, "ST3/K1/E01/Q0", "ST1/K1/E01/Q0")
POINTS = (*(pos(switch) for switch in SWITCHES), PointName(F1, "RREC1.BlkRec"), PointName(F2, "RREC1.BlkRec"))
MISBEHAVIOUR = [device for device in Device if device is not Device.LOST]
PROTECTION = [(F1, "PTOC1.Str"), (F2, "PTOC2.Str"), (F2, "PTRC1.Tr"), ("OBR1/K1/E01", "PTRC1.Tr")]
DISTURBANCES = ("device", "position", "authority", "reclosing", "protection", "tag", "untag", "order", "mode",
                "pause", "place", "take_away", "control")  # fmt: skip
PLACEABLE = [kind for kind in PlacementKind if kind not in POSITIONS]
LINES = ["L1/W1", "L3/W3", "L4/W4"]
PLACES = [*LINES, "ST3/K1/BB1/N1", "ST2/K1/BB1/N1"]
JUMPED = [TIE, *ISOLATING, "ST3/K1/E01/Q0", CB1]
TWO_AT_THE_TIE = Interlocking(NUMERICS, RuleSettings(second_operator=SecondOperator(elements=(TIE,))))
Draw = Callable[[st.SearchStrategy], Any]


class UnitUnderFire(RuleBasedStateMachine):
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

    # -- what happens

    @rule()
    @precondition(lambda self: not self.made.desk.unfinished)
    def new_order(self) -> None:
        self.orders += 1
        wanted = order(id=f"FDIR-{self.orders}")
        assert self.do(self.made.desk.propose(wanted)) == ""
        if self.do(self.made.desk.approve(wanted.id, 1, FDIR)):
            assert self.do(self.made.desk.reject(wanted.id, PERSON)) == ""

    @rule()
    @precondition(lambda self: self.orders > 0 and not self.made.desk.unfinished)
    def another_day(self) -> None:
        """The fault has been repaired, everything is as it was, and L2 fails again."""
        self.do(self.tidy_up())
        self.world.values = tripped().values
        self.calm()

    async def tidy_up(self) -> None:
        await asyncio.sleep(10)
        for placement in self.made.placements.placements:
            await self.made.placements.remove(placement.id, lambda _: "")
        if self.made.authority.present.level is not Level.FREE:
            await self.made.authority.release(self.made.authority.present.holder)
            await self.made.authority.release(self.made.authority.present.holder)
        for tag in self.made.tags.tags:
            await self.made.tags.remove(tag.id, PERSON)
        for each in self.made.desk.orders:
            await self.made.desk.repaired(each, PERSON)
        await self.release()

    @rule()
    def calm(self) -> None:
        """Every disturbance ends."""
        self.made.field.devices.clear()
        self.world.qualities.clear()
        for station in STATIONS:
            self.world.set(station, "LLN0.Loc", False)
        self.made.modes.update({F1: Mode.AUTOMATIC, F2: Mode.AUTOMATIC})
        self.made.field.publish()

    @rule(slices=st.integers(1, 4))
    def a_moment_passes(self, slices: int) -> None:
        self.pass_time(slices * LATENCY_S * 0.7)

    @rule(slices=st.integers(5, 30))
    def time_passes(self, slices: int) -> None:
        self.pass_time(slices * LATENCY_S * 0.7)

    @rule()
    def a_long_time_passes(self) -> None:
        self.pass_time(30.0)

    def pass_time(self, seconds: float) -> None:
        self.do(asyncio.sleep(seconds))
        self.unknown = {intent.point for intent in self.made.journal.unresolved}

    @rule(what=st.sampled_from(DISTURBANCES), data=st.data())
    def disturb(self, what: str, data: st.DataObject) -> None:
        getattr(self, f"disturb_{what}")(data.draw)
        self.made.field.publish()

    def disturb_device(self, draw: Draw) -> None:
        self.made.field.devices[draw(st.sampled_from(POINTS))] = draw(st.sampled_from(MISBEHAVIOUR))

    def disturb_position(self, draw: Draw) -> None:
        self.world.qualities[pos(draw(st.sampled_from(SWITCHES)))] = int(Quality.INVALID | Quality.OLD_DATA)

    def disturb_authority(self, draw: Draw) -> None:
        self.world.set(draw(st.sampled_from(STATIONS)), "LLN0.Loc", True)

    def disturb_reclosing(self, draw: Draw) -> None:
        """Somebody on the spot releases it."""
        self.world.set(draw(st.sampled_from([F1, F2])), "RREC1.BlkRec", False)

    @rule(where=st.sampled_from(PROTECTION))
    @precondition(lambda self: bool(self.closed_in & {getattr(self.running(), "id", "")}))
    def protection_operates_after_a_close(self, where: tuple[str, str]) -> None:
        self.operate_protection(where)

    def disturb_protection(self, draw: Draw) -> None:
        self.operate_protection(draw(st.sampled_from(PROTECTION)))

    def operate_protection(self, where: tuple[str, str]) -> None:
        running = self.running()
        self.world.set(*where, True)
        self.made.field.publish()
        self.world.set(*where, False)
        if running is not None and (where[1] == "PTRC1.Tr" or running.id in self.closed_in):
            self.locked_out.add(running.id)

    def disturb_tag(self, draw: Draw) -> None:
        element = draw(st.sampled_from([*SWITCHES, "L4/W4"]))
        self.do(self.made.tags.place(TagKind.DO_NOT_OPERATE, [element], "Bo", 1))

    def disturb_untag(self, draw: Draw) -> None:
        for tag in self.made.tags.tags:
            if tag.kind is not TagKind.FAULT_ISOLATION:
                assert self.do(self.made.tags.remove(tag.id, PERSON)) == ""

    def disturb_order(self, draw: Draw) -> None:
        running = self.running()
        if running is not None:
            stop = draw(st.sampled_from([self.made.desk.take_over, self.made.desk.abort]))
            self.do(stop(running.id, PERSON))

    def disturb_pause(self, draw: Draw) -> None:
        running = self.running()
        if running is not None:
            ask = self.made.desk.resume if self.made.desk.pauses.by(running.id) else self.made.desk.pause
            self.do(ask(running.id, PERSON))

    def disturb_place(self, draw: Draw) -> None:
        """What somebody says to have placed is judged as in the unit, and then it is so."""
        if not self.made.desk.faults:
            return  # a fault that nobody has reported is nothing that anybody can respect
        kind = draw(st.sampled_from(PLACEABLE))
        element = draw(st.sampled_from({PlacementKind.JUMPER: JUMPED, PlacementKind.CUT: LINES}.get(kind, PLACES)))
        wanted = Placement(0, kind, element, "Bo", 1, rated_power_w=100e3)
        self.do(self.made.placements.place(wanted, self.judge))
        self.world.measure()

    def judge(self, wanted: Placement) -> str:
        return not_placeable(wanted, NUMERICS, self.made.gate.view(), self.made.desk.faults)

    def disturb_take_away(self, draw: Draw) -> None:
        for placement in self.made.placements.placements:
            judge = partial(not_removable, numerics=NUMERICS, image=self.made.gate.view(), faults=self.made.desk.faults)
            self.do(self.made.placements.remove(placement.id, judge))
        self.world.measure()

    def disturb_control(self, draw: Draw) -> None:
        """Control is taken, given, released and taken over."""
        board, who = self.made.authority, draw(st.sampled_from(["Ada", "Bo"]))
        act = draw(st.sampled_from(["ask", "release", "take_over", "local", "hand_over"]))
        if act == "local":
            self.do(board.hand_over(who, Level.LOCAL, "Cy"))
        elif act == "hand_over":
            self.do(board.hand_over(who, Level.STATION, ""))
        elif act == "take_over":
            self.do(board.take_over(who, "why not"))
        else:
            self.do(getattr(board, act)(who))

    @rule(element=st.sampled_from(["L3/W3", "L4/W4", "ST3/K1/BB1/N1"]), closes=st.booleans())
    @precondition(lambda self: bool(self.made.desk.faults) and not self.made.desk.unfinished)
    def outage(self, element: str, closes: bool) -> None:
        """A person's own order: an earth, a permit, both taken back, and perhaps a close at the end."""
        self.crew_orders += 1
        acts = (CrewAct.PLACE_EARTH, CrewAct.ISSUE_PERMIT, CrewAct.RETURN_PERMIT, CrewAct.REMOVE_EARTH)
        steps = [
            Step(number, element, PointName(element, "Crew"), CrewTask(act), Purpose.CREW, act.value)
            for number, act in enumerate(acts, 1)
        ]
        if closes:
            steps.append(Step(5, CB1, pos(CB1), Dbpos.ON, Purpose.RETURN, "close"))
        changes = {"kind": OrderKind.MANUAL, "zone": (), "tripped": (), "steps": tuple(steps)}
        wanted = order(id=f"P-{self.crew_orders}", **changes)
        assert self.do(self.made.desk.propose(wanted)) == ""
        if self.do(self.made.desk.approve(wanted.id, 1, PERSON)):
            assert self.do(self.made.desk.reject(wanted.id, PERSON)) == ""

    @rule()
    @precondition(lambda self: self.crew_step() is not None)
    def the_crew_says_done(self) -> None:
        running, step = self.running(), self.crew_step()
        assert running is not None
        assert step is not None
        self.do(self.made.desk.crew_says(running.id, step.number, PERSON, "Cy", step.started_ns or 0))

    def crew_step(self) -> Step | None:
        running = self.running()
        steps = () if running is None else running.steps
        return next(
            (each for each in steps if isinstance(each.value, CrewTask) and each.state is StepState.EXECUTING), None
        )

    def disturb_mode(self, draw: Draw) -> None:
        self.made.modes[draw(st.sampled_from([F1, F2]))] = Mode.DISABLED

    @rule(switch=st.sampled_from(SWITCHES), value=st.sampled_from([Dbpos.OFF, Dbpos.ON]), second=st.booleans())
    @precondition(lambda self: bool(self.made.desk.faults))
    def person(self, switch: str, value: Dbpos, second: bool) -> None:
        """Asked for alone, or with a second operator who has agreed."""
        request = Request(pos(switch), value, PERSON, second="Bo" if second else "")
        self.tasks.append(self.loop.create_task(self.made.gate.execute(request)))

    @rule()
    @precondition(lambda self: self.made.journal.open_intents or self.made.journal.unresolved)
    def read_and_release(self) -> None:
        self.do(self.release())

    async def release(self) -> None:
        blocking = (*self.made.journal.open_intents, *self.made.journal.unresolved)
        await self.made.gate.release(tuple(intent.number for intent in blocking), PERSON)
        self.unknown.clear()

    # -- what always holds

    @invariant()
    def nothing_unsafe_has_happened(self) -> None:
        if hasattr(self, "made"):
            assert self.flaws + self.made.field.flaws == []

    @invariant()
    def leases_end_with_their_orders(self) -> None:
        if hasattr(self, "made"):
            for holder in set(self.made.leases.held.values()):
                held_by = self.made.desk.get(holder)
                assert held_by is not None
                assert held_by.state in (OrderState.APPROVED, OrderState.EXECUTING)

    @invariant()
    def an_order_ends(self) -> None:
        """Every order under way is somebody's: the executor works at it, or it waits in its queue."""
        if hasattr(self, "made"):
            for each in self.made.desk.orders.values():
                if each.state in (OrderState.COMPLETED, OrderState.ABORTED, OrderState.BLOCKED):
                    assert all(step.state not in (StepState.PENDING, StepState.EXECUTING) for step in each.steps)

    @invariant()
    def the_executor_lives(self) -> None:
        if hasattr(self, "made"):
            assert not self.tasks[0].done(), self.tasks[0].exception()
