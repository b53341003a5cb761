"""The ring as it really is, by a walk of its own: nothing here asks the grid, the image or the rules of the product."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from models.point import Dbpos
from substation.placements.placement import Placement, PlacementKind
from substation.tags import Tag
from tests.substation.control.world import NETWORK, World, pos

SWITCHES = {each.id: each for each in NETWORK.switches}
LINES = {each.id: (each.from_node, each.to_node) for each in NETWORK.lines}
SOURCES = tuple(each.node for each in NETWORK.sources)
EARTHS = {each.id: each.from_node for each in NETWORK.switches if not each.to_node}
BUSBARS = {each.id: each.id.rpartition("/")[0] for each in NETWORK.nodes if each.busbar}


def _neighbours() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Node -> its neighbours, each with the switch or line between ('' for a transformer)."""
    edges = [(one, other, line) for line, (one, other) in LINES.items()]
    edges += [(each.hv_node, each.lv_node, "") for each in NETWORK.transformers]
    edges += [(each.from_node, each.to_node, each.id) for each in NETWORK.switches if each.to_node]
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for one, other, between in edges:
        found[one].append((other, between))
        found[other].append((one, between))
    return {node: tuple(beside) for node, beside in found.items()}


NEIGHBOURS = _neighbours()


def nodes_of(element: str) -> frozenset[str]:
    """A line's ends, or the node itself; a switch has none that a tag on it would forbid to feed."""
    if element in SWITCHES:
        return frozenset()
    return frozenset(LINES.get(element, (element,)))


@dataclass(frozen=True)
class Truth:
    """closed: switches that conduct. placements: what stands on the grid."""

    closed: frozenset[str]
    placements: tuple[Placement, ...] = ()

    @cached_property
    def _cut(self) -> frozenset[str]:
        return frozenset(each.element for each in self.placements if each.kind is PlacementKind.CUT)

    @cached_property
    def _jumpers(self) -> tuple[tuple[str, str], ...]:
        """Only such as bypass a switch are placed in these stories."""
        over = (SWITCHES[each.element] for each in self.placements if each.kind is PlacementKind.JUMPER)
        return tuple((each.from_node, each.to_node) for each in over)

    def part(self, nodes: Iterable[str]) -> frozenset[str]:
        """Everything that hangs together with these nodes."""
        reached, waiting = set(nodes), list(nodes)
        while waiting:
            node = waiting.pop()
            beside = [other for other, between in NEIGHBOURS[node] if self._conducts(between)]
            beside += [other for pair in self._jumpers if node in pair for other in pair]
            fresh = [other for other in beside if other not in reached]
            reached.update(fresh)
            waiting += fresh
        return frozenset(reached)

    def _conducts(self, between: str) -> bool:
        return between in self.closed or (between not in SWITCHES and between not in self._cut)

    @cached_property
    def fed(self) -> frozenset[str]:
        mobile = [each for each in self.placements if each.kind is PlacementKind.MOBILE_GENERATOR]
        return self.part([*SOURCES, *(stands_at(each) for each in mobile)])

    @cached_property
    def earthed(self) -> Mapping[str, str]:
        """Node to what earths it."""
        switches = {EARTHS[each]: each for each in self.closed if each in EARTHS}
        return switches | {stands_at(each): str(each) for each in self.placements if each.kind is PlacementKind.EARTH}

    def with_closed(self, switch: str) -> Truth:
        return Truth(self.closed | {switch}, self.placements)

    def with_open(self, switch: str) -> Truth:
        return Truth(self.closed - {switch}, self.placements)

    def busbars(self) -> frozenset[str]:
        """Those that are fed."""
        return frozenset(place for node, place in BUSBARS.items() if node in self.fed)


def stands_at(placement: Placement) -> str:
    """An earth or a generator on a line stands where it begins."""
    return LINES[placement.element][0] if placement.element in LINES else placement.element


def touches(placement: Placement) -> frozenset[str]:
    """Nodes that a placement may change something at."""
    if placement.kind in (PlacementKind.EARTH, PlacementKind.MOBILE_GENERATOR):
        return frozenset({stands_at(placement)})
    if placement.element in SWITCHES:
        return frozenset({SWITCHES[placement.element].from_node, SWITCHES[placement.element].to_node})
    return nodes_of(placement.element)


def sides_of(switch: str) -> tuple[str, ...]:
    return tuple(node for node in (SWITCHES[switch].from_node, SWITCHES[switch].to_node) if node)


def dangers_of_closing(
    switch: str, now: Truth, fault: Iterable[str], tags: Iterable[Tag] = (), doubtful_earths: Iterable[str] = ()
) -> list[str]:
    """What a close would do to people and plant: the fault, earths and tagged parts fed, two feeds joined."""
    before, after = now.with_open(switch), now.with_closed(switch)
    fed, sides = after.fed - before.fed, sides_of(switch)
    found = [f"{switch} fed the fault" for element in fault if nodes_of(element) & after.fed]
    found += [f"S17: {switch} fed the earth {earth}" for node, earth in after.earthed.items() if node in fed]
    unproven = (earth for earth in doubtful_earths if EARTHS.get(earth) in fed)
    found += [f"S17: {switch} fed {earth}, not confirmed open" for earth in unproven]
    found += [
        f"S17: {switch} fed {tag.element}, tagged {tag.kind.value}" for tag in tags if nodes_of(tag.element) & fed
    ]
    if len(sides) == 2 and sides[1] in before.part(sides[:1]):
        found.append(f"S7: {switch} closed a loop")
    elif all(side in before.fed for side in sides):
        found.append(f"S7: {switch} closed between two live parts")
    return found


def true_positions(world: World) -> frozenset[str]:
    return frozenset(each for each in SWITCHES if world.values[pos(each)] is Dbpos.ON)
