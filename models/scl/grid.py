"""The grid of an SCL file alone, as models.network declares it: how everything hangs together, and no electrical value.

What the file does not state (impedances, ratings, neutral treatment, the normal diagram) is unstated: whoever computes
with it gets AlgorithmError, so that rules which need it answer no. Infeeds (IFL) are sources; what may feed from where
the file does not reach (a line with one terminal, an open end) is a generator.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import MISSING, dataclass, fields
from typing import TypeVar

from models.errors import ConfigError
from models.network.elements import (
    Feeder,
    Generator,
    Limits,
    Line,
    Load,
    Meter,
    Network,
    Node,
    Source,
    Switch,
    SwitchKind,
    Transformer,
)
from models.network.unstated import unstated
from models.point import ControlModel, PointSpec
from models.scl.elements import Scl
from models.scl.equipment import Role
from models.scl.findings import Findings
from models.scl.meters import voltage_meters
from models.scl.switch_kind import SwitchKinds
from models.scl.topology import Connected, Topology, Winding, connect

Made = TypeVar("Made", Line, Load, Generator, Source, Switch, Transformer)

OPEN_END, OUTGOING = "open end", "line"
"""Kinds of generators that stand for what the file does not show."""
UNSEEN = frozenset({OPEN_END, OUTGOING})


@dataclass(frozen=True, slots=True)
class DerivedGrid:
    """network: `topology_only`. lines: element id to its line in the file. remarks: what is doubtful in the file."""

    network: Network
    lines: dict[str, int]
    remarks: tuple[ConfigError, ...]


def derive_grid(scl: Scl, points: Sequence[PointSpec]) -> DerivedGrid:
    """The grid of a whole file. points: those of the same file; they tell which switches have remote control."""
    findings = Findings(scl.file)
    topology = connect(scl, findings)
    meters = voltage_meters(topology, points)
    network = _Deriver(topology, SwitchKinds(scl, findings), _commanded(points), meters, findings).network()
    lines = {path: place.line for path, place in scl.places.items()}
    return DerivedGrid(network, lines, findings.remarks)


def _commanded(points: Iterable[PointSpec]) -> frozenset[str]:
    """Locations whose switch position takes commands."""
    return frozenset(
        point.name.location
        for point in points
        if point.name.variable.endswith(".Pos") and point.control_model is not ControlModel.STATUS_ONLY
    )


def _element(cls: type[Made], /, **given: object) -> Made:
    """An element whose other numbers are unstated."""
    name = str(given["id"])
    missing = {
        each.name: unstated(str(each.type), each.name, name)
        for each in fields(cls)
        if each.name not in given and each.default is MISSING
    }
    return cls(**{**missing, **given})  # type: ignore[arg-type]  # every missing field is a number


class _Deriver:
    def __init__(
        self,
        topology: Topology,
        kinds: SwitchKinds,
        commanded: frozenset[str],
        meters: Iterable[Meter],
        findings: Findings,
    ) -> None:
        self._topology, self._kinds, self._commanded, self._findings = topology, kinds, commanded, findings
        self._meters = meters
        self._places = topology.scl.places
        self._by_role: dict[Role, list[Connected]] = defaultdict(list)
        for each in topology.equipment:
            self._by_role[each.role].append(each)
        self._beside: dict[str, list[str]] = defaultdict(list)
        for each in topology.equipment:
            for one, other in zip(each.nodes, each.nodes[1:], strict=False):
                self._beside[one].append(other)
                self._beside[other].append(one)
        self._distance = self._distances()
        self._voltages_v = self._stated_voltages()

    def network(self) -> Network:
        transformers, stations = self._transformers()
        sources = tuple(
            _element(Source, id=each.place.path, node=each.nodes[0])
            for each in self._by_role[Role.INFEED]
            if each.nodes
        )
        switches = tuple(self._switches())
        feeding = [(each.id, self._level(each.lv_node)) for each in transformers]
        feeding += [(each.id, self._level(each.node)) for each in sources]
        what = self._topology.scl.file
        names = ("voltage_min_pu", "voltage_max_pu", "line_loading_pu", "transformer_loading_pu")
        return Network(
            name=next((each.path for each in self._places.values() if each.kind == "Substation"), what),
            frequency_hz=self._frequency_hz(),
            limits=Limits(**{name: unstated("float", f"limit {name}", what) for name in names}),
            galvanic_networks=(),
            nodes=tuple(self._node(node) for node in self._topology.nodes),
            sources=sources,
            transformers=tuple(transformers),
            lines=tuple(self._lines()),
            switches=switches,
            loads=(*self._loads(), *stations),
            generators=tuple(self._generators()),
            indicators=(),
            feeders=tuple(self._feeders(switches, feeding)),
            topology_only=True,
            meters=tuple(self._meters),
        )

    # -- nodes

    def _node(self, node: str) -> Node:
        first = self._places.get(node.partition("/")[0])
        station = first.path if first is not None and first.kind == "Substation" else ""
        return Node(node, self._voltage_v(node), station, node in self._topology.busbars)

    def _voltage_v(self, node: str) -> float:
        stated = self._voltages_v.get(node)
        return unstated("float", "nominal voltage", node) if stated is None else stated

    def _stated_voltages(self) -> dict[str, float]:
        """Of the voltage level (or line) that holds a node, else of what it hangs together with without transformer."""
        found = {node: value for node in self._topology.nodes if (value := self._voltage_above(node)) is not None}
        queue = deque(found)
        while queue:
            node = queue.popleft()
            for other in self._beside[node]:
                if other not in found:
                    found[other] = found[node]
                    queue.append(other)
        return found

    def _voltage_above(self, node: str) -> float | None:
        path = node
        while path:
            place = self._places.get(path)
            if place is not None and place.voltage_v is not None:
                return place.voltage_v
            path = path.rpartition("/")[0]
        return None

    def _frequency_hz(self) -> float:
        found = (each.frequency_hz for each in self._places.values() if each.frequency_hz is not None)
        return next(found, unstated("float", "frequency", self._topology.scl.file))

    def _level(self, node: str) -> str:
        """Path of the voltage level of a node."""
        return node.rpartition("/")[0].rpartition("/")[0]

    def _distances(self) -> dict[str, int]:
        """Switches and branches between each node and the nearest busbar."""
        distance = dict.fromkeys(self._topology.busbars, 0)
        queue = deque(distance)
        while queue:
            node = queue.popleft()
            for other in self._beside[node]:
                if other not in distance:
                    distance[other] = distance[node] + 1
                    queue.append(other)
        return distance

    # -- what stands between nodes

    def _switches(self) -> Iterator[Switch]:
        for each in self._by_role[Role.SWITCH]:
            nodes = sorted(each.nodes, key=lambda node: self._distance.get(node, len(self._distance)))
            if len(nodes) + each.earth != 2:
                problem = f"both ends of '{each.place.path}' are joined past it"
                self._findings.remark(each.place.line, problem, "correct the terminals of the current transformer")
                continue
            kind = SwitchKind.EARTHING_SWITCH if each.earth else self._kinds.of(each.place)
            earthing = kind is SwitchKind.EARTHING_SWITCH
            yield _element(
                Switch,
                id=each.place.path,
                kind=kind,
                from_node=nodes[0],
                to_node="" if earthing else nodes[1],
                normally_open=earthing,
                remote=each.place.path in self._commanded,
            )

    def _lines(self) -> Iterator[Line]:
        for each in (*self._by_role[Role.LINE], *self._by_role[Role.SERIES], *self._by_role[Role.MACHINE]):
            for number, (one, other) in enumerate(zip(each.nodes, each.nodes[1:], strict=False)):
                name = each.place.path if number == 0 else f"{each.place.path}/{number}"
                yield _element(Line, id=name, from_node=one, to_node=other)

    def _transformers(self) -> tuple[list[Transformer], list[Load]]:
        """Transformers between two nodes; one with a single connected winding feeds what the file does not show."""
        made: list[Transformer] = []
        stations: list[Load] = []
        for path, windings in self._topology.transformers.items():
            ends = list({each.node: each for each in windings}.values())
            if len(ends) == 1:
                stations.append(_element(Load, id=path, node=ends[0].node))
                continue
            ordered = sorted(ends, key=self._height)
            for low in ordered[1:]:
                name = path if len(ends) == 2 else low.path
                made.append(
                    _element(
                        Transformer,
                        id=name,
                        hv_node=ordered[0].node,
                        lv_node=low.node,
                        vector_group=f"not stated for {name}",
                    )
                )
        return made, stations

    def _height(self, winding: Winding) -> float:
        """Highest voltage first; the order of the file where one is not stated."""
        return -self._voltages_v.get(winding.node, 0.0)

    # -- what stands at a node

    def _loads(self) -> Iterator[Load]:
        shunts = [each for each in self._by_role[Role.SERIES] if len(each.nodes) == 1]
        for each in (*self._by_role[Role.CONSUMER], *shunts):
            if each.nodes:
                yield _element(Load, id=each.place.path, node=each.nodes[0])

    def _generators(self) -> Iterator[Generator]:
        for each in self._by_role[Role.MACHINE]:
            if len(each.nodes) == 1:
                yield _element(Generator, id=each.place.path, node=each.nodes[0], kind=each.place.type)
        for element, node in self._topology.open_ends.items():
            place = self._places.get(element)
            outgoing = place is not None and place.type in ("LIN", "CAB", "GIL")
            yield _element(Generator, id=element, node=node, kind=OUTGOING if outgoing else OPEN_END)

    def _feeders(self, switches: tuple[Switch, ...], feeding: list[tuple[str, str]]) -> Iterator[Feeder]:
        """Bays with one breaker from which a line leaves."""
        breakers: dict[str, list[str]] = defaultdict(list)
        for switch in switches:
            if switch.kind is SwitchKind.BREAKER:
                breakers[switch.id.rpartition("/")[0]].append(switch.id)
        lines = self._by_role[Role.LINE]
        bays = dict.fromkeys(each.place.parent for each in lines)
        bays |= dict.fromkeys(node.rpartition("/")[0] for each in lines for node in each.nodes)
        for bay in bays:
            above = next((name for name, level in feeding if level == bay.rpartition("/")[0]), "")
            if len(breakers[bay]) == 1 and above:
                yield Feeder(bay, breakers[bay][0], above)
