"""What a sectionaliser that has opened in a dead time says, and when nothing counts as isolated."""

from __future__ import annotations

import pytest

from models.network.line_switches import with_sectionalisers
from models.point import Dbpos
from models.quality import Quality
from substation.grid.topology import Topology
from substation.mv.fdir import Fdir
from tests.substation.mv.scene import Scene, Times, oberrhein

FAULT, FEEDER, SWITCH, BEYOND = "L041/W041", "OBR2/K1/E03", "ST29/K1/E01/Q0", "ST269/K1/E02/Q0"


@pytest.fixture(scope="module")
def fdir() -> Fdir:
    return Fdir(Topology(with_sectionalisers(oberrhein(), {SWITCH: 2, BEYOND: 3})), Times())


@pytest.fixture
def scene(fdir: Fdir) -> Scene:
    made = Scene(with_sectionalisers(oberrhein(), {SWITCH: 2, BEYOND: 3}), fdir)
    made.quiet()
    return made


def _reclosed(scene: Scene, quality: Quality = Quality.GOOD, opened: tuple[str, ...] = (SWITCH,)) -> dict:
    """The fault, two trips, the sectionaliser opens, the feeder comes back; the case."""
    shown = scene.indications(FAULT)
    scene.fault(FAULT, final=False, flags=False)
    scene.time_ns += 10**9
    for location, variable in shown.items():
        scene.put(location, variable, True)
    for switch in opened:
        scene.position(switch, Dbpos.OFF, quality)
    scene.step(1.0)
    scene.position(f"{FEEDER}/Q0", Dbpos.ON)
    scene.put(FEEDER, "RREC1.AutoRecSt", 3)
    for _ in range(5):
        scene.step(1.0)
    return scene.case(FEEDER)


def test_the_section_is_located_and_no_plan_feeds_it_until_the_sectionaliser_is_closed_again(scene: Scene) -> None:
    case = _reclosed(scene)
    assert case["state"] == "handed over to people"
    assert case["zone"] == [FAULT]
    assert f"the fault lies in {FAULT} with" in case["reason"]
    assert "open ST108/K1/E01/Q0" in case["reason"]
    scene.put(FEEDER, "RREC1.AutoRecSt", 1)
    for _ in range(4):
        scene.step(200.0)
    assert scene.case(FEEDER)["zone"] == [FAULT], "it stays while the sectionaliser is open"
    scene.position(SWITCH, Dbpos.ON)
    scene.step(301.0)
    scene.step(1.0)
    assert scene.decisions[-1].results["Cases"]["cases"] == []


def test_a_position_in_doubt_isolates_nothing(scene: Scene) -> None:
    case = _reclosed(scene, Quality.INVALID)
    assert case["zone"] == []
    assert f"S14: {SWITCH} is not open for certain" in case["reason"]


def test_of_two_on_one_way_the_last_one_has_the_fault_behind_it(scene: Scene) -> None:
    case = _reclosed(scene, opened=(SWITCH, BEYOND))
    assert case["zone"] == [FAULT]
    assert f"{BEYOND} has counted the fault and stands open" in case["reason"]
