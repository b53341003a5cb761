"""What an SCL file says that a device has, as MMS names it (IEC 61850-8-1): to be compared with the device itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from models.scl.capabilities import Services
from models.scl.control_model import control_model_of, is_operable, written
from models.scl.elements import DataSet, Ied, LogicalNode, ReportControl, Scl
from models.scl.links import reached
from models.scl.templates import DataObject, Path, Templates

_TYPES = {
    "BOOLEAN": "boolean",
    **dict.fromkeys(("INT8", "INT16", "INT24", "INT32", "INT64", "INT128", "Enum"), "integer"),
    **dict.fromkeys(("INT8U", "INT16U", "INT24U", "INT32U"), "unsigned"),
    **dict.fromkeys(("FLOAT32", "FLOAT64"), "float"),
    **dict.fromkeys(
        ("Dbpos", "Tcmd", "Quality", "Check", "TrgOps", "OptFlds", "SvOptFlds", "LogOptFlds"), "bit-string"
    ),
    **dict.fromkeys(("VisString32", "VisString64", "VisString65", "VisString129", "VisString255"), "visible-string"),
    **dict.fromkeys(("ObjRef", "Currency"), "visible-string"),
    **dict.fromkeys(("Octet6", "Octet16", "Octet64", "EntryID"), "octet-string"),
    "Unicode255": "mms-string",
    "Timestamp": "utc-time",
    "EntryTime": "binary-time",
}
"""Basic types of IEC 61850-6 as MMS has them (IEC 61850-8-1); an enumeration is an integer."""
ARRAY = "array"

_PLATE = (("DC", "vendor"), ("DC", "swRev"), ("DC", "configRev"), ("EX", "ldNs"))

Places = Mapping[str, int]
"""Lines by name."""


@dataclass(frozen=True, slots=True)
class ExpectedNode:
    """A logical node: its type in `ExpectedDevice.types`; lines: of its data objects, where they have one."""

    type_id: str
    line: int
    lines: Places = field(default_factory=dict)

    def line_of(self, data_object: str) -> int:
        return self.lines.get(data_object, self.line)


@dataclass(frozen=True, slots=True)
class ExpectedSet:
    """Members in their order: `IED1LD0/CSWI1$ST$Pos`."""

    members: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class ExpectedReport:
    """data_set: `IED1LD0/LLN0$dsStatus`, '' for none. conf_rev 0: not stated. instances: 1 with the bare name if not
    indexed."""

    data_set: str
    conf_rev: int
    instances: int
    indexed: bool
    line: int


class Dynamic(NamedTuple):
    """What `Services` says of data sets that clients make. offered: None where the file names no services.

    sets, members: at most; 0 where the file is silent.
    """

    offered: bool | None = None
    sets: int = 0
    members: int = 0


NO_LIMITS = Dynamic()


@dataclass(frozen=True, slots=True)
class ExpectedDevice:
    """Keys are names of MMS. types: attribute (`ST$Pos$stVal`) to its MMS type, by type of logical node.

    controls: ctlModel and line by `IED1LD0/CSWI1.Pos`. groups: number of setting groups and line by logical device.
    plates: text and line by `IED1LD0/LLN0$DC$NamPlt$configRev`. services: names that `Services` promises.
    """

    file: str = ""
    domains: Places = field(default_factory=dict)
    nodes: Mapping[str, ExpectedNode] = field(default_factory=dict)
    types: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    controls: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    data_sets: Mapping[str, ExpectedSet] = field(default_factory=dict)
    reports: Mapping[str, ExpectedReport] = field(default_factory=dict)
    groups: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    plates: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    services: tuple[str, ...] = ()
    line: int = 0
    dynamic: Dynamic = NO_LIMITS


def expected_of(scl: Scl, ied: Ied, types: dict[str, Mapping[str, str]] | None = None) -> ExpectedDevice:
    """What the server has that the link to this IED reaches. types: shared between the devices of one file."""
    known = {} if types is None else types
    servers = reached(scl, ied)
    nodes = [each for each in ied.logical_nodes if each.access_point in servers and each.type_id in scl.templates]
    for node in nodes:
        if node.type_id not in known:
            known[node.type_id] = attributes_of(scl.templates, node.type_id)
    domains = {each.domain: each.line for each in ied.devices if each.access_point in servers}
    services = ied.services.present
    return ExpectedDevice(
        file=scl.file,
        domains=domains,
        nodes={_name(each): ExpectedNode(each.type_id, each.line, dict(each.object_lines)) for each in nodes},
        types={each.type_id: known[each.type_id] for each in nodes},
        controls={name: found for each in nodes for name, found in _controls(scl.templates, each)},
        data_sets=dict(_data_sets(ied, domains)),
        reports=dict(_report(each) for each in ied.report_controls if _domain(each.holder) in domains),
        groups={
            each.domain: (each.setting_control.groups, each.setting_control.line)
            for each in nodes
            if each.setting_control
        },
        plates={name: found for each in nodes for name, found in _plate(each)},
        services=tuple(sorted(services)),
        line=ied.line,
        dynamic=_dynamic(ied.services),
    )


def _dynamic(services: Services) -> Dynamic:
    if not services.present:
        return NO_LIMITS
    most, members = services.number("DynDataSet"), services.number("DynDataSet", "maxAttributes")
    return Dynamic(services.makes_data_sets, most, members)


def attributes_of(templates: Templates, type_id: str) -> dict[str, str]:
    """Attributes of a logical node type: `ST$Pos$stVal` to the MMS type; what stands in an array counts as that."""
    found: dict[str, str] = {}
    for each in templates.data_objects(type_id):
        if not each.in_array:
            found.update(_attributes(each))
    return found


def _attributes(data_object: DataObject) -> Iterator[tuple[str, str]]:
    arrays: list[Path] = []
    for path, attribute in data_object.attributes.items():
        if any(path[: len(array)] == array for array in arrays):
            continue
        name = "$".join((attribute.constraint, *data_object.path, *path))
        if attribute.count:
            arrays.append(path)
            yield name, ARRAY
        elif attribute.basic_type in _TYPES:
            yield name, _TYPES[attribute.basic_type]


def _name(node: LogicalNode) -> str:
    return f"{node.domain}/{node.key.name}"


def _domain(holder: str) -> str:
    return holder.partition("/")[0]


def _controls(templates: Templates, node: LogicalNode) -> Iterator[tuple[str, tuple[int, int]]]:
    for each in templates.data_objects(node.type_id):
        text = written(node, each) if is_operable(each) and not each.in_array else ""
        model = control_model_of(text, each, templates) if text else None
        if model is not None:
            yield f"{_name(node)}.{'.'.join(each.path)}", (int(model), node.line_of(each.path[0]))


def _data_sets(ied: Ied, domains: Places) -> Iterator[tuple[str, ExpectedSet]]:
    by_instance = {each.instance: each.domain for each in ied.devices}
    for each in ied.data_sets:
        if _domain(each.holder) in domains:
            yield f"{each.holder}${each.name}", ExpectedSet(_members(each, by_instance), each.line)


def _members(data_set: DataSet, domains: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(
        f"{domains.get(key.device, f'{key.ied}{key.device}')}/{'$'.join((key.name, constraint, *path))}"
        for key, path, constraint in data_set.members
    )


def _report(control: ReportControl) -> tuple[str, ExpectedReport]:
    data_set = f"{control.holder}${control.data_set}" if control.data_set else ""
    instances = control.most_clients if control.indexed else 1
    found = ExpectedReport(data_set, control.conf_rev, instances, control.indexed, control.line)
    return control.reference.replace(".", "$"), found


def _plate(node: LogicalNode) -> Iterator[tuple[str, tuple[str, int]]]:
    if node.key.ln_class != "LLN0":
        return
    for constraint, attribute in _PLATE:
        text = node.values.get(("NamPlt", attribute), "")
        if text:
            yield f"{_name(node)}${constraint}$NamPlt${attribute}", (text, node.line_of("NamPlt"))
