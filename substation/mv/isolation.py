"""Isolation: the smallest area around a fault that open and remote-controlled switches can cut off.

The boundary starts as the switches of the located zone. What is certainly open isolates in any case, whoever operates
it; the tripped breaker is one of them and stays open. What is closed and can be opened from here will be. What can not
be opened extends the area to its other side. Only opening commands follow from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.network.elements import Switch
from substation.grid.positions import Positions
from substation.grid.topology import Topology


@dataclass(frozen=True, slots=True)
class Isolation:
    """zones: the area. to_open: switches that must open, in the order of the network. open_already: bounding the area.

    extended: why the area is larger than the located zone, in words.
    """

    zones: frozenset[int]
    to_open: tuple[Switch, ...]
    open_already: tuple[Switch, ...]
    extended: tuple[str, ...]


def isolate(
    topology: Topology, located: frozenset[int], positions: Positions, why_not_open: Mapping[str, str]
) -> Isolation:
    """why_not_open: by switch id '' or the reason, for every switch that may bound the area."""
    zones = set(located)
    extended: list[str] = []
    while True:
        bounding = [switch for switch in _bounding(topology, zones) if not _is_open(topology, positions, switch)]
        stuck = [(switch, why_not_open[switch.id]) for switch in bounding if why_not_open[switch.id]]
        if not stuck:
            break
        for switch, reason in stuck:
            extended.append(f"the area is extended beyond {switch.id}: {reason}")
            zones |= _zones_of(topology, switch)
    already = tuple(switch for switch in _bounding(topology, zones) if _is_open(topology, positions, switch))
    return Isolation(frozenset(zones), tuple(bounding), already, tuple(dict.fromkeys(extended)))


def _zones_of(topology: Topology, switch: Switch) -> set[int]:
    return {int(topology.zone_of_node[node]) for node in topology.nodes_of_element[switch.id]}


def _bounding(topology: Topology, zones: set[int]) -> list[Switch]:
    """Switches with one side in the area and one outside."""
    return [
        switch
        for switch in topology.network.switches
        if switch.to_node and len(_zones_of(topology, switch) & zones) == 1 and _zones_of(topology, switch) - zones
    ]


def _is_open(topology: Topology, positions: Positions, switch: Switch) -> bool:
    return bool(positions.open[topology.arrays.switch_index[switch.id]])
