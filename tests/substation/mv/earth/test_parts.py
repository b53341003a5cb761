"""Parts of the application: settings with remedies, words of compensation, the clock of networks that hang together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.config import Table
from models.errors import ConfigError
from models.network.elements import GalvanicNetwork, Neutral
from models.point import Cdc, Handle, PointName, PointSpec, Sample
from substation.grid.neutral import Joined
from substation.image import ProcessImage
from substation.mv.earth.case import Case, Phase, load_state
from substation.mv.earth.clock import clock_of, duration
from substation.mv.earth.compensation import compensation_words
from substation.mv.earth.settings import EarthFaultSettings, read_earth_faults
from substation.register import PointRegister

COIL = "A/K1/E01/EFN1"
NETWORK = GalvanicNetwork("A", "A/BB1/N1", Neutral.RESONANT, 20.0, 200.0, COIL, 30.0, 0.04)


def table(content: dict[str, object]) -> Table:
    return Table(content, "unit.toml", [])


def image_with(coil_a: float, automatic: bool) -> ProcessImage:
    names = {"YEFN1.ECA": (Cdc.MV, coil_a), "ANCR1.Auto": (Cdc.SPS, automatic)}
    specs, samples = [], {}
    for at, (name, (cdc, value)) in enumerate(names.items(), 1):
        specs.append((Handle(at), PointSpec(PointName(COIL, name), cdc, "X")))
        samples[Handle(at)] = Sample(Handle(at), value, 0, 1, 1)
    return ProcessImage(1, PointRegister(specs), samples)


@pytest.mark.parametrize(
    ("capacitive_a", "coil_a", "automatic", "words"),
    [
        (100.0, 101.0, True, ["tuned with the coil at 101 A; 4 A stay"]),
        (100.0, 130.0, True, ["over-compensated by 30%", "30 A stay at the fault, until the coil is tuned anew"]),
        (100.0, 60.0, False, ["under-compensated by 40%", "not tuned automatically", "A permits 30 A at the fault"]),
        (250.0, 200.0, True, ["outside the range of the coil of A, 20 to 200 A"]),
    ],
)
def test_compensation_is_told_with_detuning_residual_current_and_range(
    capacitive_a: float, coil_a: float, automatic: bool, words: list[str]
) -> None:
    """Residual current: sqrt((I_L - I_C)^2 + (d I_C)^2), d = 0.04."""
    lines = "\n".join(
        compensation_words(image_with(coil_a, automatic), Joined(frozenset(), (NETWORK,), capacitive_a), "now")
    )
    assert all(each in lines for each in words), lines


def test_an_isolated_network_is_told_when_it_has_grown_too_large() -> None:
    isolated = replace(NETWORK, neutral=Neutral.ISOLATED, coil="")
    image = image_with(0.0, False)
    assert "A permits 30 A at the fault" in compensation_words(image, Joined(frozenset(), (isolated,), 31.0), "now")
    assert compensation_words(image, Joined(frozenset(), (isolated,), 29.0), "now")[1:] == ()


def test_of_networks_that_hang_together_the_shortest_duration_holds() -> None:
    case = Case("EF", "A and B", Phase.LOCATED.name, 10**9, 10**9, 10**9)
    settings = EarthFaultSettings(permitted_s={"A": 7200.0, "B": 3600.0})
    assert clock_of(case, ["A", "B"], settings).until_ns == 3601 * 10**9
    assert clock_of(case, ["A"], EarthFaultSettings(permitted_s={"A": None})).words.endswith("without limit")
    assert [duration(each) for each in (3.21, 45.0, 600.0, 7260.0)] == ["3.2 s", "45 s", "10 min", "2 h 01 min"]


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        ({"permitted_s": {"A": "for ever"}}, 'or "unlimited"'),
        ({"permitted_s": {"A": 0}}, 'or "unlimited"'),
        ({"certainty": 1.5}, "from 0.5 to 0.9999"),
        ({"patience_s": 1.0}, "known keys"),
    ],
)
def test_settings_out_of_range_are_refused_with_a_remedy(content: dict[str, object], remedy: str) -> None:
    with pytest.raises(ConfigError, match=remedy):
        read_earth_faults(table(content))


def test_settings_are_read() -> None:
    found = read_earth_faults(table({"permitted_s": {"A": 7200, "B": "unlimited"}, "warning_s": 60.0}))
    assert (found.permitted_s, found.warning_s) == ({"A": 7200.0, "B": None}, 60.0)


@pytest.mark.parametrize("plain", [None, {}, {"version": 1}, {"version": 1, "cases": [{"phase": "X"}]}])
def test_a_stored_state_of_another_version_is_refused(plain: object) -> None:
    with pytest.raises(ValueError, match="stored"):
        load_state(plain)  # type: ignore[arg-type]
