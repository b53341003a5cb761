"""S16: between which voltages a regulator's set-point may lie."""

from __future__ import annotations

from dataclasses import replace

from models.network.elements import Network
from models.point import Cdc, ControlModel, PointName, PointSpec
from substation.control.regulating_range import Range, range_of
from tests.substation.mv.scene import oberrhein

NETWORK = oberrhein()


def _range(location: str, network: Network = NETWORK) -> Range | None:
    name = PointName(location, "AVCO1.VolSpt")
    return range_of(PointSpec(name, Cdc.APC, "OBR1", unit="V", control_model=ControlModel.DIRECT_NORMAL), network)


def test_a_set_point_lies_within_the_limits_behind_its_transformer() -> None:
    assert _range("OBR1/T1") == Range(18_000.0, 22_000.0)
    narrow = replace(NETWORK, limits=replace(NETWORK.limits, voltage_max_pu=1.05))
    assert _range("OBR1/T1", narrow) == Range(18_000.0, 21_000.0)


def test_nobody_knows_it_elsewhere_or_where_only_the_topology_is_known() -> None:
    assert _range("ST1/K1/BB1") is None
    assert _range("OBR1/T1", replace(NETWORK, topology_only=True)) is None
