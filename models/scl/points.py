"""The one mapping of an SCD to points, shared by server and simulator; a hand-written golden list checks it.

A data object becomes a point when it has an IEC 61850-80-1 address or stands in a data set that is reported, and when
an LNode of the process says where its logical node works. Location: path of that LNode's parent; variable: prefix,
class, instance of the logical node, then the data object ('MMXU1.PPV.phsAB').
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.errors import ConfigError
from models.point import ControlModel, Iec104Address, PointName, PointSpec
from models.scl.addressing import Addresses
from models.scl.classes import BIT_STRINGS, CONTROL_MODELS, CONTROL_VALUES, MAPPINGS, Mapping
from models.scl.elements import LogicalNode, LogicalNodeKey, Path, Scl
from models.scl.links import protocol_of
from models.scl.templates import DataObject
from models.scl.units import unit_of


@dataclass(frozen=True, slots=True)
class PointTable:
    """Points in the file's order, and what looks like a point but cannot be one (file, line, remedy)."""

    points: tuple[PointSpec, ...]
    findings: tuple[ConfigError, ...]


def points(scl: Scl) -> tuple[PointSpec, ...]:
    """The points of an SCD in the order of its logical nodes. What is unusable is left out, see point_table."""
    return point_table(scl).points


def point_table(scl: Scl) -> PointTable:
    """The points and the findings of an SCD."""
    locations = _locations(scl)
    reported = _reported(scl)
    findings: list[ConfigError] = []
    made: dict[PointName, PointSpec] = {}
    for ied in scl.ieds:
        protocol = protocol_of(scl, ied.name)
        for node in ied.logical_nodes:
            if node.addresses or node.key in reported:
                mapper = _NodeMapper(scl, node, protocol, reported.get(node.key, []), findings)
                for point in mapper.points(locations.get(node.key)):
                    _add(made, point, scl.file, findings)
    return PointTable(tuple(made.values()), tuple(findings))


def _add(made: dict[PointName, PointSpec], point: PointSpec, file: str, findings: list[ConfigError]) -> None:
    if (first := made.setdefault(point.name, point)) is not point:
        problem = f"point {point.name} exists already (line {first.line})"
        findings.append(ConfigError(file, point.line, problem, "give the logical nodes different inst or prefix"))


def _locations(scl: Scl) -> dict[LogicalNodeKey, str]:
    locations: dict[LogicalNodeKey, str] = {}
    for use in scl.uses:
        locations.setdefault(use.key, use.location)
    return locations


def _reported(scl: Scl) -> dict[LogicalNodeKey, list[Path]]:
    """Members of data sets that a report control block carries."""
    reported: dict[LogicalNodeKey, list[Path]] = {}
    for ied in scl.ieds:
        carried = {(control.holder, control.data_set) for control in ied.report_controls}
        for data_set in ied.data_sets:
            if (data_set.holder, data_set.name) in carried:
                for key, path, _ in data_set.members:
                    reported.setdefault(key, []).append(path)
    return reported


class _NodeMapper:
    """Maps one logical node; addresses that no data object takes are findings."""

    def __init__(
        self, scl: Scl, node: LogicalNode, protocol: str, reported: Sequence[Path], findings: list[ConfigError]
    ) -> None:
        self._scl, self._node, self._protocol, self._reported = scl, node, protocol, reported
        self._findings = findings
        self._addresses = Addresses(node, self._find)

    def points(self, location: str | None) -> Iterator[PointSpec]:
        if self._node.type_id not in self._scl.templates:
            problem = f"type '{self._node.type_id}' of {self._node.key} is unknown"
            self._find(self._node.line, problem, "add its LNodeType to the DataTypeTemplates")
        elif location is None:
            problem = f"no LNode of the process names {self._node.key}, so its points have no location"
            self._find(self._node.line, problem, "add an LNode where it works")
        else:
            data_objects = self._scl.templates.data_objects(self._node.type_id)
            for each in data_objects:
                mapping = MAPPINGS.get(each.cdc)
                if mapping is not None and (mapping.over_mms or self._protocol != "iec61850"):
                    yield from self._point(each, mapping, location)
            self._addresses.rest(data_objects)

    def _find(self, line: int, problem: str, remedy: str) -> None:
        self._findings.append(ConfigError(self._scl.file, line, problem, remedy))

    def _point(self, data_object: DataObject, mapping: Mapping, location: str) -> Iterator[PointSpec]:
        path = data_object.path
        values = [(*path, *value) for value in mapping.values]
        monitors = self._addresses.take(values, mapping.monitor_types, mapping, data_object)
        controls = [(*path, *value) for value in CONTROL_VALUES]
        commands = self._addresses.take(controls, mapping.command_types, mapping, data_object)
        if not monitors and not any(_covers(member, value) for member in self._reported for value in values):
            if commands:
                problem = f"{self._node.key}.{'.'.join(path)} has a command address, but nothing tells its state"
                self._find(self._node.line_of(path[0]), problem, "give its state an address, or report it")
            return
        variable = f"{self._node.key.name}.{'.'.join(path)}"
        yield PointSpec(
            name=PointName(location, variable),
            cdc=mapping.commanded or mapping.cdc if commands else mapping.cdc,
            link=self._node.key.ied,
            unit=unit_of(self._node, data_object),
            reference=f"{self._node.domain}/{variable}" if self._protocol == "iec61850" else "",
            monitor=monitors[0] if monitors else None,
            command=commands[0] if commands else None,
            control_model=self._control_model(data_object, mapping, commands),
            line=self._node.line_of(path[0]),
            more_monitors=monitors[1:],
            more_commands=commands[1:],
        )

    def _control_model(
        self, data_object: DataObject, mapping: Mapping, commands: tuple[Iec104Address, ...]
    ) -> ControlModel:
        """As the instance says, else its type. Without a way to command it the point is status-only."""
        if not mapping.command_types:
            return ControlModel.STATUS_ONLY
        path = (*data_object.path, "ctlModel")
        default = data_object.attributes.get(("ctlModel",))
        name = self._node.values.get(path) or (default.value if default else "")
        model = CONTROL_MODELS.get(name or "status-only")
        line = self._node.line_of(data_object.path[0])
        what = f"{self._node.key}.{'.'.join(data_object.path)}"
        if model is None:
            self._find(line, f"ctlModel of {what} is '{name}'", f"write one of: {', '.join(CONTROL_MODELS)}")
        elif self._protocol == "iec104" and (model is ControlModel.STATUS_ONLY) == bool(commands):
            problem = f"{what} is {name or 'status-only'} but has {'a' if commands else 'no'} command address"
            self._find(line, problem, "make ctlModel and the address of Oper.ctlVal agree")
        elif self._protocol == "iec104" and model.selects and any(each.type_id in BIT_STRINGS for each in commands):
            self._find(line, f"{what} is {name}, but its command has no select", "use a direct ctlModel, or ti 49")
        else:
            return model
        return ControlModel.STATUS_ONLY


def _covers(member: Path, value: Path) -> bool:
    """A member of a data set is the value's attribute, its data object, or what contains both."""
    return value[: len(member)] == member
