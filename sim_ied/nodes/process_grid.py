"""The grid of a file with its switches: places in it, short circuits on it, sections for interlocking."""

from __future__ import annotations

from collections.abc import Callable

from models.point import Dbpos
from sim_ied.nodes.change import Overcurrent
from sim_ied.nodes.connectivity import Connectivity
from sim_ied.nodes.grid import Edge, Fault, Grid, State
from sim_ied.nodes.joints import Joints
from sim_ied.nodes.location_index import LocationIndex
from sim_ied.nodes.spot import GridSpot
from sim_ied.nodes.switch import Switch


class ProcessGrid:
    """`state` is that of the switches as they are; `forget` when contacts have moved."""

    def __init__(self, built: Connectivity, grid: Grid) -> None:
        self._built, self._grid = built, grid
        self._state: State | None = None
        self._joints: Joints | None = None
        self._index = LocationIndex(built, grid)
        self._faults: dict[str, Fault] = {}

    @property
    def state(self) -> State:
        if self._state is None:
            self._state = self._grid.solve(list(self._faults.values()))
        return self._state

    def forget(self) -> None:
        """Contacts have moved: what is not permanent and no longer fed goes out."""
        self._state = self._joints = None
        dead = [name for name, each in self._faults.items() if self.state.parents[each.node] is None]
        for name in dead:
            if not self._faults[name].current.permanent:
                del self._faults[name]

    def set_fault(self, location: str, current: Overcurrent | None) -> bool:
        """A short circuit behind a bay or an equipment; None ends it. False where there is no such place."""
        spot = self.spot(location)
        if spot is None:
            return False
        self._faults.pop(location, None)
        if current is not None:
            self._faults[location] = Fault(self._behind(spot), current)
        self._state = None
        return True

    def spot(self, location: str) -> GridSpot | None:
        """Of a bay: at its breaker, else at what conducts first in it. Of equipment: at itself."""
        breakers = self._index.breakers(location)
        number = self._built.edges_of.get(location)
        if number is None and breakers:
            number = self._built.edges_of.get(breakers[0].name)
        if number is None:
            number = self._index.first_edge(location)
        if number is not None:
            return GridSpot(self._grid, self, number, self._grid.edges[number].a, breakers)
        touched = self._built.nodes_of.get(location) or self._index.first_nodes(location)
        if not touched:
            return None
        bay = location.rpartition("/")[0]
        beside = self._index.breakers(bay)
        edge = self._built.edges_of.get(beside[0].name) if beside else None
        return GridSpot(self._grid, self, edge, touched[0], beside)

    @property
    def earth(self) -> int | None:
        """The earthed node."""
        return self._grid.earth

    def edge(self, switch: Switch) -> Edge | None:
        number = self._built.edges_of.get(switch.name)
        return None if number is None else self._grid.edges[number]

    def earths(self, switch: Switch) -> bool:
        """An earthing switch, by where its second terminal leads."""
        edge = self.edge(switch)
        return edge is not None and self._grid.earth in (edge.a, edge.b)

    def section(self, node: int, passes: Callable[[Switch], bool]) -> list[Switch]:
        """Switches met from a node on, over fixed conductors and over switches that `passes` lets through."""
        met: list[Switch] = []
        reached, waiting = {node}, [node]
        while waiting:
            at = waiting.pop()
            for number in self._grid.edges_at(at):
                switch = self._grid.edges[number].switch
                if switch is not None and switch not in met:
                    met.append(switch)
                far = self._grid.other(number, at)
                through = switch is None or passes(switch)
                if through and far not in reached and far != self._grid.earth:
                    reached.add(far)
                    waiting.append(far)
        return met

    def joined(self, switch: Switch) -> bool:
        """Whether its two ends are connected by closed switches without it: it then switches no load."""
        number = self._built.edges_of.get(switch.name)
        if number is None:
            return False
        if self._joints is None:
            self._joints = Joints(self._grid)
        return self._joints.joined(number)

    def breaker_behind(self, spot: GridSpot) -> Switch | None:
        """The next closed breaker towards the source beyond the spot's own: who must open if that does not."""
        state, edge = self.state, spot.edge
        for _ in self._grid.edges:
            if edge is None or edge < 0:
                return None
            found = self._grid.edges[edge]
            if found.switch is not None and found.switch.is_breaker and found.switch not in spot.breakers:
                return found.switch
            source_side = found.a if state.parents[found.a] != edge else found.b
            edge = state.parents[source_side]
        return None

    def _behind(self, spot: GridSpot) -> int:
        """The node at the far end of the spot's bay, seen from the source: where its line leaves."""
        if spot.edge is None:
            return spot.node
        edge = self._grid.edges[spot.edge]
        bay = edge.path.rpartition("/")[0]
        fed_from_b = self.state.parents[edge.a] == spot.edge
        node, taken = (edge.a if fed_from_b else edge.b), {spot.edge}
        while True:
            onward = [
                number
                for number in self._grid.edges_at(node)
                if number not in taken
                and self._grid.edges[number].path.rpartition("/")[0] == bay
                and self._grid.other(number, node) != self._grid.earth
            ]
            if not onward:
                return node
            taken.update(onward)
            node = self._grid.other(onward[0], node)


def stands_open(switch: Switch) -> bool:
    """Shown open, which intermediate is not."""
    return switch.position is Dbpos.OFF
