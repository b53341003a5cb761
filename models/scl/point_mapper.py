"""From the data objects of one logical node to points; addresses that no data object takes are findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from models.point import Cdc, ControlModel, Iec104Address, Limits, PointName, PointSpec
from models.scl.addressing import Addresses
from models.scl.classes import BIT_STRINGS, CONTROL_MODELS, CONTROL_VALUES, MAPPINGS, READ_ONLY, Mapping
from models.scl.control_model import control_model_of, is_operable, missing_service, written
from models.scl.elements import LogicalNode, Path, Scl
from models.scl.findings import Findings
from models.scl.limits import limits_of
from models.scl.templates import DataObject
from models.scl.units import unit_of

IEC104 = "iec104"


@dataclass(slots=True)
class Oddities:
    """What would be one remark per object; told once per device."""

    unstated: list[str] = field(default_factory=list)
    status_only: list[str] = field(default_factory=list)
    integers: list[str] = field(default_factory=list)
    read_only: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    without_quality: list[str] = field(default_factory=list)


class NodeMapper:
    """reported: members of data sets that lie in this node; None where the device has none, so that all is taken."""

    def __init__(
        self,
        scl: Scl,
        node: LogicalNode,
        protocol: str,
        reported: Sequence[Path] | None,
        findings: Findings,
        oddities: Oddities,
    ) -> None:
        self._scl, self._node, self._reported = scl, node, reported
        self._over_mms = protocol != IEC104
        self._findings, self._oddities = findings, oddities
        self._addresses = Addresses(node, findings.loss)

    def points(self, location: str) -> Iterator[PointSpec]:
        data_objects = self._scl.templates.data_objects(self._node.type_id)
        for each in data_objects:
            mapping = MAPPINGS.get(each.cdc)
            if mapping is not None and not (self._over_mms and (each.in_array or not mapping.over_mms)):
                yield from self._point(each, mapping, location)
        self._addresses.rest(data_objects)

    def _point(self, data_object: DataObject, mapping: Mapping, location: str) -> Iterator[PointSpec]:
        path = data_object.path
        values = [(*path, *value) for value in mapping.values]
        monitors = self._addresses.take(values, mapping.monitor_types, mapping, data_object)
        controls = [(*path, *value) for value in CONTROL_VALUES]
        commands = self._addresses.take(controls, mapping.command_types, mapping, data_object)
        if not monitors and not self._is_reported(values, data_object, mapping):
            if commands:
                problem = f"{self._name(data_object)} has a command address, but nothing tells its state"
                self._findings.loss(self._line(data_object), problem, "give its state an address, or report it")
            return
        variable = f"{self._node.key.name}.{'.'.join(path)}"
        model = self._control_model(data_object, mapping, commands)
        commanded = bool(commands) or (self._over_mms and model is not ControlModel.STATUS_ONLY)
        yield PointSpec(
            name=PointName(location, variable),
            cdc=mapping.commanded or mapping.cdc if commanded else mapping.cdc,
            link=self._node.key.ied,
            unit=unit_of(self._node, data_object),
            reference=f"{self._node.domain}/{variable}" if self._over_mms else "",
            monitor=monitors[0] if monitors else None,
            command=commands[0] if commands else None,
            control_model=model,
            line=self._line(data_object),
            more_monitors=monitors[1:],
            more_commands=commands[1:],
            limits=self._limits(data_object, mapping),
        )

    def _is_reported(self, values: Sequence[Path], data_object: DataObject, mapping: Mapping) -> bool:
        """A member is the value's attribute, its data object, or what contains both; the type must have the value."""
        if self._reported is None:
            wanted = not mapping.setting
        else:
            wanted = any(value[: len(member)] == member for member in self._reported for value in values)
        if not wanted or not self._over_mms:
            return wanted
        there = [value for value in mapping.values if value in data_object.attributes]
        if there and all(value[-1] == "i" for value in there) and mapping.cdc in (Cdc.MV, Cdc.APC):
            self._oddities.integers.append(self._name(data_object))
        if not there and self._reported is not None:
            missing = " or ".join(".".join(value) for value in mapping.values)
            problem = f"{self._name(data_object)} is reported, but its type has no {missing}"
            self._findings.loss(self._line(data_object), problem, "correct its DOType")
        if there and not self._has_quality(data_object):
            self._oddities.without_quality.append(self._name(data_object))
        return bool(there)

    def _has_quality(self, data_object: DataObject) -> bool:
        """Whether it is told too, wherever all is read or a data set has the object or its `q` among its members."""
        quality = (*data_object.path, "q")
        return self._reported is None or any(quality[: len(member)] == member for member in self._reported)

    def _name(self, data_object: DataObject) -> str:
        return f"{self._node.key}.{'.'.join(data_object.path)}"

    def _line(self, data_object: DataObject) -> int:
        return self._node.line_of(data_object.path[0])

    def _limits(self, data_object: DataObject, mapping: Mapping) -> Limits | None:
        if not mapping.command_types:
            return None
        try:
            return limits_of(self._node, data_object)
        except ValueError as error:
            problem = f"{self._name(data_object)} cannot be kept within its limits: {error}"
            self._findings.loss(self._line(data_object), problem, "write numbers, minVal not above maxVal")
            return None

    def _control_model(
        self, data_object: DataObject, mapping: Mapping, commands: tuple[Iec104Address, ...]
    ) -> ControlModel:
        """As the instance says, else its type. Without a way to command it the point is status-only."""
        text = written(self._node, data_object)
        model = control_model_of(text, data_object, self._scl.templates)
        if not mapping.command_types:
            if data_object.cdc in READ_ONLY and model not in (None, ControlModel.STATUS_ONLY):
                self._oddities.read_only.append(self._name(data_object))
            return ControlModel.STATUS_ONLY
        line, what = self._line(data_object), self._name(data_object)
        if model is None:
            remedy = f"write one of: {', '.join(CONTROL_MODELS)}"
            self._findings.loss(line, f"ctlModel of {what} is '{text}'", remedy)
        elif self._over_mms:
            return self._over_mms_model(model, text, data_object)
        elif (model is ControlModel.STATUS_ONLY) == bool(commands):
            problem = f"{what} is {text or 'status-only'} but has {'a' if commands else 'no'} command address"
            self._findings.loss(line, problem, "make ctlModel and the address of Oper.ctlVal agree")
        elif model.selects and any(each.type_id in BIT_STRINGS for each in commands):
            problem = f"{what} is {text}, but its command has no select"
            self._findings.loss(line, problem, "use a direct ctlModel, or ti 49")
        else:
            return model
        return ControlModel.STATUS_ONLY

    def _over_mms_model(self, model: ControlModel, text: str, data_object: DataObject) -> ControlModel:
        what = self._name(data_object)
        if missing := missing_service(model, data_object):
            problem = f"{what} is {text}, but its type has no {missing}, so it is not operated"
            self._findings.danger(self._line(data_object), problem, f"correct ctlModel, or add {missing} to its DOType")
            return ControlModel.STATUS_ONLY
        if is_operable(data_object) and not text:
            self._oddities.unstated.append(what)
        elif is_operable(data_object) and model is ControlModel.STATUS_ONLY:
            self._oddities.status_only.append(what)
        return model
