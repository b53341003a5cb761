"""Readings of a feeder's devices as witnesses of where the fault lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from models.network.elements import Network
from substation.grid.location.evidence import Shown, Witness
from substation.grid.location.reliability import RATES, DeviceKind, Health
from substation.grid.topology import Topology
from substation.mv.feeder_tree import FeederTree
from substation.mv.indication import Indication

CONVERTERS = frozenset({"pv", "battery", "storage", "bess", "fuel cell"})
"""Kinds of generators that feed a short circuit with little more than their rated current, which no indicator answers
to: it has to bear the same current in normal operation. All others count as machines."""


@dataclass(frozen=True, slots=True)
class ZoneNearness:
    """What the relay measured: by zone the logarithm of its likelihood and whether it speaks against the zone."""

    by_zone: Mapping[int, tuple[float, bool]]
    words: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """shown: readings of all indicators that touch the feeder, by switch; text: why one is no evidence. quiet: switches
    whose indicator's silence is none, since its battery is low. opened: switches of reclosers and sectionalisers below
    the breaker that have opened in this event by themselves."""

    shown: Mapping[str, Indication | str]
    quiet: frozenset[str] = frozenset()
    opened: tuple[str, ...] = ()
    nearness: ZoneNearness | None = field(default=None)


def witnesses(topology: Topology, tree: FeederTree, order: Sequence[int], evidence: Evidence) -> list[Witness]:
    """order: zones in the order of the places."""
    machines = _with_machines(topology, tree)
    indicator = RATES[DeviceKind.DIRECTIONAL, Health.SUPERVISED]
    found = []
    for place, zone in enumerate(order):
        step = tree.way[zone][-1] if zone in tree.above else tree.first
        if step is None:
            continue
        switch, along = step
        if switch in evidence.shown:
            shown = _shown(evidence, switch, along)
            found.append(Witness(switch, place, shown, indicator, infeed=zone in machines))
        if switch in evidence.opened and zone in tree.above:
            found.append(Witness(switch, place, Shown.PASSED, RATES[DeviceKind.SECTIONALISER, Health.SUPERVISED]))
    return found


def astray(tree: FeederTree, evidence: Evidence) -> tuple[str, ...]:
    """Indicators that show a fault where none can flow: at switches that were open."""
    passed = {switch for way in tree.way.values() for switch, _ in way}
    passed |= {tree.first[0]} if tree.first is not None else set()
    return tuple(
        switch
        for switch, shown in evidence.shown.items()
        if switch not in passed and shown in (Indication.FORWARD, Indication.REVERSE)
    )


def _shown(evidence: Evidence, switch: str, along: Indication) -> Shown:
    shown = evidence.shown[switch]
    if isinstance(shown, str) or (shown is Indication.CLEAR and switch in evidence.quiet):
        return Shown.UNKNOWN
    if shown is Indication.CLEAR:
        return Shown.SILENT
    return Shown.PASSED if shown is along else Shown.AGAINST


def _with_machines(topology: Topology, tree: FeederTree) -> frozenset[int]:
    """Zones with a machine in or below them."""
    found = set[int]()
    for zone in _machine_zones(topology, topology.network):
        while zone in tree.way and zone not in found:
            found.add(zone)
            zone = tree.above.get(zone, zone)
    return frozenset(found)


def _machine_zones(topology: Topology, network: Network) -> set[int]:
    return {
        int(topology.zone_of_node[topology.arrays.node_index[each.node]])
        for each in network.generators
        if each.kind.lower() not in CONVERTERS
    }
