"""A coil that does not fit the lines in service is told without any earth fault, with figures and what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.alarm import Severity
from models.network.elements import Neutral
from models.point import Cdc, Dbpos, Handle, PointName, PointSpec
from models.quality import Quality
from substation.grid.topology import Topology
from substation.mv.earth.application import EarthFaults
from substation.mv.earth.settings import EarthFaultSettings
from substation.register import PointRegister
from tests.substation.mv.earth.scene import EarthScene

NETWORK, COIL = "OBR2/K1", "OBR2/K1/E01/EFN1"
CAPACITIVE_A = 182.0
"""Of NETWORK as it is fed normally."""


@pytest.fixture
def scene() -> EarthScene:
    made = EarthScene()
    known = list(made.register.items())
    names = (("YEFN1.ECA", Cdc.MV), ("ANCR1.Auto", Cdc.SPC))
    new = [PointSpec(PointName(COIL, name), cdc, "OBR2") for name, cdc in names]
    made.register = PointRegister([*known, *((Handle(len(known) + at), spec) for at, spec in enumerate(new, 1))])
    made.put(COIL, "ANCR1.Auto", False)
    made.put(COIL, "YEFN1.ECA", 1.05 * CAPACITIVE_A)
    return made


def _coil(scene: EarthScene) -> dict:
    (coil,) = scene.decisions[-1].results["EarthFaults"]["coils"]
    return coil


def _pass(scene: EarthScene, seconds: int) -> None:
    for _ in range(seconds // 10):
        scene.step(10.0)


def test_a_coil_that_fits_is_shown_and_not_told(scene: EarthScene) -> None:
    _pass(scene, 200)
    assert (_coil(scene)["state"], scene.told) == ("fits", [])
    assert _coil(scene)["capacitive_a"] == pytest.approx(CAPACITIVE_A, abs=0.6)
    assert _coil(scene)["detuning_pu"] == pytest.approx(0.05, abs=0.01)


@pytest.mark.parametrize(("share", "side"), [(0.7, "under-compensated by 30%"), (1.5, "over-compensated by 50%")])
def test_a_coil_that_does_not_is_told_once_with_figures_and_remedy_and_again_when_it_fits(
    scene: EarthScene, share: float, side: str
) -> None:
    scene.put(COIL, "YEFN1.ECA", share * CAPACITIVE_A)
    _pass(scene, 60)
    assert scene.told == [], "its controller may be on its way"
    _pass(scene, 120)
    (told,) = scene.told
    assert NETWORK in told
    assert side in told
    assert f"coil at {share * CAPACITIVE_A:.0f} A, 182 A of capacitive current" in told
    assert "set the coil to 191 A, or its controller to automatic" in told
    assert [event.severity for each in scene.decisions for event in each.events] == [Severity.HIGH]
    assert _coil(scene)["state"] == "mistuned"
    scene.put(COIL, "YEFN1.ECA", CAPACITIVE_A)
    _pass(scene, 20)
    assert "coil fits again: 182 A" in scene.told[-1]
    assert len(scene.told) == 2


def test_a_controller_that_follows_in_time_is_not_told(scene: EarthScene) -> None:
    scene.put(COIL, "YEFN1.ECA", 100.0)
    _pass(scene, 30)
    scene.put(COIL, "YEFN1.ECA", 190.0)
    _pass(scene, 200)
    assert scene.told == []


def test_after_a_reconfiguration_it_counts_what_hangs_together_then(scene: EarthScene) -> None:
    """A feeder's breaker opens and takes its lines away."""
    _pass(scene, 20)
    scene.put("OBR2/K1/E04/Q0", "CSWI1.Pos", Dbpos.OFF)
    _pass(scene, 100)
    assert "over-compensated" in scene.told[-1]
    assert "182 A" not in scene.told[-1]


@pytest.mark.parametrize(
    ("automatic", "share", "remedy"),
    [
        (True, 0.5, "automatic and does not follow"),
        (False, 0.5, "set the coil to"),
    ],
)
def test_the_remedy_fits_the_coil(scene: EarthScene, automatic: bool, share: float, remedy: str) -> None:
    scene.put(COIL, "ANCR1.Auto", automatic)
    scene.put(COIL, "YEFN1.ECA", share * CAPACITIVE_A)
    _pass(scene, 100)
    assert remedy in scene.told[-1]


def test_beyond_its_range_lines_have_to_go_elsewhere(scene: EarthScene) -> None:
    network = scene.network
    small = tuple(replace(each, coil_max_a=100.0) for each in network.galvanic_networks)
    scene.application = EarthFaults(Topology(replace(network, galvanic_networks=small)), EarthFaultSettings())
    scene.put(COIL, "YEFN1.ECA", 100.0)
    _pass(scene, 100)
    assert "the coil reaches 100 A: feed lines with 87 A from another network" in scene.told[-1]


def test_what_stays_at_a_fault_counts_too(scene: EarthScene) -> None:
    """Within a wide detuning, yet 60 A are permitted."""
    wide = EarthFaultSettings(detuning_least_pu=-0.9, detuning_most_pu=2.0)
    scene.application = EarthFaults(scene.topology, wide)
    scene.put(COIL, "YEFN1.ECA", 2 * CAPACITIVE_A)
    _pass(scene, 100)
    assert "would stay at a fault, 60 A are permitted" in scene.told[-1]


@pytest.mark.parametrize("unknown", ["coil", "position", "earth fault"])
def test_what_is_not_known_is_not_judged(scene: EarthScene, unknown: str) -> None:
    scene.put(COIL, "YEFN1.ECA", 100.0, Quality.INVALID if unknown == "coil" else Quality.GOOD)
    if unknown == "position":
        scene.put("OBR2/K1/E04/Q0", "CSWI1.Pos", Dbpos.OFF, Quality.INVALID)
    if unknown == "earth fault":
        scene.fault("L041/W041")
    _pass(scene, 200)
    assert not any("coil mistuned" in each for each in scene.told)


def test_isolated_networks_have_no_coil() -> None:
    scene = EarthScene(kind=Neutral.ISOLATED)
    scene.step(100.0)
    assert scene.decisions[-1].results["EarthFaults"] == {"cases": []}
