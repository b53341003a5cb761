"""The single-line diagram of one station: busbar on top, bays as columns in the order of the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hmi.diagram.shapes import Caption, Conductor, Diagram, Place, Side, StationKind, StationSymbol, SwitchSymbol
from hmi.site_model import SiteModel, bay_of
from models.network.elements import Switch, SwitchKind

BAY, STEP = 92.0, 40.0
EARTH_ASIDE = 28.0


@dataclass(frozen=True, slots=True)
class _Bay:
    """switches: in series from the busbar outwards. outer: node at its end; kind, beyond: what stands there.

    equipment: where the points of that are, '' for what belongs to others.
    """

    name: str
    busbar: str
    switches: tuple[Switch, ...]
    earthing: tuple[Switch, ...]
    outer: str
    kind: StationKind
    beyond: str
    equipment: str = ""


def single_line(model: SiteModel, station: str) -> Diagram:
    """Bays, loads and generators of the station; empty for an unknown station."""
    bays = [*_bays(model, station), *_connections(model, station)]
    depth = max((_depth(bay) for bay in bays), default=STEP)
    columns = [(bay, index * BAY) for index, bay in enumerate(bays)]
    return Diagram(
        conductors=(*_bars(columns), *(each for bay, x in columns for each in _conductors(bay, x, depth))),
        stations=tuple(StationSymbol("", bay.kind, (x, depth), bay.outer, bay.equipment) for bay, x in columns),
        switches=tuple(each for bay, x in columns for each in _switches(model, bay, x)),
        pitch=BAY,
        captions=tuple(each for bay, x in columns for each in _captions(bay, x, depth)),
        always_detailed=True,
    )


def _bays(model: SiteModel, station: str) -> Iterator[_Bay]:
    grouped: dict[str, list[Switch]] = {}
    for switch in model.stations.get(station, ()):
        grouped.setdefault(bay_of(switch.id), []).append(switch)
    for bay, switches in grouped.items():
        series = [switch for switch in switches if switch.kind is not SwitchKind.EARTHING_SWITCH]
        if not series:
            continue
        ordered = _from_busbar(model, series)
        earthing = tuple(switch for switch in switches if switch.kind is SwitchKind.EARTHING_SWITCH)
        outer = ordered[-1].to_node
        kind, beyond = _beyond(model, outer)
        name = bay.rpartition("/")[2]
        yield _Bay(name, ordered[0].from_node, ordered, earthing, outer, kind, beyond, _transformer(model, outer))


def _connections(model: SiteModel, station: str) -> Iterator[_Bay]:
    """What hangs on a busbar of the station without a switch of its own in the model."""
    kinds = ((StationKind.LOAD, model.network.loads), (StationKind.GENERATOR, model.network.generators))
    for kind, elements in kinds:
        for element in elements:
            if model.nodes[element.node].station == station and model.nodes[element.node].busbar:
                name = element.id.split("/")[-1 if kind is StationKind.LOAD else -2]
                equipment = element.id if kind is StationKind.LOAD else element.id.rpartition("/")[0]
                yield _Bay(name, element.node, (), (), element.node, kind, kind.value, equipment)


def _from_busbar(model: SiteModel, series: list[Switch]) -> tuple[Switch, ...]:
    """In series order; a bay whose switches do not form one chain keeps the order of the model."""
    following = {switch.from_node: switch for switch in series}
    start = next((switch for switch in series if model.nodes[switch.from_node].busbar), series[0])
    chain = [start]
    while (onward := following.get(chain[-1].to_node)) is not None and onward not in chain:
        chain.append(onward)
    return tuple(chain) if len(chain) == len(series) else tuple(series)


def _beyond(model: SiteModel, node: str) -> tuple[StationKind, str]:
    """What a bay leads to: the station at the other end of the line (or the line's name), or the transformer."""
    for line in model.network.lines:
        if node in (line.from_node, line.to_node):
            other = model.nodes[line.to_node if line.from_node == node else line.from_node].station
            return StationKind.LINE_END, other or line.id.partition("/")[0]
    for transformer in model.network.transformers:
        if node in (transformer.lv_node, transformer.hv_node):
            return StationKind.TRANSFORMER, transformer.id.rpartition("/")[2]
    return StationKind.JOINT, ""


def _transformer(model: SiteModel, node: str) -> str:
    transformers = model.network.transformers
    return next((each.id for each in transformers if node in (each.lv_node, each.hv_node)), "")


def _bars(columns: list[tuple[_Bay, float]]) -> Iterator[Conductor]:
    """One bar for each busbar, over the columns of its own bays."""
    for busbar in dict.fromkeys(bay.busbar for bay, _ in columns):
        places = [x for bay, x in columns if bay.busbar == busbar]
        yield Conductor(busbar, ((min(places) - BAY / 3, 0.0), (max(places) + BAY / 3, 0.0)), heavy=True)


def _depth(bay: _Bay) -> float:
    return STEP * (len(bay.switches) + 1 + bool(bay.earthing))


def _earth_y(bay: _Bay) -> float:
    return STEP * (len(bay.switches) + 1)


def _conductors(bay: _Bay, x: float, depth: float) -> Iterator[Conductor]:
    """One piece between two switches each, coloured by the node it is."""
    top = 0.0
    for index, switch in enumerate(bay.switches):
        place = STEP * (index + 1)
        yield Conductor(switch.from_node, ((x, top), (x, place)))
        top = place
    yield Conductor(bay.outer, ((x, top), (x, depth)))
    for _ in bay.earthing:
        yield Conductor(bay.outer, ((x, _earth_y(bay)), (x + EARTH_ASIDE, _earth_y(bay))))


def _switches(model: SiteModel, bay: _Bay, x: float) -> Iterator[SwitchSymbol]:
    for index, switch in enumerate(bay.switches):
        yield _symbol(model, switch, (x, STEP * (index + 1)))
    for switch in bay.earthing:
        yield _symbol(model, switch, (x + EARTH_ASIDE, _earth_y(bay)))


def _symbol(model: SiteModel, switch: Switch, at: Place) -> SwitchSymbol:
    return SwitchSymbol(switch.id, switch.kind, (at, (at[0], at[1] + STEP)), 0.0, model.normally_open(switch))


def _captions(bay: _Bay, x: float, depth: float) -> Iterator[Caption]:
    for index, switch in enumerate(bay.switches):
        yield Caption(switch.id.rpartition("/")[2], (x, STEP * (index + 1)), Side.RIGHT)
    for switch in bay.earthing:
        yield Caption(switch.id.rpartition("/")[2], (x + EARTH_ASIDE, _earth_y(bay)), Side.RIGHT)
    yield Caption(f"{bay.name} {bay.beyond}".strip(), (x, depth), Side.BELOW)
