"""Distance to the fault as the relay tells it (RFLO, IEC 61850-7-4), against the zones of the feeder."""

from __future__ import annotations

from models.network.elements import Line
from models.point import PointName
from substation.grid.location.distance import by_interval
from substation.grid.topology import Topology, Tree
from substation.image import Missing, ProcessImage
from substation.mv.feeder_tree import FeederTree
from substation.mv.reading import number, time_of
from substation.mv.witnesses import ZoneNearness

DISTANCE = "RFLO1.FltDiskm"
LEAST_ERROR_M = 50.0
"""A relay's line data and the place of joints are not known better."""


def measured_nearness(
    image: ProcessImage, topology: Topology, tree: Tree, fed: FeederTree, since_ns: int
) -> ZoneNearness | None:
    """None where no locator has measured in this event, or not validly. since_ns: earliest time tag of this event."""
    name = PointName(fed.feeder.id, DISTANCE)
    sample, distance_km = image.read(name), number(image, name.location, name.variable)
    if isinstance(sample, Missing) or isinstance(distance_km, Missing) or time_of(sample) < since_ns:
        return None
    if distance_km <= 0:
        return None
    stretches = _stretches(topology, tree, fed)
    rated = by_interval(list(stretches.values()), 1000 * distance_km, LEAST_ERROR_M)
    by_zone = dict(zip(stretches, zip(rated.likelihood, rated.far, strict=True), strict=True))
    return ZoneNearness(by_zone, f"{name} says {distance_km:g} km")


def _stretches(topology: Topology, tree: Tree, fed: FeederTree) -> dict[int, tuple[float, float]]:
    """By zone the length of line in m from the breaker to where it begins, and to where it ends farthest."""
    lines, zone_of = topology.network.lines, topology.zone_of_node
    length_m: dict[int, float] = {}
    found: dict[int, tuple[float, float]] = {}
    for node in (int(each) for each in tree.order if int(each) in fed.nodes):
        branch, above = int(tree.parent_branch[node]), int(tree.parent_node[node])
        length_m[node] = length_m.get(above, 0.0) + _length_m(lines, branch)
        zone = int(zone_of[node])
        begins, ends = found.get(zone, (length_m[node], length_m[node]))
        found[zone] = min(begins, length_m[node]), max(ends, length_m[node])
    return {zone: found[zone] for zone in fed.way}


def _length_m(lines: tuple[Line, ...], branch: int) -> float:
    """Branches are numbered lines first."""
    return lines[branch].length_m if branch < len(lines) else 0.0
