"""What of a grid lies where: for whoever knows only the path of a bay or of a part of an equipment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sim_ied.nodes.connectivity import Connectivity
from sim_ied.nodes.grid import Grid
from sim_ied.nodes.switch import Switch


class LocationIndex:
    """Made once: files have thousands of places and of nodes that ask."""

    def __init__(self, built: Connectivity, grid: Grid) -> None:
        self._edges: dict[str, int] = {}
        self._nodes: dict[str, tuple[int, ...]] = {}
        self._breakers: dict[str, list[Switch]] = defaultdict(list)
        for path, number in built.edges_of.items():
            for above in _above(path):
                self._edges.setdefault(above, number)
            switch = grid.edges[number].switch
            if switch is not None and switch.is_breaker:
                self._breakers[path.rpartition("/")[0]].append(switch)
        for path, nodes in built.nodes_of.items():
            for above in _above(path):
                self._nodes.setdefault(above, nodes)

    def first_edge(self, location: str) -> int | None:
        """Of whatever conducts below a place."""
        return self._edges.get(location)

    def first_nodes(self, location: str) -> tuple[int, ...]:
        """Of whatever has terminals below a place."""
        return self._nodes.get(location, ())

    def breakers(self, location: str) -> list[Switch]:
        """Those of a bay, or of the bay in which an equipment lies."""
        return self._breakers.get(location) or self._breakers.get(location.rpartition("/")[0], [])


def _above(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path
