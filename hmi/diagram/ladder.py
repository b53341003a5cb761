"""The feeder ladder: busbars on top, each feeder a column that runs down, laterals to the right, open points dashed.

The tree is that of the normal diagram, so the picture does not jump when something is switched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from hmi.diagram.branches import Branch, branches
from hmi.diagram.geography import switch_symbols, symbol
from hmi.diagram.shapes import Caption, Conductor, Diagram, Place, Side
from hmi.site_model import SiteModel

COLUMN = 84.0
HALF_ROW = 11.0  # a station stands every two half rows; a further lateral of one station begins a half row lower
FEEDER_GAP = 1  # columns
FIRST_ROW = 6  # room for the breaker below the busbar
Cell = tuple[int, int]  # column, half row


@dataclass(slots=True)
class _Vertex:
    """A station or joint in the tree. depth: stations on the longest way down from here."""

    id: str
    children: list[tuple[Branch, _Vertex]] = field(default_factory=list)
    depth: int = 1

    def settle(self) -> None:
        """Longest way first, so that `children[0]` goes on downwards and the others become laterals."""
        self.children.sort(key=lambda child: -child[1].depth)
        self.depth = 1 + max((child.depth for _, child in self.children), default=0)


def ladder(model: SiteModel) -> Diagram:
    """Every line of the network is in it; those that the normal diagram leaves open join columns as ties."""
    found = branches(model.network)
    roots = _forest(model, found)
    grid = _Grid()
    for root in roots:
        grid.place_root(root)
    paths = {branch.line.id: path for branch, path in grid.paths(found)}
    ties = {branch.line.id for branch in found if not branch.normally_closed}
    return Diagram(
        conductors=tuple(Conductor(line, path, tie=line in ties) for line, path in paths.items())
        + tuple(grid.bars(roots)),
        stations=tuple(symbol(model, vertex, _at(cell)) for vertex, cell in grid.cells.items()),
        switches=tuple(each for branch in found for each in switch_symbols(model, branch, paths[branch.line.id])),
        pitch=2 * HALF_ROW,
        captions=tuple(_captions(model, roots, grid)),
    )


def _forest(model: SiteModel, found: tuple[Branch, ...]) -> list[_Vertex]:
    """Trees over normally closed lines: from the busbars of primary substations, then from whatever is left."""
    ways: dict[str, list[tuple[Branch, str]]] = defaultdict(list)
    for branch in found:
        start, end = (side.vertex for side in branch.ends)
        ways[start] += [(branch, end)] if branch.normally_closed else []
        ways[end] += [(branch, start)] if branch.normally_closed else []
    vertices = list(dict.fromkeys(end.vertex for branch in found for end in branch.ends))
    first = [vertex for vertex in vertices if model.nodes[vertex].station in model.primaries]
    seen: set[str] = set()
    return [_tree(vertex, ways, seen) for vertex in [*sorted(first), *vertices] if vertex not in seen]


def _tree(root: str, ways: dict[str, list[tuple[Branch, str]]], seen: set[str]) -> _Vertex:
    """Breadth first, so that a line that closes a loop is met at its far end."""
    tree = _Vertex(root)
    seen.add(root)
    order = [tree]
    for vertex in order:
        for branch, neighbour in ways[vertex.id]:
            if neighbour not in seen:
                seen.add(neighbour)
                child = _Vertex(neighbour)
                vertex.children.append((branch, child))
                order.append(child)
    for vertex in reversed(order):
        vertex.settle()
    return tree


class _Grid:
    """Which cell each vertex stands in, and which cells are taken by stations and connections."""

    def __init__(self) -> None:
        self.cells: dict[str, Cell] = {}
        self._taken: set[Cell] = set()
        self._next_column = 0
        self._parents: dict[str, str] = {}  # line -> upper vertex

    def place_root(self, root: _Vertex) -> None:
        """The busbar, and below it each of its feeders in columns of its own."""
        start = self._next_column
        self.cells[root.id] = (start, 0)
        for branch, feeder in sorted(root.children, key=lambda child: _bay_at(child[0], root)):
            self._parents[branch.line.id] = root.id
            self._place_path(feeder, self._next_column, FIRST_ROW)
            self._next_column = max(column for column, _ in self._taken) + 1 + FEEDER_GAP
        self._next_column = max(self._next_column, start + 1)

    def _place_path(self, first: _Vertex, column: int, row: int) -> None:
        path = list(_spine(first))
        for index, vertex in enumerate(path):
            cell = (column, row + 2 * index)
            self.cells[vertex.id] = cell
            self._taken |= {cell, (column, cell[1] + 1)}
        for vertex in reversed(path):
            self._place_children(vertex)

    def _place_children(self, vertex: _Vertex) -> None:
        column, row = self.cells[vertex.id]
        for index, (branch, child) in enumerate(vertex.children):
            self._parents[branch.line.id] = vertex.id
            if index > 0:
                start = row + index - 1
                free = self._free_column(column, start, 2 * child.depth)
                self._taken |= {(each, start) for each in range(column + 1, free)}
                self._place_path(child, free, start)

    def _free_column(self, column: int, row: int, rows: int) -> int:
        """The nearest column to the right with room for a lateral, reached without crossing anything if possible."""
        candidate = column + 1
        while any((candidate, row + each) in self._taken for each in range(rows)):
            candidate += 1
        return candidate

    def paths(self, found: tuple[Branch, ...]) -> Iterator[tuple[Branch, tuple[Place, ...]]]:
        for branch in found:
            start, end = (_at(self.cells[side.vertex]) for side in branch.ends)
            upper = self._parents.get(branch.line.id)
            if upper is None:
                yield branch, (start, end)  # a tie
            elif upper == branch.ends[0].vertex:
                yield branch, _bent(start, end)
            else:
                yield branch, _bent(end, start)[::-1]

    def bars(self, roots: list[_Vertex]) -> Iterator[Conductor]:
        """Busbars over the columns of their feeders."""
        for root in roots:
            columns = [self.cells[child.id][0] for _, child in root.children]
            if len(columns) > 1:
                left, right = _at((min(columns), 0)), _at((max(columns), 0))
                yield Conductor(root.id, (left, right), heavy=True)


def _bay_at(branch: Branch, root: _Vertex) -> str:
    """Feeders stand in the order of their bays."""
    end = next(end for end in branch.ends if end.vertex == root.id)
    return end.switches[0].id if end.switches else branch.line.id


def _spine(vertex: _Vertex) -> Iterator[_Vertex]:
    yield vertex
    while vertex.children:
        vertex = vertex.children[0][1]
        yield vertex


def _captions(model: SiteModel, roots: list[_Vertex], grid: _Grid) -> Iterator[Caption]:
    """The name of each feeder's bay above its column."""
    for root in roots:
        for branch, child in root.children:
            end = next(end for end in branch.ends if end.vertex == root.id)
            breaker = next((switch.id for switch in end.switches if switch.id in model.feeder_of_breaker), "")
            if breaker:
                x, _ = _at(grid.cells[child.id])
                yield Caption(model.feeder_of_breaker[breaker].id, (x, 0.0), Side.ABOVE)


def _at(cell: Cell) -> Place:
    return cell[0] * COLUMN, cell[1] * HALF_ROW


def _bent(upper: Place, lower: Place) -> tuple[Place, ...]:
    """Straight down, or along the row and down; a busbar's feeder leaves the bar at its own column."""
    if upper[0] == lower[0] or upper[1] == lower[1]:
        return upper, lower
    if upper[1] == 0.0:
        return (lower[0], 0.0), lower
    aside = upper[0] + COLUMN / 4
    return upper, (aside, upper[1]), (aside, lower[1]), lower
