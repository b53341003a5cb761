"""IEC 61850-80-1 addresses towards the control centre for the points that have none: a plan, the same every time.

Each device has one common address and numbers its points from 1 in the order of the file; a command stands at the
number of its point plus an offset. What is in the file stays as it is: nothing is changed, moved, filled up or reused.
Devices on IEC 104 are left out: their addresses are what their own configuration says. So are setting groups, which
are no data object and have no instance that could bear an address.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from models.errors import ConfigError
from models.point import Cdc, ControlModel, Iec104Address, PointSpec
from models.scl.classes import CONTROL_VALUES, MAPPINGS, Mapping
from models.scl.elements import LogicalNode, LogicalNodeKey, Path, Scl
from models.scl.links import protocol_of
from models.scl.points import is_active_group
from models.scl.templates import DataObject

COMMAND_OFFSET = 10_000
"""Of a device whose commands show no other."""

_COMMANDED = frozenset({Cdc.SPC, Cdc.DPC, Cdc.BSC, Cdc.ISC, Cdc.APC})
_MOST_COMMON, _MOST_OBJECT = 65_534, 16_777_215


@dataclass(frozen=True, slots=True)
class NewAddress:
    """One address to be written: the attribute (path in its logical node) and the point it belongs to."""

    point: PointSpec
    node: LogicalNodeKey
    path: Path
    address: Iec104Address
    is_command: bool


@dataclass(frozen=True, slots=True)
class Allocation:
    """New addresses in the order of the file, and points that cannot have one."""

    added: tuple[NewAddress, ...]
    findings: tuple[ConfigError, ...]


def allocate(scl: Scl, points: Iterable[PointSpec]) -> Allocation:
    """The plan for the points of an SCD (models.scl.points)."""
    planner = _Planner(scl)
    devices: dict[str, list[PointSpec]] = defaultdict(list)
    for point in points:
        if protocol_of(scl, point.link) == "iec61850" and not is_active_group(point):
            devices[point.link].append(point)
    added = tuple(new for ied in scl.ieds for new in planner.device(ied.name, devices[ied.name]))
    return Allocation(added, tuple(planner.findings))


class _Planner:
    """All numbers of the file that are taken, whatever takes them."""

    def __init__(self, scl: Scl) -> None:
        self._scl = scl
        self.findings: list[ConfigError] = []
        self._taken: dict[int, set[int]] = defaultdict(set)
        self._of_ied: dict[str, Counter[int]] = defaultdict(Counter)
        self._nodes = {
            (node.key.ied, node.domain, node.key.name): node for ied in scl.ieds for node in ied.logical_nodes
        }
        for node in self._nodes.values():
            for mapped in node.addresses:
                self._taken[mapped.address.common_address].add(mapped.address.object_address)
                self._of_ied[node.key.ied][mapped.address.common_address] += 1

    def device(self, ied: str, points: list[PointSpec]) -> Iterator[NewAddress]:
        wanting = [point for point in points if _wants_monitor(point) or _wants_command(point)]
        if not wanting:
            return
        common = self._common_address(ied, points[0])
        if common is None:
            return
        offset = _offset(points)
        last = max((each.object_address for point in points for each in point.monitors), default=0)
        for point in wanting:
            found = self._attributes(point)
            if found is None:
                continue
            node, data_object, mapping = found
            if _wants_monitor(point):
                last = self._free(common, last + 1)
                yield from self._new(point, node, data_object, mapping, Iec104Address(common, last, 0), False)
            if _wants_command(point):
                home, base = common, last
                if point.monitor is not None:
                    home, base = point.monitor.common_address, point.monitor.object_address
                number = self._free(home, base + offset)
                yield from self._new(point, node, data_object, mapping, Iec104Address(home, number, 0), True)

    def _common_address(self, ied: str, point: PointSpec) -> int | None:
        """The one that the device has for most of its points, else the first that nobody has."""
        known = self._of_ied[ied].most_common(1)
        if known:
            return known[0][0]
        number = next((each for each in range(1, _MOST_COMMON + 1) if not self._taken.get(each)), None)
        if number is None:
            self._find(point, f"no common address is left for '{ied}'", "split the site")
        else:
            self._of_ied[ied][number] += 1
        return number

    def _free(self, common: int, wanted: int) -> int:
        """The number, or the next one that nothing has; it is taken now."""
        taken = self._taken[common]
        number = wanted
        while number in taken:
            number += 1
        taken.add(number)
        return number

    def _new(
        self,
        point: PointSpec,
        node: LogicalNode,
        data_object: DataObject,
        mapping: Mapping,
        place: Iec104Address,
        is_command: bool,
    ) -> Iterator[NewAddress]:
        paths = CONTROL_VALUES if is_command else mapping.values
        path = _first(data_object, paths)
        types = mapping.command_types if is_command else mapping.monitor_types
        if path is None or place.object_address > _MOST_OBJECT:
            what = "command" if is_command else "value"
            self._find(point, f"{point.name} has no attribute for its {what}", "correct its type in the templates")
            return
        type_id = types[1] if path[-1] == "i" and not is_command else types[0]
        address = Iec104Address(place.common_address, place.object_address, type_id)
        yield NewAddress(point, node.key, (*data_object.path, *path), address, is_command)

    def _attributes(self, point: PointSpec) -> tuple[LogicalNode, DataObject, Mapping] | None:
        domain, _, variable = point.reference.partition("/")
        name, _, path = variable.partition(".")
        node = self._nodes.get((point.link, domain, name))
        for each in () if node is None else self._scl.templates.data_objects(node.type_id):
            if each.path == tuple(path.split(".")) and node is not None:
                return node, each, MAPPINGS[each.cdc]
        self._find(point, f"{point.name} has no type", "add its type to the templates")
        return None

    def _find(self, point: PointSpec, problem: str, remedy: str) -> None:
        self.findings.append(ConfigError(self._scl.file, point.line, problem, remedy))


def _wants_monitor(point: PointSpec) -> bool:
    return point.monitor is None


def _wants_command(point: PointSpec) -> bool:
    """Modes and settings of a device (INC, ENC) are no business of a control centre unless somebody writes it down."""
    return point.command is None and point.control_model is not ControlModel.STATUS_ONLY and point.cdc in _COMMANDED


def _offset(points: Iterable[PointSpec]) -> int:
    """How far commands stand from their points in this device, as most of them do."""
    differences = Counter(
        point.command.object_address - point.monitor.object_address
        for point in points
        if point.command is not None
        and point.monitor is not None
        and point.command.common_address == point.monitor.common_address
        and point.command.object_address > point.monitor.object_address
    )
    common = differences.most_common(1)
    return common[0][0] if common else COMMAND_OFFSET


def _first(data_object: DataObject, paths: Iterable[Path]) -> Path | None:
    """The first attribute that the type has and that is a leaf."""
    for path in paths:
        found = data_object.attributes.get(path)
        if found is not None and found.basic_type != "Struct":
            return path
    return None
