"""How the equipment of an SCL file hangs together: connectivity nodes, what stands between them, and what is doubtful.

Doubt is never taken for isolation: equipment whose terminals do not say where it ends leaves an open end at the nodes
that it does name, behind which there may be voltage.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from models.scl.elements import Place, Scl
from models.scl.equipment import Role, role_of
from models.scl.findings import Findings

EARTH = "grounded"
"""Name of the connectivity node that is earth (IEC 61850-6); every bay has one without declaring it."""

_HOLDERS = frozenset({"Bay", "Line", "Process", "VoltageLevel"})
_BUSBAR_BAYS = 3


@dataclass(frozen=True, slots=True)
class Connected:
    """Equipment with the nodes it stands at, each once, in the order of its terminals. earth: one terminal is earth."""

    place: Place
    role: Role
    nodes: tuple[str, ...]
    earth: bool = False


@dataclass(frozen=True, slots=True)
class Winding:
    """A winding of a transformer that is connected. path: of the winding."""

    path: str
    node: str


@dataclass(frozen=True)
class Topology:
    """nodes: every connectivity node, those that current transformers join once; `joined` leads to the one that stands
    for all. open_ends: place in the file that leaves it open -> node. neutral: nodes of neutral points.
    """

    scl: Scl
    nodes: tuple[str, ...]
    joined: Mapping[str, str]
    equipment: tuple[Connected, ...]
    transformers: Mapping[str, tuple[Winding, ...]]
    open_ends: Mapping[str, str]
    neutral: frozenset[str]

    def node_of(self, path: str) -> str:
        """The node that stands for this one."""
        return self.joined.get(path, path)

    @cached_property
    def busbars(self) -> frozenset[str]:
        """Nodes in a bay of their own (without breaker or disconnector), and nodes where at least three bays end."""
        switching = {each.place.parent for each in self.equipment if each.role is Role.SWITCH and not each.earth}
        bays: dict[str, set[str]] = defaultdict(set)
        for each in self.equipment:
            if each.role is Role.SWITCH and not each.earth:
                for node in each.nodes:
                    bays[node].add(each.place.parent)
        standing = {node for each in self.equipment for node in each.nodes}
        standing |= {each.node for windings in self.transformers.values() for each in windings}
        return frozenset(
            node
            for node in self.nodes
            if len(bays[node]) >= _BUSBAR_BAYS
            or (node in standing and self._own_bay(node, switching))
            or self._drawn_as_bus(node)
        )

    def _own_bay(self, node: str, switching: set[str]) -> bool:
        bay = self.scl.places.get(node.rpartition("/")[0])
        return bay is not None and bay.kind == "Bay" and bay.path not in switching

    def _drawn_as_bus(self, node: str) -> bool:
        place = self.scl.places.get(node)
        return place is not None and any(each.bus for each in place.sections)


def connect(scl: Scl, findings: Findings) -> Topology:
    """The topology of the process sections; what is doubtful goes into the findings as remarks, with what follows."""
    return _Connector(scl, findings).connect()


class _Connector:
    def __init__(self, scl: Scl, findings: Findings) -> None:
        self._scl, self._findings = scl, findings
        self._nodes: dict[str, None] = {}
        self._aliases: dict[str, str] = {}
        self._open: dict[str, str] = {}
        self._neutral: set[str] = set()
        self._joined: dict[str, str] = {}

    def connect(self) -> Topology:
        self._declare()
        places = self._scl.places.values()
        windings = self._windings(each for each in places if each.kind == "TransformerWinding")
        found = [self._connected(each) for each in places if each.kind == "ConductingEquipment"]
        equipment = [each for each in found if each is not None]
        for each in equipment:
            if each.role is Role.THROUGH:
                self._join(each.nodes)
        standing = {node: self._root(node) for node in self._nodes}
        return Topology(
            scl=self._scl,
            nodes=tuple(dict.fromkeys(standing.values())),
            joined={node: other for node, other in standing.items() if node != other},
            equipment=tuple(_at(each, standing) for each in equipment),
            transformers={
                path: tuple(Winding(each.path, standing[each.node]) for each in ends) for path, ends in windings.items()
            },
            open_ends={element: standing[node] for element, node in self._open.items()},
            neutral=frozenset(standing[node] for node in self._neutral),
        )

    # -- nodes

    def _declare(self) -> None:
        for place in self._scl.places.values():
            if place.kind == "ConnectivityNode":
                self._nodes[place.path] = None
                self._check(place)

    def _check(self, place: Place) -> None:
        remedy = "export the file again from its tool"
        holder = self._scl.places.get(place.parent)
        if holder is None or holder.kind not in _HOLDERS:
            self._findings.remark(place.line, f"connectivity node '{place.path}' stands outside a bay", remedy)
        if place.path_name and place.path_name != place.path:
            self._aliases[place.path_name] = place.path
            problem = f"connectivity node '{place.path}' calls itself '{place.path_name}'; both names lead to it"
            self._findings.remark(place.line, problem, remedy)

    def _resolved(self, place: Place) -> Iterator[str]:
        """Nodes of the terminals; '' for earth. What is not declared becomes a node with an open end."""
        for terminal in place.terminals:
            if not terminal.node:
                problem = f"a terminal of '{place.path}' names no connectivity node"
                self._findings.remark(terminal.line, problem, "name it: until then there may be voltage behind it")
            elif terminal.node.rpartition("/")[2] == EARTH:
                if not terminal.neutral:
                    yield ""
            else:
                node = self._node(terminal.node, place, terminal.line)
                if terminal.neutral:
                    self._neutral.add(node)
                else:
                    yield node

    def _node(self, name: str, place: Place, line: int) -> str:
        node = name if name in self._nodes else self._aliases.get(name, name)
        if node not in self._nodes:
            self._nodes[node] = None
            self._open[f"{node}/beyond"] = node
            problem = f"'{place.path}' ends at '{name}', which no ConnectivityNode declares"
            self._findings.remark(line, problem, "declare or correct it: until then there may be voltage there")
        return node

    def _join(self, nodes: tuple[str, ...]) -> None:
        for node in nodes[1:]:
            self._joined[self._root(node)] = self._root(nodes[0])

    def _root(self, node: str) -> str:
        while node in self._joined and self._joined[node] != node:
            node = self._joined[node]
        return node

    # -- equipment

    def _connected(self, place: Place) -> Connected | None:
        ends = [*self._resolved(place)]
        role, earth = role_of(place.type), "" in ends
        nodes = tuple(dict.fromkeys(node for node in ends if node))
        if not place.terminals:
            problem = f"{place.type or 'equipment'} '{place.path}' has no terminals, so nothing says where it stands"
            self._findings.remark(place.line, problem, "add its Terminals: until then it takes no commands")
            return None
        if role is Role.SWITCH and len(nodes) + earth != 2:
            self._incomplete(place, nodes)
            return None
        if role is Role.SWITCH and self._neutral.intersection(nodes):
            problem = f"'{place.path}' switches the neutral point of a transformer"
            self._findings.remark(place.line, problem, "it takes no commands from here: it changes neutral treatment")
            return None
        if len(nodes) == 1 and role is Role.LINE and not earth:
            self._open[place.path] = nodes[0]
        return Connected(place, role, nodes, earth)

    def _incomplete(self, place: Place, nodes: tuple[str, ...]) -> None:
        for number, node in enumerate(nodes):
            self._open[place.path if number == 0 else f"{place.path}/{number}"] = node
        ends = " and ".join(nodes) if nodes else "earth alone"
        problem = f"{place.type} '{place.path}' ends at {ends}: a switch has two ends"
        self._findings.remark(place.line, problem, "correct its Terminals: until then it takes no commands")

    def _windings(self, places: Iterable[Place]) -> dict[str, tuple[Winding, ...]]:
        found: dict[str, list[Winding]] = defaultdict(list)
        loose: set[str] = set()
        for place in places:
            nodes = [node for node in self._resolved(place) if node]
            found[place.parent] += [Winding(place.path, node) for node in dict.fromkeys(nodes)]
            if not nodes:
                problem = f"winding '{place.path}' has no terminal, so nothing says what its transformer joins"
                self._findings.remark(place.line, problem, "add its Terminal")
                loose.add(place.parent)
        self._open |= {f"{path}/beyond": found[path][0].node for path in sorted(loose) if found[path]}
        return {path: tuple(windings) for path, windings in found.items() if windings}


def _at(each: Connected, standing: Mapping[str, str]) -> Connected:
    """The same at the nodes that stand for all that are joined."""
    return Connected(each.place, each.role, tuple(dict.fromkeys(standing[node] for node in each.nodes)), each.earth)
