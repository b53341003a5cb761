"""Logical devices, logical nodes, data objects and attributes with their types: SCL against device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from open61850.mms import MmsClient

from models.scl.expected import ExpectedDevice, ExpectedNode
from models.scl.findings import Severity, named
from protocols.iec61850.comparison.findings import Differences
from protocols.iec61850.comparison.names import Names
from protocols.iec61850.comparison.types import attributes

_PROCESS = ("ST", "MX", "CO")
"""Functional constraints whose attributes points are made of, and orders."""
_CONTROL_BLOCKS = ("BR$", "RP$", "LG$", "GO$", "GS$", "MS$", "US$", "SP$SGCB$")
_SETTINGS = ("SG$", "SE$")  # the active group and the copy for editing: one attribute of the SCL stands for both
_ALIKE = ({"integer", "unsigned"}, {"visible-string", "mms-string"})
"""Read all the same, whichever of them it is."""


def compare_structure(client: MmsClient, names: Names, expected: ExpectedDevice, found: Differences) -> Iterator[None]:
    """A step blocks for the device: one request per logical node."""
    for domain, line in expected.domains.items():
        if domain not in names.variables:
            found.add(Severity.LOSS, f"logical device {domain}", "present", "absent", line, (domain,))
    for domain in names.variables.keys() - expected.domains.keys():
        found.add(Severity.REMARK, f"logical device {domain}", "absent", "present", expected.line)
    for name, node in expected.nodes.items():
        domain, _, item = name.partition("/")
        if domain not in names.variables:
            continue
        if item not in names.variables[domain]:
            found.add(Severity.LOSS, f"logical node {name}", "present", "absent", node.line, (name,))
        else:
            _compare_node(name, node, expected.types[node.type_id], attributes(client, names, domain, item), found)
            yield
    _additional_nodes(names, expected, found)


def _additional_nodes(names: Names, expected: ExpectedDevice, found: Differences) -> None:
    for domain, line in expected.domains.items():
        nodes = {each for each in names.variables.get(domain, ()) if "$" not in each}
        more = sorted(each for each in nodes if f"{domain}/{each}" not in expected.nodes)
        if more:
            found.add(Severity.REMARK, f"more logical nodes of {domain}", "none", named(more), line)


def _compare_node(
    name: str, node: ExpectedNode, expected: Mapping[str, str], device: Mapping[str, str] | None, found: Differences
) -> None:
    if device is None:
        found.add(Severity.LOSS, f"type of {name}", "readable", "not told", node.line, remedy="update the device")
        return
    present = {_object(each) for each in device}
    absent: dict[str, None] = {}
    for path, kind in expected.items():
        if _object(path) not in present:
            absent.setdefault(_object(path))
        elif path not in device:
            _missing(name, node, path, device, found)
        elif device[path] != kind:
            _differs(name, node, path, kind, device[path], found)
    for each in absent:
        reference = f"{name}.{each}"
        found.add(Severity.LOSS, f"data object {reference}", "present", "absent", node.line_of(each), (reference,))
    _additional(name, node, expected, device, found)


def _missing(name: str, node: ExpectedNode, path: str, device: Mapping[str, str], found: Differences) -> None:
    if path.startswith(_SETTINGS) and any(f"{each}{path[3:]}" in device for each in _SETTINGS):
        return
    actual = "a structure" if any(each.startswith(f"{path}$") for each in device) else "absent"
    wanted = "present" if actual == "absent" else "an attribute"
    found.add(
        Severity.LOSS, f"attribute {_attribute(name, path)}", wanted, actual, _line(node, path), _touched(name, path)
    )


def _differs(name: str, node: ExpectedNode, path: str, kind: str, actual: str, found: Differences) -> None:
    alike = any({kind, actual} <= each for each in _ALIKE)
    touches = () if alike else _touched(name, path)
    severity = Severity.REMARK if alike else Severity.DANGER if touches else Severity.LOSS
    found.add(severity, f"type of {_attribute(name, path)}", kind, actual, _line(node, path), touches)


def _additional(
    name: str, node: ExpectedNode, expected: Mapping[str, str], device: Mapping[str, str], found: Differences
) -> None:
    """One remark per logical node."""
    known, objects = {_group(each) for each in expected}, {_object(each) for each in expected}
    more: dict[str, None] = {}
    for path in device:
        if _group(path) not in known and not _is_control_block(path):
            of_object = _object(path)
            more.setdefault(of_object if of_object not in objects else _attribute("", path).removeprefix("."))
    if more:
        found.add(Severity.REMARK, f"more of {name}", "nothing", named(sorted(more)), node.line)


def _is_control_block(path: str) -> bool:
    return path.startswith(_CONTROL_BLOCKS)


def _group(path: str) -> str:
    return f"SG${path[3:]}" if path.startswith(_SETTINGS) else path


def _object(path: str) -> str:
    """`ST$Pos$stVal`: Pos."""
    return path.split("$", 2)[1] if "$" in path else path


def _attribute(name: str, path: str) -> str:
    """`IED1LD0/CSWI1` and `ST$Pos$stVal`: `IED1LD0/CSWI1.Pos.stVal[ST]`."""
    constraint, _, rest = path.partition("$")
    return f"{name}.{rest.replace('$', '.')}[{constraint}]"


def _line(node: ExpectedNode, path: str) -> int:
    return node.line_of(_object(path))


def _touched(name: str, path: str) -> tuple[str, ...]:
    constraint, _, rest = path.partition("$")
    return (f"{name}.{rest.replace('$', '.')}",) if constraint in _PROCESS else ()
