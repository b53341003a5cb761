"""The network map: stations at their coordinates, lines along their paths."""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, radians
from statistics import median

from hmi.diagram.branches import Branch, branches
from hmi.diagram.shapes import Conductor, Diagram, Place, StationKind, StationSymbol, SwitchSymbol, length
from hmi.site_model import SiteModel
from models.network.elements import Node

METRES_PER_DEGREE = 111_320.0
SWITCH_OFFSET_PX = {StationKind.PRIMARY: 22.0, StationKind.STATION: 13.0, StationKind.JOINT: 9.0}
SWITCH_STEP_PX = 15.0
LARGEST_SHARE = {StationKind.PRIMARY: 4.0, StationKind.STATION: 0.45, StationKind.JOINT: 0.45}


def network_map(model: SiteModel) -> Diagram | None:
    """None when a station or joint of a line has no coordinates: such a network is shown by the ladder alone."""
    found = branches(model.network)
    vertices = {end.vertex: model.nodes[end.vertex] for branch in found for end in branch.ends}
    if not vertices or any(node.longitude_deg is None or node.latitude_deg is None for node in vertices.values()):
        return None
    projection = _Projection(list(vertices.values()))
    places = {vertex: projection.node(node) for vertex, node in vertices.items()}
    lines = {branch.line.id: _path(branch, projection, places) for branch in found}
    return Diagram(
        conductors=tuple(Conductor(line, path) for line, path in lines.items()),
        stations=tuple(symbol(model, vertex, at) for vertex, at in places.items()),
        switches=tuple(each for branch in found for each in switch_symbols(model, branch, lines[branch.line.id])),
        pitch=median(length(path) for path in lines.values()),
        metres_per_unit=1.0,
    )


def symbol(model: SiteModel, vertex: str, at: Place) -> StationSymbol:
    """The station or joint of a vertex."""
    station = model.nodes[vertex].station
    kind = StationKind.JOINT if not station else StationKind.STATION
    return StationSymbol(station, StationKind.PRIMARY if station in model.primaries else kind, at, vertex)


def switch_symbols(model: SiteModel, branch: Branch, path: tuple[Place, ...]) -> Iterator[SwitchSymbol]:
    """The switches of both ends of a line, in screen distance from their stations."""
    for end, outward in zip(branch.ends, (path, path[::-1]), strict=True):
        kind = symbol(model, end.vertex, outward[0]).kind
        for place, switch in enumerate(end.switches):
            yield SwitchSymbol(
                switch=switch.id,
                kind=switch.kind,
                path=outward,
                offset_px=SWITCH_OFFSET_PX[kind] + place * SWITCH_STEP_PX,
                normally_open=switch.normally_open,
                largest_share=LARGEST_SHARE[kind],
            )


class _Projection:
    """Equirectangular around the network's middle, metres; exact enough for the area of one unit."""

    def __init__(self, nodes: list[Node]) -> None:
        latitudes = [node.latitude_deg or 0.0 for node in nodes]
        self._latitude_deg = (min(latitudes) + max(latitudes)) / 2
        self._longitude_deg = min(node.longitude_deg or 0.0 for node in nodes)
        self._shrink = cos(radians(self._latitude_deg))

    def place(self, longitude_deg: float, latitude_deg: float) -> Place:
        x = (longitude_deg - self._longitude_deg) * METRES_PER_DEGREE * self._shrink
        return x, (self._latitude_deg - latitude_deg) * METRES_PER_DEGREE

    def node(self, node: Node) -> Place:
        return self.place(node.longitude_deg or 0.0, node.latitude_deg or 0.0)


def _path(branch: Branch, projection: _Projection, places: dict[str, Place]) -> tuple[Place, ...]:
    """Corner points between the two stations; surveyed ends that differ from the station's place are bent to it."""
    inner = [projection.place(*corner) for corner in branch.line.path[1:-1]]
    start, end = (places[side.vertex] for side in branch.ends)
    corners = [start, *inner, end]
    distinct = [corner for index, corner in enumerate(corners) if index == 0 or corner != corners[index - 1]]
    return tuple(distinct) if len(distinct) > 1 else (start, end)
