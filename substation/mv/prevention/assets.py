"""Sections and transformers of a network, with what decides how often they fail."""

from __future__ import annotations

from collections.abc import Mapping

from models.network.elements import Line
from substation.forecast.hazard.asset import Asset, AssetFacts, with_facts
from substation.forecast.hazard.published import AssetKind
from substation.grid.topology import Topology

CABLE_FROM_F_PER_M = 50e-12
"""Capacitance that tells a cable (100 nF/km and more) from an overhead line (about 10 nF/km)."""


def assets_of(topology: Topology, facts: Mapping[str, AssetFacts]) -> tuple[Asset, ...]:
    """All lines, then all transformers, in the order of the network."""
    network = topology.network
    lines = [
        Asset(each.id, kind_of(each), each.length_m / 1000.0, _feeder(topology, each.id)) for each in network.lines
    ]
    transformers = [Asset(each.id, AssetKind.TRANSFORMER, 1.0, "") for each in network.transformers]
    return tuple(with_facts(each, facts) for each in (*lines, *transformers))


def kind_of(line: Line) -> AssetKind:
    if line.length_m > 0 and line.capacitance_f / line.length_m >= CABLE_FROM_F_PER_M:
        return AssetKind.CABLE
    return AssetKind.OVERHEAD


def _feeder(topology: Topology, element: str) -> str:
    """The bay at the primary substation, whatever reclosers stand in the line."""
    feeders = topology.feeders_of(element, topology.normal_tree)
    return feeders[-1].id if feeders else ""
