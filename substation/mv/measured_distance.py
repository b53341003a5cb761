"""Distance to the fault as the relay tells it (RFLO, IEC 61850-7-4), against the zones of the feeder.

The relay turns reactance into distance by line data that fit the normal diagram: of a zone that the feeder feeds only
now they say nothing. What generators beyond the relay feed into the resistance of an arc looks like reactance, so the
distance is worth the less, the more resistance the relay's impedance shows beyond that of the line.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from models.network.elements import Line
from models.point import PointName
from substation.grid.arrays import BASE_POWER_VA
from substation.grid.location.distance import by_interval
from substation.grid.positions import normal_positions
from substation.grid.short_circuit import Case, ShortCircuits
from substation.grid.topology import Topology, Tree
from substation.image import Missing, ProcessImage
from substation.mv.feeder_tree import FeederTree, topology_below
from substation.mv.reading import number, time_of
from substation.mv.witnesses import CONVERTERS, ZoneNearness

DISTANCE, IMPEDANCE = "RFLO1.FltDiskm", "RFLO1.FltZ"
LEAST_ERROR_M = 50.0
"""A relay's line data and the place of joints are not known better."""
CONVERTER_PU, MACHINE_PU = 1.2, 5.0
"""Short-circuit current over the rated one: that converters are built for, that machines give after some periods."""
SPREAD = 2.0
"""Over the infeed at rated voltage behind the short-circuit current of the relay, in phase opposition at worst."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Of a zone: m from the breaker to where it begins and ends farthest; impedance in ohms up to there."""

    near_m: float
    far_m: float
    near_ohm: complex
    far_ohm: complex

    def with_point(self, at_m: float, at_ohm: complex) -> _Stretch:
        """That reaches to there too."""
        if at_m < self.near_m:
            return _Stretch(at_m, self.far_m, at_ohm, self.far_ohm)
        return _Stretch(self.near_m, at_m, self.near_ohm, at_ohm) if at_m > self.far_m else self

    def slack_m(self, impedance_ohm: float, infeed_pu: float) -> float:
        """How far infeed into the resistance at the fault may have moved the distance, if the fault were here."""
        if self.far_ohm.imag <= 0.0:
            return 0.0
        resistance_ohm = max(impedance_ohm - abs(self.near_ohm), 0.0)
        return infeed_pu * resistance_ohm * self.far_m / self.far_ohm.imag


def measured_nearness(
    image: ProcessImage, topology: Topology, tree: Tree, fed: FeederTree, since_ns: int
) -> ZoneNearness | None:
    """None where no locator has measured in this event, or not validly. since_ns: earliest time tag of this event."""
    distance_km = _of_event(image, PointName(fed.feeder.id, DISTANCE), since_ns)
    if distance_km is None:
        return None
    impedance_ohm = _of_event(image, PointName(fed.feeder.id, IMPEDANCE), since_ns) or 0.0
    infeed_pu = _infeed_pu(topology, tree, fed, impedance_ohm) if impedance_ohm else 0.0
    stretches, distance_m = _stretches(topology, tree, fed), 1000 * distance_km
    slack_m = {zone: each.slack_m(impedance_ohm, infeed_pu) for zone, each in stretches.items()}
    intervals = [(each.near_m - slack_m[zone], each.far_m + slack_m[zone]) for zone, each in stretches.items()]
    rated = by_interval(intervals, distance_m, LEAST_ERROR_M)
    known = _normally_fed(topology, fed)
    by_zone = {
        zone: (near, far) if zone in known else (0.0, False)
        for zone, near, far in zip(stretches, rated.likelihood, rated.far, strict=True)
    }
    return ZoneNearness(by_zone, f"{fed.feeder.id}/{DISTANCE} says {distance_km:g} km")


def _of_event(image: ProcessImage, name: PointName, since_ns: int) -> float | None:
    sample, value = image.read(name), number(image, name.location, name.variable)
    if isinstance(sample, Missing) or isinstance(value, Missing) or time_of(sample) < since_ns:
        return None
    return value if 0 < value < inf else None


def _infeed_pu(topology: Topology, tree: Tree, fed: FeederTree, impedance_ohm: float) -> float:
    """Current of the generators below the breaker over that of the relay, with its spread."""
    network, index = topology.network, topology.arrays.node_index
    below_w = [
        (CONVERTER_PU if each.kind.lower() in CONVERTERS else MACHINE_PU) * each.rated_power_w
        for each in network.generators
        if index[each.node] in fed.nodes
    ]
    busbar = topology.nodes_of_element[fed.feeder.breaker][0]
    nominal_v = float(topology.arrays.nominal_voltage_v[busbar])
    behind_pu = ShortCircuits(topology).impedances_pu(tree, [busbar], Case.LEAST).get(busbar, 0j)
    behind_ohm = abs(behind_pu) * nominal_v**2 / BASE_POWER_VA
    return SPREAD * sum(below_w) * (impedance_ohm + behind_ohm) / nominal_v**2


def _stretches(topology: Topology, tree: Tree, fed: FeederTree) -> dict[int, _Stretch]:
    lines, zone_of = topology.network.lines, topology.zone_of_node
    reached: dict[int, tuple[float, complex]] = {}
    found: dict[int, _Stretch] = {}
    for node in (int(each) for each in tree.order if int(each) in fed.nodes):
        branch, above = int(tree.parent_branch[node]), int(tree.parent_node[node])
        length_m, impedance_ohm = _added(lines, branch)
        before_m, before_ohm = reached.get(above, (0.0, 0j))
        here = reached[node] = before_m + length_m, before_ohm + impedance_ohm
        zone = int(zone_of[node])
        known = found.get(zone, _Stretch(here[0], here[0], here[1], here[1]))
        found[zone] = known.with_point(*here)
    return {zone: found[zone] for zone in fed.way}


def _added(lines: tuple[Line, ...], branch: int) -> tuple[float, complex]:
    """Branches are numbered lines first."""
    if branch >= len(lines):
        return 0.0, 0j
    line = lines[branch]
    return line.length_m, complex(line.resistance_ohm, line.reactance_ohm)


def _normally_fed(topology: Topology, fed: FeederTree) -> frozenset[int]:
    """Zones that the breaker feeds in the normal diagram."""
    normal = topology.tree(normal_positions(topology.network).closed)
    return frozenset(int(topology.zone_of_node[node]) for node in topology_below(topology, normal, fed.feeder))
