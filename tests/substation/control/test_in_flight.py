"""What is in flight in one bay is a doubt for every other bay, from the last look on (SAFETY S14, S8, S17)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from models.command import Action
from models.point import Dbpos
from substation.control.in_flight import with_doubts
from substation.control.intents import Intent
from substation.control.request import Ending
from substation.grid.positions import position_of
from substation.placements.judgement import not_placeable
from substation.placements.placement import Placement, PlacementKind
from tests.substation.control.bench import OTHER, PATIENT, PERSON, Bench, Device
from tests.substation.control.commanding import closes, run
from tests.substation.control.world import CB1, NOW_NS, NUMERICS, REGISTER, TIE, World, pos


def _dead_ring() -> World:
    world = World()
    world.position(CB1, Dbpos.OFF)
    world.measure()
    return world


def test_s8_two_closes_at_the_same_instant_in_two_bays_make_no_parallel(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        made.field.fault = ()
        made.field.latency_s = 0.5  # the position follows the command by that much: long beside a look at the rules
        results = await asyncio.gather(made.gate.execute(closes(CB1)), made.gate.execute(closes(TIE, who=OTHER)))
        assert sorted(each.ending.value for each in results) == sorted(
            (Ending.CONFIRMED.value, Ending.REFUSED.value)
        ), results
        refused = next(each for each in results if each.ending is Ending.REFUSED)
        assert "S8" in refused.rules
        assert "is being operated" in refused.reason

    run(tmp_path, work, world=_dead_ring(), timers=PATIENT)


def test_s1_no_earth_is_placed_where_a_close_is_on_its_way(tmp_path: Path) -> None:
    earth = Placement(0, PlacementKind.EARTH, "L1/W1", "Bo", NOW_NS)

    async def work(made: Bench) -> None:
        made.field.fault = ()
        told: list[str] = []
        made.field.before = lambda command: (
            told.append(not_placeable(earth, NUMERICS, made.gate.careful_view(), {}))
            if command.action is Action.OPERATE
            else None
        )
        assert not_placeable(earth, NUMERICS, made.gate.careful_view(), {}) == ""
        assert (await made.gate.execute(closes(CB1))).confirmed
        assert told[0].startswith("S1:")

    run(tmp_path, work, world=_dead_ring(), timers=PATIENT)


def test_s19_a_second_operate_of_the_same_command_is_told_that_it_is_under_way(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        made.field.fault = ()
        await made.gate.select(closes(CB1))
        made.field.latency_s = 0.5
        first, second = await asyncio.gather(made.gate.operate(closes(CB1)), made.gate.operate(closes(CB1)))
        assert first.confirmed
        assert second.rules == ("S19",)
        assert "is being operated by Ada" in second.reason

    run(tmp_path, work, world=_dead_ring(), timers=PATIENT)


def test_s14_a_command_without_outcome_leaves_a_doubt_until_somebody_has_looked(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        made.field.fault = ()
        made.field.devices[pos(CB1)] = Device.SILENT
        unknown = await made.gate.execute(closes(CB1))
        assert unknown.ending is Ending.UNKNOWN
        refused = await made.gate.execute(closes(TIE, who=OTHER))
        assert refused.rules == ("S8",)
        assert "nobody knows whether" in refused.reason
        await made.gate.release((unknown.number,), OTHER)
        assert (await made.gate.execute(closes(TIE, who=OTHER))).confirmed

    run(tmp_path, work, world=_dead_ring())


def test_what_stands_where_it_was_sent_is_no_doubt() -> None:
    handle = REGISTER.handle(pos(TIE))
    assert handle is not None
    intent = Intent(Action.OPERATE, handle, pos(TIE), Dbpos.ON, PERSON, "", "", NOW_NS, 7)
    world = World()
    assert "number 7" in str(position_of(with_doubts(world.image(), (), (intent,)), TIE))
    world.position(TIE, Dbpos.ON)
    assert position_of(with_doubts(world.image(), (), (intent,)), TIE) is Dbpos.ON
