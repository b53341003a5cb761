"""Could more be fed? An independent look at a restored grid: any further area that a switch could join within limits.

An area is what remote-controlled switches can separate: zones joined by closed switches without remote control. For
each dark, healthy area beside a fed one: separate it, close the switch between the two, let the power flow judge, and
go on from there. When no area can be added, the restoration is maximal (which is less than optimal).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from models.network.elements import Network
from sim_ied.physics import Injections, Physics
from sim_ied.topology import Bools, Ints, Topology

MARGIN, MARGIN_PU = 0.9, 0.015
"""Loadings count up to this share of their limit, voltages with this distance: the unit decides with readings of the
loads before the fault, and with a reserve, not with these loads."""


@dataclass(frozen=True, slots=True)
class Grid:
    """What is looked at. faulted: nodes of faulted areas; injections: of this instant."""

    network: Network
    topology: Topology
    physics: Physics
    closed: Bools
    faulted: Bools
    injections: Injections


def restorable_nodes(grid: Grid) -> Bools:
    """Nodes that are dark though switching could feed them within limits, area after area."""
    remote = np.array([switch.remote for switch in grid.network.switches], np.bool_)
    areas = grid.topology.zones(grid.closed & ~remote)
    found = np.zeros(len(grid.network.nodes), np.bool_)
    refused: set[tuple[int, int]] = set()
    while candidate := next((each for each in _candidates(grid, remote, areas) if each not in refused), None):
        switch, area = candidate
        inside = areas == area
        closed = _joined(grid, remote, inside, switch)
        if _is_possible(grid, closed, inside):
            grid = replace(grid, closed=closed)
            found |= inside
        else:
            refused.add(candidate)
    return found


def faulted_areas(network: Network, topology: Topology, closed: Bools, nodes: list[int]) -> Bools:
    """Nodes of the areas that hold one of these nodes."""
    remote = np.array([switch.remote for switch in network.switches], np.bool_)
    areas = topology.zones(closed & ~remote)
    inside: Bools = np.isin(areas, areas[nodes])
    return inside


def _candidates(grid: Grid, remote: Bools, areas: Ints) -> Iterator[tuple[int, int]]:
    """Open remote switches with a fed node on one side and a dark healthy one on the other: (switch, dark area)."""
    fed = grid.topology.supply(grid.closed).fed
    for switch in np.flatnonzero(remote & ~grid.closed & grid.topology.joins).tolist():
        ends = (grid.topology.switch_from[switch], grid.topology.switch_to[switch])
        for near, far in (ends, ends[::-1]):
            if fed[near] and not fed[far] and not grid.faulted[far] and not grid.faulted[near]:
                yield switch, int(areas[far])


def _joined(grid: Grid, remote: Bools, inside: Bools, switch: int) -> Bools:
    """Closed switches after the area has been separated and joined over this switch."""
    boundary = remote & (inside[grid.topology.switch_from] != inside[grid.topology.switch_to])
    closed: Bools = grid.closed & ~boundary
    closed[switch] = True
    return closed


def _is_possible(grid: Grid, closed: Bools, inside: Bools) -> bool:
    """The area fed once, and nothing anywhere beyond its limits."""
    supply = grid.topology.supply(closed)
    if len(supply.doubly_fed_parts) or not supply.fed[inside].all():
        return False
    flows, limits = grid.physics.flow(closed, grid.injections), grid.network.limits
    nominal_v = np.array([node.nominal_voltage_v for node in grid.network.nodes])
    voltage_pu = (flows.voltage_v / nominal_v)[supply.fed]
    return bool(
        voltage_pu.min() >= limits.voltage_min_pu + MARGIN_PU
        and voltage_pu.max() <= limits.voltage_max_pu - MARGIN_PU
        and (flows.line_loading_pu <= limits.line_loading_pu * MARGIN).all()
        and (flows.transformer_loading_pu <= limits.transformer_loading_pu * MARGIN).all()
    )
