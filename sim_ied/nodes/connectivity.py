"""The grid of a file's substation section: terminals and connectivity nodes become edges and nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import sqrt
from random import Random

from models.scl.elements import Place, Scl
from sim_ied.nodes.grid import Edge, Grid
from sim_ied.nodes.switch import Switch

SWITCHES = ("CBR", "DIS")
"""Types of equipment that open and close."""

_ENDS = frozenset({"LIN", "CAB", "GIL", "MOT", "CAP", "REA", "BAT", "GEN", "CON", "RRC", "TCF", "TCR", "PSH", "SMC"})
"""Types with one terminal at which the drawing ends: a load, or the infeed."""

_INFEED = "IFL"
_GROUND = "grounded"
_DEFAULT_V = 20_000.0
_LOAD_A = (40.0, 160.0)
_LEAST_LEVELS = 2
_FULL_LOADS = 6
"""Loads of that current that one source feeds; more of them share it."""


class Connectivity:
    """Builds a Grid; `edges_of` tells which edge an equipment became, `nodes_of` which nodes it touches."""

    def __init__(self, scl: Scl, switch: Callable[[Place, bool, bool], Switch], voltages: Mapping[str, float]) -> None:
        """switch: makes that of a place (earthing, normally closed). voltages: V by path of the voltage level."""
        self._places, self._make, self._voltages = scl.places, switch, voltages
        self._numbers: dict[str, int] = {}
        self._nominal_v: list[float] = []
        self._edges: list[Edge] = []
        self.edges_of: dict[str, int] = {}
        self.nodes_of: dict[str, tuple[int, ...]] = {}
        self._earth: int | None = None

    def grid(self) -> Grid | None:
        """None where no equipment has terminals."""
        self._normal = _selected(self._places)
        for place in self._places.values():
            if place.kind == "ConductingEquipment" and any(place.nodes):
                self._equipment(place)
        self._transformers()
        if not self._edges:
            return None
        sources = self._sources()
        return Grid(self._edges, self._nominal_v, sources, self._loads(sources), self._earth)

    def _equipment(self, place: Place) -> None:
        nodes = [self._node(path) for path in place.nodes if path]
        if place.type in SWITCHES and len(nodes) == 1:
            nodes.append(self._node(f"{place.path}/end"))
        self.nodes_of[place.path] = tuple(nodes)
        if len(nodes) < 2:  # noqa: PLR2004 - an edge has two ends
            return
        made: Switch | None = None
        if place.type in SWITCHES:
            earthing = self._earth is not None and self._earth in nodes
            made = self._make(place, earthing, not earthing and place.path in self._normal)
        self._edge(place.path, nodes[0], nodes[1], made)

    def _edge(self, path: str, a: int, b: int, switch: Switch | None) -> None:
        self.edges_of.setdefault(path, len(self._edges))
        self._edges.append(Edge(path, a, b, switch))

    def _transformers(self) -> None:
        """All windings of a transformer hang together."""
        windings: dict[str, list[Place]] = {}
        for place in self._places.values():
            if place.kind == "TransformerWinding" and any(place.nodes):
                windings.setdefault(place.path.rpartition("/")[0], []).append(place)
        for path, members in windings.items():
            nodes = [self._node(next(node for node in each.nodes if node)) for each in members]
            self.nodes_of[path] = tuple(nodes)
            for each, node in zip(members, nodes, strict=True):
                self.nodes_of[each.path] = (node,)
            for far in nodes[1:]:
                self._edge(path, nodes[0], far, None)

    def _node(self, path: str) -> int:
        if path.rpartition("/")[2].lower() == _GROUND:
            path = _GROUND  # earth is one
        if path not in self._numbers:
            self._numbers[path] = len(self._nominal_v)
            self._nominal_v.append(self._voltage(path))
        if path == _GROUND:
            self._earth = self._numbers[path]
        return self._numbers[path]

    def _voltage(self, path: str) -> float:
        return self._voltages.get("/".join(path.split("/")[:2]), _DEFAULT_V)

    def _sources(self) -> list[int]:
        """Infeeds; else the lines of the highest voltage; else the first node."""
        named = [node for place in self._of_type(_INFEED) for node in self.nodes_of[place.path]]
        if named:
            return named
        highest_v = max(self._nominal_v)
        lines = [
            node
            for place in self._of_type("LIN", "CAB")
            for node in self.nodes_of[place.path][:1]
            if self._nominal_v[node] == highest_v
        ]
        levels = len(set(self._nominal_v))
        return lines if levels >= _LEAST_LEVELS and lines else lines[:1] or [self._first()]

    def _first(self) -> int:
        return next(node for edge in self._edges for node in (edge.a, edge.b) if node != self._earth)

    def _loads(self, sources: list[int]) -> dict[int, float]:
        """At equipment that ends the drawing, and where a bay simply ends."""
        degree = [0] * len(self._nominal_v)
        for edge in self._edges:
            if self._earth not in (edge.a, edge.b):
                degree[edge.a] += 1
                degree[edge.b] += 1
        ends = {node for place in self._of_type(*_ENDS) for node in self.nodes_of[place.path][:1]}
        ends |= {node for node, count in enumerate(degree) if count == 1}
        loads = sorted(ends - set(sources) - {self._earth})
        share = min(1.0, _FULL_LOADS * len(sources) / max(1, len(loads)))
        return {
            node: sqrt(3) * self._nominal_v[node] * share * Random(f"load {node}").uniform(*_LOAD_A) for node in loads
        }

    def _of_type(self, *types: str) -> list[Place]:
        return [place for place in self._places.values() if place.type in types and place.path in self.nodes_of]


def _selected(places: Mapping[str, Place]) -> set[str]:
    """Switches that are normally closed: of disconnectors that select one of several busbars, only the first."""
    closed: set[str] = set()
    taken: set[tuple[str, str]] = set()
    for place in places.values():
        if place.type not in SWITCHES:
            continue
        bay = place.path.rpartition("/")[0]
        outer = [node for node in place.nodes if node and node.rpartition("/")[0] != bay]
        inner = [node for node in place.nodes if node and node.rpartition("/")[0] == bay]
        if place.type == "DIS" and outer and inner:
            if (bay, inner[0]) in taken:
                continue
            taken.add((bay, inner[0]))
        closed.add(place.path)
    return closed
