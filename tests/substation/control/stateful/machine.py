"""Orders under everything that can happen between two commands, in virtual time; the invariants bear the rule numbers.

Time passes in slices, and between them devices begin to misbehave, positions turn doubtful, people tag, command, abort
and take over, protection trips, the unit is killed and started again. Never may anything unsafe have happened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from models.point import Dbpos, PointName
from models.quality import Quality
from models.switching import CrewAct, CrewTask, OrderKind, OrderState, Purpose, Step, StepState
from substation.authority.authority import Level
from substation.control.request import Request
from substation.image import Mode
from substation.orders import RUNNING
from substation.placements.judgement import not_placeable, not_removable
from substation.placements.placement import POSITIONS, Placement, PlacementKind
from substation.tags import TagKind
from tests.substation.control.bench import FDIR, PERSON, Device
from tests.substation.control.stateful.watched_unit import LATENCY_S, WatchedUnit
from tests.substation.control.world import (
    CB1,
    F1,
    F2,
    ISOLATING,
    NUMERICS,
    STATIONS,
    TIE,
    order,
    pos,
    tripped,
)

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
Draw = Callable[[st.SearchStrategy], Any]


class UnitUnderFire(WatchedUnit):
    """What happens to it, and what holds at every moment."""

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
                assert held_by.state in (OrderState.APPROVED, *RUNNING)

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
