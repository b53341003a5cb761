"""Between which values a point may be regulated: the network's knowledge, narrowed by the device's own limits (S16)."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.network.elements import Network
from models.network.reader import read_network
from models.point import Cdc, Limits, PointName, PointSpec
from substation.control.regulating_range import Range, range_of

FILE = Path(__file__).parents[3] / "examples" / "oberrhein" / "network.json"


@pytest.fixture(scope="module")
def network() -> Network:
    return read_network(FILE.read_text(encoding="utf-8"), FILE.name)


@pytest.mark.parametrize(
    ("unit", "limits", "wanted"),
    [
        ("%", None, Range(0.0, 100.0)),
        ("%", Limits(-10.0, 50.0), Range(0.0, 50.0)),
        ("%", Limits(least=20.0), Range(20.0, 100.0)),
        ("%", Limits(0.0, 1000.0), Range(0.0, 100.0)),
        ("Hz", Limits(10.0, 80.0), Range(10.0, 80.0)),
        ("Hz", Limits(greatest=80.0), None),
        ("Hz", None, None),
    ],
)
def test_a_device_narrows_what_the_network_allows_and_stands_in_where_it_knows_nothing(
    network: Network, unit: str, limits: Limits | None, wanted: Range | None
) -> None:
    spec = PointSpec(PointName("nowhere", "GAPC1.AnOut1"), Cdc.APC, "L", unit=unit, limits=limits)
    assert range_of(spec, network) == wanted
