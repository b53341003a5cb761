"""Earth faults in the unit, by ideal and by lying devices: section, clock, order, words."""

from __future__ import annotations

import pytest

from models.alarm import Severity
from models.network.elements import Neutral
from models.point import PointName
from models.quality import Quality
from models.switching import OrderKind
from substation.image import Mode
from substation.mv.earth.settings import EarthFaultSettings
from tests.substation.mv.earth.scene import FEEDERS, INFEED, EarthScene

LINES = ("L041/W041", "L109/W109", "L053/W053", "L193/W193", "L137/W137")
PERMITTED = EarthFaultSettings(permitted_s={"OBR2/K1": 3600.0, "OBR1/K1": None})


def concluded(scene: EarthScene) -> dict:
    scene.step()
    decision = scene.step(5.1)
    (case,) = decision.results["EarthFaults"]["cases"]
    return case


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("kind", [Neutral.RESONANT, Neutral.ISOLATED])
def test_ideal_devices_locate_the_zone_of_the_fault_and_an_order_waits(line: str, kind: Neutral) -> None:
    scene = EarthScene(kind=kind)
    scene.fault(line)
    case = concluded(scene)
    zone = scene.topology.zone_of(line)
    assert set(case["section"]) == set(scene.topology.zone_elements[zone])
    assert (case["state"], case["suspects"]) == ("section located", [])
    assert case["probability"] > 0.99
    (order,) = scene.decisions[-1].orders
    assert (order.kind, set(order.zone)) == (OrderKind.ISOLATE_EARTH_FAULT, set(case["section"]))
    assert not {step.element for step in order.steps if "Open" in step.text} - {
        each.id for each in scene.network.switches
    }


def test_one_indicator_that_lies_is_named_and_not_believed() -> None:
    scene = EarthScene()
    scene.fault(LINES[0])
    scene.put("ST196/K1/E02", "SFPI2.FwdFlt", True)
    scene.put("ST196/K1/E02", "SFPI2.RvFlt", False)
    case = concluded(scene)
    assert case["suspects"] == ["ST196/K1/E02"]
    assert LINES[0] in case["section"]


def test_the_residual_voltage_alone_locates_nothing_and_says_so() -> None:
    scene = EarthScene()
    scene.fault(LINES[0], indicators=False, protection=False)
    case = concluded(scene)
    assert (case["state"], case["section"], case["order"]) == ("section not known", [], "")
    assert "no protection or indicator shows a direction" in case["reason"]


def test_of_a_feeder_whose_protection_is_missing_the_others_tell_by_elimination() -> None:
    scene = EarthScene()
    scene.fault(LINES[0], indicators=False)
    for variable in ("PSDE1.Str", "PSDE2.Str"):
        scene.put(FEEDERS[0], variable, False, Quality.INVALID)
    case = concluded(scene)
    assert f"{FEEDERS[0]} may be the faulted one" in case["reason"]
    assert "all other feeders point back" in case["reason"]


def test_protection_without_indicators_knows_the_feeder_alone() -> None:
    scene = EarthScene()
    scene.fault(LINES[0], indicators=False)
    assert f"it is on {FEEDERS[0]}, but no indicator there shows where" in concluded(scene)["reason"]


def test_every_feeder_pointing_back_is_the_busbar() -> None:
    scene = EarthScene()
    scene.put(INFEED, "PTOV1.Str", True)
    for feeder in FEEDERS:
        scene.put(feeder, "PSDE2.Str", True)
    assert "every feeder points back" in concluded(scene)["reason"]


def test_old_indications_without_residual_voltage_are_no_earth_fault() -> None:
    scene = EarthScene()
    scene.put("ST196/K1/E02", "SFPI2.RvFlt", True)
    assert scene.step(10.0).results["EarthFaults"] == {"cases": []}


def test_indications_from_before_this_fault_are_no_evidence() -> None:
    scene = EarthScene()
    scene.put("ST0/K1/E01", "SFPI2.FwdFlt", True)
    scene.step(100.0)
    scene.fault("L041/W041")
    case = concluded(scene)
    assert "L041/W041" in case["section"]


def test_the_clock_warns_before_the_permitted_duration_runs_out_and_when_it_has() -> None:
    scene = EarthScene(PERMITTED)
    scene.fault(LINES[0])
    case = concluded(scene)
    assert case["permitted_until_ns"] == case["began_ns"] + 3600 * 10**9
    scene.step(2990.0)
    assert not any("of the permitted duration are left" in each for each in scene.told)
    scene.step(10.0)
    assert [event.severity for event in scene.decisions[-1].events] == [Severity.HIGH]
    assert "10 min of the permitted duration are left" in scene.told[-1]
    scene.step(600.0)
    assert "the permitted duration has run out" in scene.told[-1]
    assert scene.step(600.0).events == ()


def test_a_network_without_a_stated_duration_says_so() -> None:
    scene = EarthScene()
    scene.fault(LINES[0])
    assert "no permitted duration is stated for OBR2/K1" in concluded(scene)["clock"]


def test_what_goes_out_by_itself_is_told_and_what_comes_back_is_the_same_case() -> None:
    scene = EarthScene()
    scene.fault(LINES[0])
    scene.step()
    scene.clear()
    scene.step(0.5)
    scene.step(3.0)
    assert "transient, it went out by itself" in scene.told[-1]
    scene.fault(LINES[0])
    case = scene.step(10.0).results["EarthFaults"]["cases"][0]
    assert (case["strikes"], case["state"]) == (2, "indications arrive")
    assert "it is back (2 times now)" in scene.told[-1]
    scene.clear()
    scene.step(1.0)
    scene.step(4.0)
    assert scene.step(301.0).results["EarthFaults"] == {"cases": []}


def test_late_indications_refine_the_section_and_the_old_order_ends() -> None:
    scene = EarthScene()
    scene.fault(LINES[0], indicators=False)
    concluded(scene)
    scene.fault(LINES[0])
    scene.step(20.0)
    case = scene.step(5.1).results["EarthFaults"]["cases"][0]
    assert (case["state"], bool(case["order"])) == ("section located", True)


def test_an_order_ends_with_the_fault_and_none_is_made_where_automation_is_disabled() -> None:
    scene = EarthScene()
    scene.fault(LINES[0])
    (order,) = concluded(scene) and scene.decisions[-1].orders
    scene.clear()
    scene.step(0.5)
    assert scene.step(3.0).abort == {order.id: "the earth fault has gone"}
    disabled = EarthScene()
    disabled.modes = dict.fromkeys(disabled.modes, Mode.DISABLED)
    disabled.fault(LINES[0])
    assert "automation is disabled on OBR2/K1/E03" in concluded(disabled)["reason"]
    assert disabled.decisions[-1].orders == ()


@pytest.mark.parametrize("kind", [Neutral.RESISTANCE, Neutral.SOLID])
def test_where_protection_has_to_trip_nothing_is_proposed(kind: Neutral) -> None:
    scene = EarthScene(kind=kind)
    scene.fault(LINES[0])
    case = concluded(scene)
    assert (case["order"], case["reason"]) == ("", "protection has to trip it; nothing is proposed")


def test_a_position_in_doubt_in_the_network_keeps_an_order_away() -> None:
    scene = EarthScene()
    handle = scene.register.handle(PointName("ST108/K1/E01/Q0", "CSWI1.Pos"))
    scene.samples[handle] = scene.samples[handle]._replace(quality=int(Quality.INVALID))
    scene.fault(LINES[1])
    case = concluded(scene)
    assert case["order"] == ""
