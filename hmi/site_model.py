"""The site as the unit tells it: grid, which point tells a switch's position, what may be operated from here."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property

from hmi.regulated import RegulatedPoint, regulated_from
from models.drawing import Drawing, drawing_from_plain
from models.errors import RemoteProtocolError
from models.network.elements import Feeder, Network, Node, Switch
from models.network.reader import read_network
from models.plain import PlainFields
from models.point import PointName

REGULATION_S = 30.0
"""Where the unit does not say."""


@dataclass(frozen=True)
class SiteModel:
    """positions: switch id to its position point. controllable: switches that take commands through the unit.

    regulated: points that take steps or set-points. regulation_s: how long their feedback may take.
    drawings: station to its single-line diagram as its SCD draws it.
    """

    unit: str
    level: str
    network: Network
    positions: dict[str, PointName]
    controllable: frozenset[str]
    regulated: dict[PointName, RegulatedPoint] = field(default_factory=dict)
    regulation_s: float = REGULATION_S
    drawings: dict[str, Drawing] = field(default_factory=dict)

    @classmethod
    def from_value(cls, value: object) -> SiteModel:
        """From the value of the variable `Model`. RemoteProtocolError or ConfigError say what is wrong with it."""
        fields = PlainFields(value, "Model")
        unit = PlainFields(fields.take("unit"), "Model.unit")
        return cls(
            unit=unit.text("name"),
            level=str(unit.take("level")),
            network=read_network(json.dumps(fields.take("network")), "the unit's model"),
            positions=_positions(fields.take("positions")),
            controllable=frozenset(fields.texts("controllable")),
            regulated=regulated_from(value),
            regulation_s=fields.number("regulation_s") if _has(value, "regulation_s") else REGULATION_S,
            drawings=_drawings(fields.take("drawings")) if _has(value, "drawings") else {},
        )

    @cached_property
    def nodes(self) -> dict[str, Node]:
        return {node.id: node for node in self.network.nodes}

    @cached_property
    def switches(self) -> dict[str, Switch]:
        return {switch.id: switch for switch in self.network.switches}

    @cached_property
    def switch_of_point(self) -> dict[PointName, str]:
        return {point: switch for switch, point in self.positions.items()}

    @cached_property
    def stations(self) -> dict[str, tuple[Switch, ...]]:
        """Station name to its switches, in the order of the model."""
        found: dict[str, list[Switch]] = {node.station: [] for node in self.network.nodes if node.station}
        for switch in self.network.switches:
            found[self.nodes[switch.from_node].station].append(switch)
        return {station: tuple(switches) for station, switches in found.items()}

    @cached_property
    def primaries(self) -> frozenset[str]:
        """Stations that hold a transformer or a source."""
        ends = [transformer.lv_node for transformer in self.network.transformers]
        ends += [source.node for source in self.network.sources]
        return frozenset(self.nodes[end].station for end in ends if self.nodes[end].station)

    @cached_property
    def feeds(self) -> tuple[str, ...]:
        """What energisation names as feeding: the only transformer at a source, else the source itself."""
        transformers = tuple(each.id for each in self.network.transformers)
        if not self.network.topology_only:
            return transformers
        at: dict[str, list[str]] = {}
        for each in self.network.transformers:
            at.setdefault(each.hv_node, []).append(each.id)
        found = (at.get(source.node, ()) for source in self.network.sources)
        named = zip(self.network.sources, found, strict=True)
        return tuple(below[0] if len(below) == 1 else source.id for source, below in named)

    @cached_property
    def feeder_of_breaker(self) -> dict[str, Feeder]:
        return {feeder.breaker: feeder for feeder in self.network.feeders}

    def normally_open(self, switch: Switch) -> bool | None:
        """In the released normal diagram; None where nobody has stated one."""
        return None if self.network.topology_only else switch.normally_open

    def station_of(self, element: str) -> str:
        """The station that an element's path begins with; '' for an element of a line."""
        station = element.partition("/")[0]
        return station if station in self.stations else ""


def bay_of(switch: str) -> str:
    """`ST103/K1/E01` of `ST103/K1/E01/Q0`."""
    return switch.rpartition("/")[0]


def _has(value: object, key: str) -> bool:
    return isinstance(value, dict) and key in value


def _drawings(item: object) -> dict[str, Drawing]:
    if not isinstance(item, list):
        raise RemoteProtocolError("Model: 'drawings' is no list of single-line diagrams")
    return {each.station: each for each in map(drawing_from_plain, item)}


def _positions(item: object) -> dict[str, PointName]:
    if not isinstance(item, dict):
        raise RemoteProtocolError("Model: 'positions' is no object; send {switch: [location, variable]}")
    found = {}
    for switch, pair in item.items():
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(part, str) for part in pair):
            raise RemoteProtocolError(f"Model: the position of {switch!r:.80} is no [location, variable]")
        found[switch] = PointName(*pair)
    return found
