"""Which closed switches may open, and which open ones may close, without a load: their ends are joined elsewhere."""

from __future__ import annotations

from sim_ied.nodes.grid import Grid


class Joints:
    """Of one state of a grid: its connected parts, and its bridges (Tarjan's search, without recursion)."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        count = len(grid.nominal_v)
        self._part = [-1] * count
        self._order = [-1] * count
        self._lowest = [0] * count
        self._bridges: set[int] = set()
        self._seen = 0
        for node in range(count):
            if self._order[node] < 0 and node != grid.earth:
                self._search(node)

    def joined(self, edge: int) -> bool:
        """Whether the ends of an edge hang together without it."""
        found = self._grid.edges[edge]
        if self._grid.earth in (found.a, found.b):
            return False
        return edge not in self._bridges if found.conducts else self._part[found.a] == self._part[found.b]

    def _search(self, start: int) -> None:
        self._enter(start, start)
        path: list[tuple[int, int, list[int]]] = [(start, -1, list(self._grid.edges_at(start)))]
        while path:
            node, through, left = path[-1]
            if not left:
                path.pop()
                if path:
                    self._leave(path[-1][0], node, through)
                continue
            edge = left.pop()
            far = self._grid.other(edge, node)
            if edge == through or not self._grid.edges[edge].conducts or far == self._grid.earth:
                continue
            if self._order[far] >= 0:
                self._lowest[node] = min(self._lowest[node], self._order[far])
            else:
                self._enter(far, start)
                path.append((far, edge, list(self._grid.edges_at(far))))

    def _enter(self, node: int, part: int) -> None:
        self._part[node], self._order[node], self._lowest[node] = part, self._seen, self._seen
        self._seen += 1

    def _leave(self, above: int, node: int, through: int) -> None:
        self._lowest[above] = min(self._lowest[above], self._lowest[node])
        if self._lowest[node] > self._order[above]:
            self._bridges.add(through)
