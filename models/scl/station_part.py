"""A topology cut into its substations, for what is made for each of them; in one pass over a large file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from models.scl.elements import Place
from models.scl.topology import Connected, Topology, Winding


@dataclass(frozen=True, slots=True)
class StationPart:
    """station: its name. topology: what stands in it."""

    station: str
    topology: Topology


def by_station(topology: Topology, stations: Sequence[str]) -> Iterator[StationPart]:
    """In the order of the stations."""
    equipment: dict[str, list[Connected]] = defaultdict(list)
    for each in topology.equipment:
        equipment[_first(each.place.path)].append(each)
    places: dict[str, dict[str, Place]] = defaultdict(dict)
    for path, place in topology.scl.places.items():
        places[_first(path)][path] = place
    transformers: dict[str, dict[str, tuple[Winding, ...]]] = defaultdict(dict)
    for path, windings in topology.transformers.items():
        transformers[_first(path)][path] = windings
    nodes: dict[str, list[str]] = defaultdict(list)
    for node in topology.nodes:
        nodes[_first(node)].append(node)
    for station in stations:
        yield StationPart(
            station,
            replace(
                topology,
                scl=replace(topology.scl, places=places[station]),
                nodes=tuple(nodes[station]),
                equipment=tuple(equipment[station]),
                transformers=transformers[station],
            ),
        )


def _first(path: str) -> str:
    return path.partition("/")[0]
