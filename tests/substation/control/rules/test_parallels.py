"""S8: a person's parallel passes when every check holds; each check that fails, or lacks its data, refuses."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.alarm import Event
from models.command import Originator
from models.network.elements import Network, Neutral
from models.point import Dbpos, PointName
from models.quality import Quality
from models.switching import Order
from substation.control.parallel_watch import Parallel, ParallelWatch
from substation.control.rule_settings import Parallels, Released
from substation.placements.placement import Placement, PlacementKind
from tests.substation.control.asking import ALONE, CENTRE, FDIR, PERSON, request
from tests.substation.control.rules.scenario import RELEASED, SOURCES, Scenario, each, one
from tests.substation.control.world import (
    CB2,
    INTERLOCKING,
    ISOLATING,
    NETWORK,
    NOW_NS,
    NUMERICS,
    REGISTER,
    TIE,
    World,
    isolated,
    pos,
)

RELEASE = PointName(TIE, "RSYN1.Rel")
PARALLEL_MODE = PointName("OBR1/T1", "ATCC1.ParOp")
OTHER_COIL = {"neutral": Neutral.RESONANT, "coil_min_a": 5.0, "coil_max_a": 10.0}


def _limits(**changes: object) -> Parallels:
    return replace(RELEASED.parallels, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("who", [PERSON, CENTRE])
def test_s08_a_parallel_of_released_sources_passes(who: Originator) -> None:
    assert Scenario(World(), settings=RELEASED).refused(who=who) == {}


def test_s08_automation_makes_none_all_the_same() -> None:
    assert "S7" in Scenario(World(), settings=RELEASED).refused(who=FDIR)


def test_s08_sources_that_are_not_released_are_not_joined() -> None:
    assert "not released" in Scenario(World()).refused()["S8"]


@pytest.mark.parametrize(
    ("network", "text"),
    [
        (one(NETWORK, "transformers", "OBR1/T1", vector_group="YNd11"), "vector groups"),
        (one(NETWORK, "sources", "OBR1/IFL1", voltage_pu=1.05), "voltages differ"),
        (each(NETWORK, "lines", rated_current_a=1.0), "circulate"),
        (each(NETWORK, "switches", type=""), "ratings of"),
        (each(NETWORK, "switch_types", withstand_current_a=1000.0), "withstands"),
        (each(NETWORK, "switch_types", making_current_a=1000.0), "may make"),
        (each(NETWORK, "switch_types", loop_breaking_current_a=0.0), "of a loop"),
        (replace(NETWORK, galvanic_networks=()), "neutral treatment"),
        (one(NETWORK, "galvanic_networks", "OBR1/K1", neutral=Neutral.ISOLATED), "never joined"),
        (each(NETWORK, "galvanic_networks", neutral=Neutral.RESISTANCE), "resistors"),
        (each(NETWORK, "galvanic_networks", coil_max_a=None), "range of the coil"),
        (each(NETWORK, "galvanic_networks", **OTHER_COIL), "coil compensates"),
        (each(NETWORK, "galvanic_networks", residual_current_max_a=1e-6), "would leave"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_s08_each_check_refuses(network: Network, text: str) -> None:
    strict = replace(RELEASED, parallels=_limits(circulating_current_pu=1.0 if "of a loop" in text else 0.5))
    scenario = Scenario(World(), network=network, settings=strict)
    if text in ("circulate", "of a loop"):
        scenario.network = one(network, "sources", "OBR1/IFL1", voltage_pu=1.02)
    assert text in scenario.refused()["S8"]


@given(angle_deg=st.floats(0.0, 30.0), limit_deg=st.floats(0.5, 20.0))
@settings(max_examples=25, deadline=None)
def test_s08_the_angle_between_sources_counts_in_full(angle_deg: float, limit_deg: float) -> None:
    """Whatever else holds, an angle beyond its limit refuses."""
    limits = _limits(angle_difference_deg=limit_deg, released=(Released(SOURCES, angle_deg),))
    refused = Scenario(World(), settings=replace(RELEASED, parallels=limits)).refused()
    if angle_deg > limit_deg:
        assert "angles differ" in refused["S8"]


@given(voltage_pu=st.floats(0.95, 1.05))
@settings(max_examples=25, deadline=None)
def test_s08_the_larger_the_difference_the_sooner_it_is_refused(voltage_pu: float) -> None:
    network = one(NETWORK, "sources", "OBR1/IFL1", voltage_pu=voltage_pu)
    refused = Scenario(World(), network=network, settings=RELEASED).refused()
    if abs(voltage_pu - 1.0) > 0.032:  # the limit, and what the loads of the ring make of it
        assert "S8" in refused
    if abs(voltage_pu - 1.0) < 0.002:
        assert refused == {}


@pytest.mark.parametrize("state", ["false", "invalid", "missing"])
def test_s08_a_synchrocheck_that_is_fitted_has_to_release(state: str) -> None:
    scenario = Scenario(World(), settings=RELEASED, extra={RELEASE: state != "false"})
    scenario.bad = frozenset({RELEASE} if state == "invalid" else ())
    scenario.absent = frozenset({RELEASE} if state == "missing" else ())
    assert "synchrocheck" in scenario.refused()["S8"]
    assert Scenario(World(), settings=RELEASED, extra={RELEASE: True}).refused() == {}


def test_s08_tap_control_is_blocked_or_in_parallel_mode() -> None:
    world = World()
    world.set("OBR1/T1", "ATCC1.Auto", True)
    assert "tap control" in Scenario(world, settings=RELEASED).refused()["S8"]
    assert "tap control" in Scenario(world, settings=RELEASED, extra={PARALLEL_MODE: False}).refused()["S8"]
    assert Scenario(world, settings=RELEASED, extra={PARALLEL_MODE: True}).refused() == {}
    world.silent.add(PointName("OBR1/T1", "ATCC1.Auto"))
    assert "not known" in Scenario(world, settings=RELEASED).refused()["S8"]


def test_s08_doubt_is_no_ground_to_calculate_on() -> None:
    world = World()
    world.qualities[pos(CB2)] = int(Quality.INVALID)
    assert "not certain" in Scenario(world, settings=RELEASED).refused()["S8"]


def test_s08_a_loop_of_dead_conductors_cannot_be_judged() -> None:
    bypass = Placement(1, PlacementKind.JUMPER, ISOLATING[1], "Bo", NOW_NS)
    image = replace(isolated().image(), placements=(bypass,))
    refusals = INTERLOCKING.refusals(request(ISOLATING[1], Dbpos.ON, PERSON), image, ALONE)
    assert "no source feeds it" in "; ".join(map(str, refusals))


def _made_parallel() -> World:
    world = World()
    world.position(TIE, Dbpos.ON)
    return world


def test_s08_a_parallel_that_lasts_too_long_is_told_and_its_end_proposed_once() -> None:
    world, told, proposed = World(), list[Event](), list[Order]()

    async def propose(order: Order) -> str:
        proposed.append(order)
        return ""

    async def play() -> None:
        watch = ParallelWatch(
            NUMERICS, REGISTER, lambda: world.image(), Parallels(), lambda: NOW_NS, told.append, propose
        )
        assert await watch.look(0.0) is None
        world.position(TIE, Dbpos.ON)
        assert await watch.look(10.0) == 300.0
        assert watch.present == (Parallel(TIE, NOW_NS, NOW_NS + 300 * 10**9),)
        assert await watch.look(309.0) == pytest.approx(1.0)
        assert not told
        assert await watch.look(310.0) is None
        assert await watch.look(900.0) is None
        world.position(TIE, Dbpos.OFF)
        assert await watch.look(901.0) is None
        assert watch.present == ()

    asyncio.run(play())
    assert [event.location for event in told] == [TIE]
    assert [(step.element, step.value) for order in proposed for step in order.steps] == [(TIE, Dbpos.OFF)]
    assert _made_parallel().closed() > {TIE}


def test_s08_s17_a_loop_over_a_jumper_is_one_and_a_cut_ends_it() -> None:
    world, told = World(), list[Event]()
    jumper = Placement(3, PlacementKind.JUMPER, "ST2/K1/BB1/N1", "Bo", NOW_NS, other="ST3/K1/BB1/N1")
    placed: tuple[Placement, ...] = ()

    async def never(order: Order) -> str:
        raise AssertionError("nobody opens a jumper by remote control")

    async def play() -> None:
        nonlocal placed
        watch = ParallelWatch(
            NUMERICS,
            REGISTER,
            lambda: replace(world.image(), placements=placed),
            Parallels(),
            lambda: NOW_NS,
            told.append,
            never,
        )
        assert await watch.look(0.0) is None
        placed = (jumper,)
        assert await watch.look(10.0) == 300.0
        placed = (Placement(2, PlacementKind.EARTH, "L3/W3", "Bo", NOW_NS), jumper)
        assert await watch.look(20.0) == 290.0  # the same loop, whatever else is placed
        assert await watch.look(310.0) is None
        placed = (jumper, Placement(4, PlacementKind.CUT, "L2/W2", "Bo", NOW_NS))
        assert await watch.look(311.0) is None
        assert watch.present == ()

    asyncio.run(play())
    assert [event.text.partition(" lasts ")[0] for event in told] == ["S8: a loop or parallel over placed/3/jumper"]


def test_s08_the_watch_wakes_for_positions_and_proposes_by_itself() -> None:
    world, told = World(), list[Event]()
    done = asyncio.Event()

    async def propose(order: Order) -> str:
        done.set()
        return "busy"

    async def play() -> None:
        limits = replace(Parallels(), longest_s=0.02)
        watch = ParallelWatch(NUMERICS, REGISTER, lambda: world.image(), limits, lambda: NOW_NS, told.append, propose)
        running = asyncio.create_task(watch.run())
        await asyncio.sleep(0)
        world.position(TIE, Dbpos.ON)
        handle = REGISTER.handle(pos(TIE))
        assert handle is not None
        watch.take([world.samples()[handle]])
        async with asyncio.timeout(20):
            await done.wait()
        await asyncio.sleep(0)
        running.cancel()

    asyncio.run(play())
    assert "busy" in told[0].text
