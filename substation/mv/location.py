"""Fault location: the zone of the tripped feeder that the directional indicators single out.

A fault in a zone sets every indicator on the way from the breaker to it, in the direction of the way (forward where it
leaves a busbar, reverse where it enters one), and no other indicator of the feeder: infeed of generators stays below
their pickup. A zone is a candidate; it is rejected by the first indicator that says otherwise, or cannot be relied on.
Zones without an indicator between them cannot be told apart and are taken together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.network.elements import Feeder, Switch
from substation.grid.topology import Topology, Tree
from substation.mv.indication import Indication

SHOWN = 8
"""Rejected candidates that are listed, those with the fewest contradictions first."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """zone: ids of its lines and busbars. rejected_by: '' for the located one."""

    zone: tuple[str, ...]
    rejected_by: str


@dataclass(frozen=True, slots=True)
class Location:
    """zones: numbers of the located zones, empty in doubt. doubt: the reason in words, naming the devices."""

    zones: frozenset[int]
    candidates: tuple[Candidate, ...]
    doubt: str


@dataclass(frozen=True, slots=True)
class FeederTree:
    """The tripped feeder before the fault. way: by zone, the switches from the breaker down with the direction in which
    fault current passes their indicators. switches: all that touch the feeder, open ones too."""

    feeder: Feeder
    nodes: frozenset[int]
    way: Mapping[int, tuple[tuple[str, Indication], ...]]
    switches: tuple[Switch, ...]

    @property
    def zones(self) -> frozenset[int]:
        return frozenset(self.way)


def feeder_tree(topology: Topology, tree: Tree, feeder: Feeder) -> FeederTree:
    """What the feeder's breaker fed in this tree."""
    arrays, zone_of = topology.arrays, topology.zone_of_node
    below = topology_below(topology, tree, feeder)
    way: dict[int, tuple[tuple[str, Indication], ...]] = {}
    for node in below:
        zone, branch = int(zone_of[node]), int(tree.parent_branch[node])
        if zone in way:
            continue
        above = way.get(int(zone_of[tree.parent_node[node]]), ())
        leaves = bool(arrays.branch_from[branch] == tree.parent_node[node])
        step = (arrays.branch_id(branch), Indication.FORWARD if leaves else Indication.REVERSE)
        way[zone] = above if step[0] == feeder.breaker else (*above, step)
    nodes = frozenset(below)
    touching = tuple(
        switch for switch in topology.network.switches if nodes.intersection(topology.nodes_of_element[switch.id])
    )
    return FeederTree(feeder, nodes, way, touching)


def topology_below(topology: Topology, tree: Tree, feeder: Feeder) -> list[int]:
    """Nodes that the feeder's breaker feeds, nearest first."""
    return [int(node) for node in tree.nodes_below(topology.switch_branch(feeder.breaker))]


def locate(topology: Topology, tree: FeederTree, shown: Mapping[str, Indication | str]) -> Location:
    """shown: readings of all indicators of the feeder, by switch."""
    notable = [switch for switch, indication in shown.items() if indication is not Indication.CLEAR]
    contradictions = {zone: _contradictions(dict(way), shown, notable) for zone, way in tree.way.items()}
    located = frozenset(zone for zone, found in contradictions.items() if not found)
    ranked = sorted(contradictions.items(), key=lambda each: (len(each[1]), topology.zone_elements[each[0]]))
    candidates = tuple(
        Candidate(topology.zone_elements[zone], _words(found)) for zone, found in ranked[: max(SHOWN, len(located))]
    )
    return Location(located, candidates, "" if located else _doubt(ranked, topology, shown))


def _contradictions(
    expected: Mapping[str, Indication], shown: Mapping[str, Indication | str], notable: Sequence[str]
) -> list[str]:
    """Words for every indicator that does not show what is expected. notable: those that are not clear."""
    found = []
    for switch in dict.fromkeys((*expected, *notable)):
        indication, wanted = shown[switch], expected.get(switch, Indication.CLEAR)
        if isinstance(indication, str):
            found.append(indication)
        elif indication is not wanted:
            found.append(f"{switch} shows {indication.value}, not {wanted.value}")
    return found


def _words(found: list[str]) -> str:
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return "; ".join(found[:3]) + more


def _doubt(ranked: list[tuple[int, list[str]]], topology: Topology, shown: Mapping[str, Indication | str]) -> str:
    unusable = [indication for indication in shown.values() if isinstance(indication, str)]
    if unusable:
        return f"the fault cannot be located: {_words(unusable)}"
    if not ranked:
        return "the fault cannot be located: the feeder fed nothing before the fault"
    zone, found = ranked[0]
    nearest = ", ".join(topology.zone_elements[zone][:3])
    return f"the indications contradict each other; nearest is {nearest}, but {_words(found)}"
