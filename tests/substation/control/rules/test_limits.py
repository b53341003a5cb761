"""S16: load flow before a tap step; short-term overload by asset and duration as configured."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.alarm import Event
from models.point import Dbpos, PointName
from models.switching import AssumedLoad
from substation.control.interlocking import Interlocking
from substation.control.numerics import Numerics
from substation.control.overload_watch import OverloadWatch
from substation.control.regulation import RegulatingRequest, StepCommand
from substation.control.rule_settings import Overload, RuleSettings
from substation.control.situation import Context
from substation.grid.topology import Topology
from substation.placements.placement import Placement, PlacementKind
from tests.substation.control.asking import CONTEXT, FDIR, ORDER, PERSON
from tests.substation.control.rules.scenario import Scenario, one
from tests.substation.control.world import NETWORK, NOW_NS, NUMERICS, STATIONS, TIE, World, isolated

TAP = PointName("OBR1/T1", "YLTC1.TapPos")


def _step(step: StepCommand, tap: int) -> str:
    world = World()
    world.set("OBR1/T1", "YLTC1.TapPos", tap)
    request = RegulatingRequest(TAP, step, PERSON)
    found = Interlocking(NUMERICS).regulating_refusals(request, world.image(), Context())
    return "; ".join(refusal.text for refusal in found if refusal.rule == "S16")


@given(tap=st.integers(-9, 9), step=st.sampled_from(StepCommand))
@settings(max_examples=40, deadline=None)
def test_s16_a_step_leaves_no_voltage_beyond_its_limit_or_makes_it_better(tap: int, step: StepCommand) -> None:
    """1.5 % more turns per position lower the voltage: a step towards the middle is never refused."""
    target = tap + step.change
    refused = _step(step, tap)
    if abs(target) < abs(tap) or abs(target) <= 5:
        assert refused == ""
    if abs(target) > 9:
        assert refused
    if target == -8 and step is StepCommand.LOWER:
        assert "above its voltage limit" in refused


def test_s16_a_step_in_a_loop_cannot_be_computed_and_is_not_made() -> None:
    world = World()
    world.position(TIE, Dbpos.ON)
    request = RegulatingRequest(TAP, StepCommand.RAISE, PERSON)
    found = Interlocking(NUMERICS).regulating_refusals(request, world.image(), Context())
    assert "cannot be computed" in "; ".join(str(refusal) for refusal in found)


HEAVY = replace(ORDER, loads=tuple(AssumedLoad(f"{name}/T1", 6e6, 1e6) for name in STATIONS))


@given(permitted_pu=st.floats(1.0, 2.0))
@settings(max_examples=20, deadline=None)
def test_s16_only_the_configured_asset_may_carry_more_and_only_so_much(permitted_pu: float) -> None:
    """The tie line is loaded with 1.17 times its rating."""
    context = replace(CONTEXT, order=HEAVY)
    for asset in ("L4/W4", "L1/W1"):
        rules = replace(RuleSettings(), overloads={asset: Overload(asset, permitted_pu, 600.0)})
        refused = Scenario(isolated(), settings=rules).refused(who=FDIR, context=context)
        if asset == "L1/W1" or permitted_pu < 1.1:
            assert "L4/W4" in refused["S16"]
        elif permitted_pu > 1.3:
            assert "L4/W4" not in refused.get("S16", "")


def test_s16_an_overload_that_lasts_is_told_once_and_forgotten_when_it_is_over() -> None:
    told: list[Event] = []
    weak = one(NETWORK, "lines", "L1/W1", rated_current_a=10.0)
    world = World()
    overloads = {"L1/W1": Overload("L1/W1", 2.0, 600.0)}
    watch = OverloadWatch(Numerics(Topology(weak)), overloads, world.image, lambda: NOW_NS, told.append)
    for now_s, events in ((0.0, 0), (599.0, 0), (600.0, 1), (900.0, 1)):
        watch.look(now_s)
        assert len(told) == events
    for name in STATIONS:
        world.set(f"{name}/T1", "MMXU1.TotW", 1_000.0)
        world.set(f"{name}/T1", "MMXU1.TotVAr", 0.0)
    watch.look(901.0)
    for name in STATIONS:
        world.set(f"{name}/T1", "MMXU1.TotW", 200_000.0)
    watch.look(902.0)
    watch.look(1_501.0)
    assert len(told) == 1
    watch.look(1_502.0)
    assert len(told) == 2
    assert told[0].location == "L1/W1"


@pytest.mark.parametrize(
    ("placement", "overloaded"),
    [
        (Placement(1, PlacementKind.EARTH, "L3/W3", "Bo", NOW_NS), True),
        (Placement(1, PlacementKind.CUT, "L2/W2", "Bo", NOW_NS), False),
        (Placement(1, PlacementKind.CUT, "L1/W1", "Bo", NOW_NS, other="ST1/K1/E01/N1"), False),
        (Placement(1, PlacementKind.CUT, "L4/W4", "Bo", NOW_NS), True),
    ],
)
def test_s16_s17_overloads_are_those_of_the_grid_as_people_have_rebuilt_it(
    placement: Placement, overloaded: bool
) -> None:
    told: list[Event] = []
    world, weak = World(), one(NETWORK, "lines", "L1/W1", rated_current_a=10.0)
    overloads = {"L1/W1": Overload("L1/W1", 2.0, 600.0)}
    watch = OverloadWatch(
        Numerics(Topology(weak)),
        overloads,
        lambda: replace(world.image(), placements=(placement,)),
        lambda: NOW_NS,
        told.append,
    )
    watch.look(0.0)
    watch.look(600.0)
    assert bool(told) is overloaded


def test_s16_an_overload_that_cannot_be_computed_any_more_is_not_over(caplog: pytest.LogCaptureFixture) -> None:
    told: list[Event] = []
    weak = one(NETWORK, "lines", "L1/W1", rated_current_a=10.0)
    world = World()
    overloads = {"L1/W1": Overload("L1/W1", 2.0, 600.0)}
    watch = OverloadWatch(Numerics(Topology(weak)), overloads, world.image, lambda: NOW_NS, told.append)
    watch.look(0.0)
    for name in STATIONS:
        world.set(f"{name}/T1", "MMXU1.TotW", 1e12)
    watch.look(599.0)
    assert not told
    assert "cannot be computed" in caplog.text
    watch.look(600.0)
    assert [each.location for each in told] == ["L1/W1"]
