"""The single-line diagrams that an SCL file draws with its coordinates: symbols where it puts them, conductors between.

Conductors follow the file's own sections where it has any. Else a busbar runs along its bay with a drop to each of its
bays, and every other connectivity node joins its terminals on the shortest rectangular ways.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from models.drawing import Drawing, DrawnSymbol, Label, Point, Trace
from models.scl.elements import Place, Scl
from models.scl.equipment import Role
from models.scl.findings import Findings
from models.scl.layout import laid_out
from models.scl.place import Shape, Turn
from models.scl.station_part import StationPart, by_station
from models.scl.topology import Connected, connect

_HALF = 0.5
_OVERHANG = 0.7
"""How far a busbar goes on beyond its last bay."""
_JOINT_WAYS = 3
_EARTH_ASIDE = 0.7
"""Where the symbol of earth stands, as a share of the way from the middle of an earthing switch to its end."""
EARTH, TRANSFORMER = "earth", "PTR"
_LABELLED = ("Bay", "PowerTransformer")


def drawings_of(scl: Scl, everywhere: bool = False) -> tuple[Drawing, ...]:
    """One per substation in which the file draws at least one equipment.

    everywhere: the others are laid out from their topology.
    """
    stations = [each.path for each in scl.places.values() if each.kind == "Substation"]
    drawn = {each.path.partition("/")[0] for each in scl.places.values() if each.shape is not None and each.terminals}
    if not (drawn or everywhere):
        return ()
    own = {each.path: each.shape for each in scl.places.values() if each.shape is not None}
    made = []
    for part in by_station(connect(scl, Findings(scl.file)), stations):
        station = part.station
        if station in drawn or everywhere:
            made.append(_Draughtsman(part, own if station in drawn else laid_out(part)).drawing())
    return tuple(each for each in made if each.symbols)


@dataclass(frozen=True, slots=True)
class _Standing:
    """Equipment with a place: its nodes and where each of them is attached."""

    place: Place
    type: str
    at: Point
    lies: bool
    ends: tuple[tuple[str, Point], ...]


class _Draughtsman:
    def __init__(self, part: StationPart, shapes: Mapping[str, Shape]) -> None:
        self._topology, self._station, self._shapes = part.topology, part.station, shapes
        self._places = part.topology.scl.places

    def drawing(self) -> Drawing:
        standing = [*self._equipment(), *self._transformers()]
        attached: dict[str, list[Point]] = defaultdict(list)
        for each in standing:
            for node, at in each.ends:
                attached[node].append(at)
        traces = [trace for node, points in attached.items() for trace in self._traces(node, points)]
        traces += [Trace(node, (tip, each.at)) for each in standing for node, tip in _leading(each)]
        return Drawing(
            station=self._station,
            symbols=tuple(symbol for each in standing for symbol in self._symbols(each)),
            traces=tuple(traces),
            labels=tuple(self._labels()),
            joints=tuple(_joints(traces)),
        )

    # -- where things stand

    def _inside(self, path: str) -> bool:
        return path.startswith(f"{self._station}/")

    def _at(self, place: Place) -> Point | None:
        """The middle of its symbol in the drawing; what counts from its holder is added up."""
        own = shape = self._shapes.get(place.path)
        if own is None or shape is None:
            return None
        x, y = shape.x, shape.y
        above = place.parent
        while above and not shape.absolute:
            if (holder := self._shapes.get(above)) is not None:
                x, y, shape = x + holder.x, y + holder.y, _counted(shape, holder)
            above = above.rpartition("/")[0]
        aside = 0.0 if own.centre else _HALF
        return x + aside, y + aside

    def _lies(self, place: Place) -> bool:
        shape = self._shapes.get(place.path)
        return shape is not None and shape.turn.lies

    def _equipment(self) -> Iterator[_Standing]:
        beside = self._middles()
        for each in self._topology.equipment:
            at = self._at(each.place)
            if at is None or not self._inside(each.place.path):
                continue
            lies = self._lies(each.place)
            first, last = _tips(at, lies)
            nodes = each.nodes if len(each.nodes) > 1 else self._single(each)
            if len(nodes) == 1:
                below = beside.get(nodes[0], at)[1 - lies] > at[1 - lies] + _HALF
                tip = last if below else first  # earth and loads hang downwards where they can
                yield _Standing(each.place, each.place.type, at, lies, ((nodes[0], tip),))
            elif nodes:
                yield _Standing(each.place, each.place.type, at, lies, _ends(nodes, (first, last), beside, at))

    def _single(self, each: Connected) -> tuple[str, ...]:
        """A current transformer in series stands at the node that its two ends have become: drawn through it."""
        through = len({node for node in each.place.nodes if self._topology.node_of(node) in each.nodes}) > 1
        return (*each.nodes, *each.nodes) if through else each.nodes

    def _middles(self) -> dict[str, Point]:
        """The middle of everything that is drawn at a node, to turn symbols towards it."""
        found: dict[str, list[Point]] = defaultdict(list)
        for each in self._topology.equipment:
            at = self._at(each.place)
            for node in each.nodes if at is not None else ():
                found[node].append(at)  # type: ignore[arg-type]  # not None here
        for node in self._topology.busbars:
            bar = self._bar(node)
            if bar is not None:
                found[node] = [bar]
        return {node: (_mean(x for x, _ in points), _mean(y for _, y in points)) for node, points in found.items()}

    def _transformers(self) -> Iterator[_Standing]:
        beside = self._middles()
        for path, windings in self._topology.transformers.items():
            place = self._places.get(path)
            at = None if place is None else self._at(place)
            if place is None or at is None or not self._inside(path):
                continue
            lies = self._lies(place)
            nodes = tuple(each.node for each in windings)
            first, last = _tips(at, lies)
            ends = _ends(nodes[:2], (first, last), beside, at)
            third = tuple((node, (at[0] + _HALF, at[1])) for node in nodes[2:])
            yield _Standing(place, TRANSFORMER, at, lies, (*ends, *third))

    # -- what is drawn

    def _symbols(self, each: _Standing) -> Iterator[DrawnSymbol]:
        switch = each.type in ("CBR", "DIS")
        node = "" if switch or not each.ends else each.ends[0][0]
        yield DrawnSymbol(each.place.path, each.type, each.at, each.lies, node)
        if switch and len(each.ends) == 1:
            (x, y), (own, (tip_x, tip_y)) = each.at, each.ends[0]
            aside = x + (x - tip_x) * _EARTH_ASIDE, y + (y - tip_y) * _EARTH_ASIDE
            yield DrawnSymbol(each.place.path, EARTH, aside, each.lies, own)

    def _labels(self) -> Iterator[Label]:
        tops = self._tops()
        bars = {node.rpartition("/")[0]: self._bar(node) for node in self._topology.busbars}
        for place in self._places.values():
            at = tops.get(place.path) or self._at(place) or bars.get(place.path)
            if at is not None and place.kind in _LABELLED and self._inside(place.path):
                yield Label(place.path.rpartition("/")[2], at)

    def _tops(self) -> dict[str, Point]:
        """Above the uppermost switch of each bay, where its name stands."""
        found: dict[str, Point] = {}
        for each in self._topology.equipment:
            at = self._at(each.place)
            if at is not None and each.role is Role.SWITCH and not each.earth:
                above = at[0], at[1] - _HALF
                found[each.place.parent] = min(found.get(each.place.parent, above), above, key=lambda one: one[::-1])
        return found

    # -- conductors

    def _traces(self, node: str, points: list[Point]) -> Iterator[Trace]:
        place = self._places.get(node)
        if place is not None and place.sections:
            yield from (Trace(node, each.points, each.bus) for each in place.sections)
            return
        bar = self._bar(node)
        if bar is not None:
            yield from _busbar(node, bar, points, self._holder_shape(node))
            return
        own = None if place is None else self._at(place)
        yield from (Trace(node, way) for way in _ways([*points, *([own] if own is not None else [])]))

    def _bar(self, node: str) -> Point | None:
        """Where a busbar begins: at its own coordinates, else at those of its bay."""
        if node not in self._topology.busbars:
            return None
        place, holder = self._places.get(node), self._places.get(node.rpartition("/")[0])
        for each in (place, holder):
            at = None if each is None else self._at(each)
            if at is not None:
                return at
        return None

    def _holder_shape(self, node: str) -> Shape | None:
        for path in (node, node.rpartition("/")[0]):
            if path in self._shapes:
                return self._shapes[path]
        return None


def _leading(each: _Standing) -> tuple[tuple[str, Point], ...]:
    """Ends from which a conductor leads to the middle of the symbol; through a current transformer it runs anyway."""
    through = len(each.ends) > 1 and len({node for node, _ in each.ends}) == 1
    return () if through else each.ends


def _counted(shape: Shape, holder: Shape) -> Shape:
    """From where the sum counts now: an absolute holder ends it."""
    return holder if holder.absolute else shape


def _tips(at: Point, lies: bool) -> tuple[Point, Point]:
    x, y = at
    return ((x - _HALF, y), (x + _HALF, y)) if lies else ((x, y - _HALF), (x, y + _HALF))


def _ends(
    nodes: tuple[str, ...], tips: tuple[Point, Point], beside: dict[str, Point], at: Point
) -> tuple[tuple[str, Point], ...]:
    """Each of two nodes at the tip that is nearer to what else stands there; a single node at the first."""
    if len(nodes) == 1:
        return ((nodes[0], tips[0]),)
    one, other = nodes[0], nodes[1]
    straight = _distance(tips[0], beside.get(one, at)) + _distance(tips[1], beside.get(other, at))
    crossed = _distance(tips[1], beside.get(one, at)) + _distance(tips[0], beside.get(other, at))
    first, last = tips if straight <= crossed else tips[::-1]
    return ((one, first), (other, last))


def _busbar(node: str, bar: Point, points: list[Point], shape: Shape | None) -> Iterator[Trace]:
    """The bar over all its drops, and the drops."""
    upright = shape is not None and shape.turn is Turn.UP and shape.height > shape.width
    along, across = (1, 0) if upright else (0, 1)
    low = min([bar[along], *(each[along] - _OVERHANG for each in points)])
    high = max([bar[along], *(each[along] + _OVERHANG for each in points)])
    yield Trace(node, (_on(along, low, bar[across]), _on(along, high, bar[across])), bus=True)
    for each in points:
        foot = _on(along, each[along], bar[across])
        if foot != each:
            yield Trace(node, (each, foot))


def _on(along: int, position: float, level: float) -> Point:
    return (position, level) if along == 0 else (level, position)


def _ways(points: list[Point]) -> Iterator[tuple[Point, ...]]:
    """Joins all points on the shortest tree of rectangular ways."""
    left = list(dict.fromkeys(points))
    joined = [left.pop(0)] if left else []
    while left:
        start, end = min(((one, other) for one in joined for other in left), key=lambda pair: _distance(*pair))
        left.remove(end)
        joined.append(end)
        corner = (start[0], end[1])
        yield (start, end) if corner in (start, end) else (start, corner, end)


def _joints(traces: Iterable[Trace]) -> Iterator[tuple[str, Point]]:
    """Where one conductor goes into at least three directions."""
    pieces: dict[str, set[tuple[Point, Point]]] = defaultdict(set)
    for trace in traces:
        pieces[trace.node].update(pairwise(trace.points))
    for node, found in pieces.items():
        for point in dict.fromkeys(sorted(point for piece in found for point in piece)):
            if len({way for piece in found for way in _ways_from(point, *piece)}) >= _JOINT_WAYS:
                yield node, point


def _ways_from(point: Point, start: Point, end: Point) -> Iterator[tuple[int, int]]:
    """The directions in which a piece leaves a point that lies on it."""
    (x, y), (x1, y1), (x2, y2) = point, start, end
    on_line = (x == x1 == x2 and min(y1, y2) <= y <= max(y1, y2)) or (y == y1 == y2 and min(x1, x2) <= x <= max(x1, x2))
    for to_x, to_y in (start, end) if on_line else ():
        if (to_x, to_y) != point:
            yield (to_x > x) - (to_x < x), (to_y > y) - (to_y < y)


def _distance(one: Point, other: Point) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found)
