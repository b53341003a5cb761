"""Capacitive current that passes into each zone of a galvanic network when an earth fault lies in or below it."""

from __future__ import annotations

from collections.abc import Mapping
from math import pi, sqrt

from models.network.completion import earth_capacitance_f
from substation.grid.topology import Topology
from substation.mv.earth.tree import NetworkTree


def zone_currents_a(topology: Topology) -> Mapping[int, float]:
    """What the lines of each zone add to an earth fault: sqrt(3) U omega C0, in A."""
    network, arrays = topology.network, topology.arrays
    found: dict[int, float] = {}
    for number, line in enumerate(network.lines):
        node = int(arrays.branch_from[number])
        capacitance_f = earth_capacitance_f(line.capacitance_f, line.earth_capacitance_f)
        current_a = sqrt(3.0) * 2 * pi * network.frequency_hz * capacitance_f * network.nodes[node].nominal_voltage_v
        zone = int(topology.zone_of_node[node])
        found[zone] = found.get(zone, 0.0) + current_a
    return found


def entering_a(tree: NetworkTree, own_a: Mapping[int, float]) -> Mapping[int, float]:
    """By zone: everything but what lies in or below it; own_a: of each zone."""
    below = {zone: own_a.get(zone, 0.0) for zone in tree.zones}
    for zone in reversed(tree.zones):
        if zone in tree.above:
            below[tree.above[zone]] += below[zone]
    total_a = sum(below[zone] for zone in tree.zones if zone not in tree.above)
    return {zone: total_a - below[zone] for zone in tree.zones}
