"""What a distance told by a relay says of the zones: less with an arc fed from beyond, nothing off its line data."""

from __future__ import annotations

import numpy as np
import pytest

from models.network.elements import Network
from models.point import Cdc, Handle, PointName, PointSpec, Sample
from substation.grid.positions import normal_positions
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.mv.feeder_tree import FeederTree, feeder_tree
from substation.mv.measured_distance import DISTANCE, IMPEDANCE, measured_nearness
from substation.mv.witnesses import ZoneNearness
from substation.register import PointRegister

FEEDER, LINE, NOW_NS = "OBR2/K1/E03", "L041/W041", 1_790_000_000_000_000_000
AT_KM, BOLTED_OHM = 6.9, 1.62
"""Where LINE is, and the impedance up to there."""


def _nearness(topology: Topology, distance_km: float, impedance_ohm: float, closed=None) -> ZoneNearness | None:
    specs = [PointSpec(PointName(FEEDER, each), Cdc.MV, "OBR2") for each in (DISTANCE, IMPEDANCE)]
    values = zip(specs, (distance_km, impedance_ohm), strict=True)
    known = [(Handle(number), spec, value) for number, (spec, value) in enumerate(values, 1)]
    image = ProcessImage(
        NOW_NS,
        PointRegister([(handle, spec) for handle, spec, _ in known]),
        {handle: Sample(handle, value, 0, NOW_NS, NOW_NS) for handle, _, value in known},
        {},
        {},
    )
    tree = topology.tree(normal_positions(topology.network).closed if closed is None else closed)
    return measured_nearness(image, topology, tree, _fed(topology, closed), NOW_NS)


def _fed(topology: Topology, closed=None) -> FeederTree:
    feeder = next(each for each in topology.network.feeders if each.id == FEEDER)
    tree = topology.tree(normal_positions(topology.network).closed if closed is None else closed)
    return feeder_tree(topology, tree, feeder)


def _excluded(found: ZoneNearness | None) -> int:
    assert found is not None
    return sum(far for _, far in found.by_zone.values())


def test_a_bolted_fault_excludes_what_is_elsewhere_and_an_arc_less_of_it(topology: Topology) -> None:
    bolted, arc = (_nearness(topology, AT_KM, each) for each in (BOLTED_OHM, 5.0))
    here = topology.zone_of(LINE)
    assert bolted is not None
    assert here is not None
    assert bolted.by_zone[here][1] is False
    assert _excluded(bolted) > 0.5 * len(bolted.by_zone)
    assert 0 < _excluded(arc) < _excluded(bolted)
    assert f"{FEEDER}/RFLO1.FltDiskm says 6.9 km" in bolted.words


def test_nothing_is_said_of_zones_that_another_feeder_normally_feeds(topology: Topology, network: Network) -> None:
    """The tie ST132/K1/E01/Q0 is closed, and the neighbour is fed from here."""
    closed = normal_positions(network).closed.copy()
    index = topology.arrays.switch_index
    closed[index["ST132/K1/E01/Q0"]], closed[index["OBR1/K1/E04/Q0"]] = True, False
    found = _nearness(topology, AT_KM, BOLTED_OHM, closed)
    own = set(_fed(topology).way)
    assert found is not None
    strange = set(found.by_zone) - own
    assert strange
    assert {found.by_zone[each] for each in strange} == {(0.0, False)}
    assert any(found.by_zone[each][1] for each in own)


@pytest.mark.parametrize("distance_km", [0.0, -1.0, float(np.nan), float(np.inf)])
def test_no_distance_says_nothing(topology: Topology, distance_km: float) -> None:
    assert _nearness(topology, distance_km, BOLTED_OHM) is None
