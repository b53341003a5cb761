"""Does an SCL file agree with itself? Missing types, members and data sets that do not exist, control blocks."""

from __future__ import annotations

from collections.abc import Mapping

from models.scl.elements import DataSet, Ied, LogicalNode, LogicalNodeKey, Path, ReportControl, Scl
from models.scl.findings import Findings, named
from models.scl.templates import DataObject, Templates


def check(scl: Scl, findings: Findings) -> None:
    """Adds what is found. Every type that an IED uses is resolved on the way."""
    for ied in scl.ieds:
        _nodes(ied, scl.templates, findings)
        _data_sets(ied, scl.templates, findings)
        _report_controls(ied, findings)


def _nodes(ied: Ied, templates: Templates, findings: Findings) -> None:
    """Clients (an HMI, a gateway) may do without types: nobody reads them."""
    unknown: dict[str, list[LogicalNode]] = {}
    for node in ied.logical_nodes:
        if node.type_id in templates:
            _node(node, templates, findings)
        else:
            unknown.setdefault(node.type_id, []).append(node)
    for type_id, nodes in unknown.items():
        what = f"type '{type_id}' of {named([str(node.key) for node in nodes])}"
        problem = f"{what} is unknown, so nothing of it can be read"
        findings.loss(nodes[0].line, problem, "add its LNodeType to the DataTypeTemplates")


def _node(node: LogicalNode, templates: Templates, findings: Findings) -> None:
    known = templates.by_path(node.type_id)
    stated = templates.class_of(node.type_id)
    if stated and node.key.ln_class and stated != node.key.ln_class:
        problem = f"{node.key} has type '{node.type_id}', which is one of {stated}"
        findings.danger(node.line, problem, "give it a type of its own class")
    strange = [path for path in node.values if not _has(known, path)]
    if strange:
        what = named([".".join(path) for path in strange])
        problem = f"{node.key} gives values to what its type does not have: {what}"
        findings.remark(node.line_of(strange[0][0]), problem, "they are passed over; correct the type or the names")


def _has(known: Mapping[Path, DataObject], path: Path, constraint: str = "") -> bool:
    """Whether a type has that attribute or data object, with something of that functional constraint in it."""
    for size in range(len(path), 0, -1):
        data_object = known.get(path[:size])
        if data_object is not None:
            rest = path[size:]
            if rest:
                found = data_object.attributes.get(rest)
                return found is not None and constraint in ("", found.constraint)
            return not constraint or _has_constraint(known, path, constraint)
    return False


def _has_constraint(known: Mapping[Path, DataObject], path: Path, constraint: str) -> bool:
    """In the data object itself or in one below it."""
    return any(
        attribute.constraint == constraint
        for own, each in known.items()
        if own[: len(path)] == path
        for attribute in each.attributes.values()
    )


def _data_sets(ied: Ied, templates: Templates, findings: Findings) -> None:
    types = {node.key: node.type_id for node in ied.logical_nodes}
    seen: set[tuple[str, Path, str]] = set()
    good: set[tuple[str, Path, str]] = set()
    for data_set in ied.data_sets:
        for key, path, constraint in data_set.members:
            type_id = types.get(key)
            if type_id is not None and type_id not in templates:
                continue  # said already
            member = (type_id or "", path, constraint)
            if type_id is not None and member not in seen:
                seen.add(member)
                if _exists(templates.by_path(type_id), path, constraint):
                    good.add(member)
            if type_id is None or member not in good:
                _missing(data_set, key, path, constraint, findings)


def _exists(known: Mapping[Path, DataObject], path: Path, constraint: str) -> bool:
    """A member without doName is everything of that constraint in its logical node."""
    bare = tuple(name.partition("(")[0] for name in path)  # 'har(3)': an element of an array
    return not bare or _has(known, bare, constraint)


def _missing(data_set: DataSet, key: LogicalNodeKey, path: Path, constraint: str, findings: Findings) -> None:
    member = f"{key}.{'.'.join(path)}" + (f" [{constraint}]" if constraint else "")
    problem = f"data set {data_set.holder}.{data_set.name} reports {member}, which no device has"
    findings.danger(data_set.line, problem, "remove the member or add the data object")


def _report_controls(ied: Ied, findings: Findings) -> None:
    known = {(each.holder, each.name) for each in ied.data_sets}
    for each in ied.report_controls:
        if each.data_set:
            _report_control(each, (each.holder, each.data_set) in known, findings)
        elif not ied.services.makes_data_sets and ied.services.says("ReportSettings", "datSet") != "Dyn":
            problem = f"report control {each.reference} has no data set, and nothing says that a client may make one"
            findings.remark(each.line, problem, "it is not enabled; name a data set in datSet")


def _report_control(control: ReportControl, has_data_set: bool, findings: Findings) -> None:
    if not has_data_set:
        holder = control.holder
        problem = f"report control {control.reference} has data set '{control.data_set}', which {holder} does not have"
        findings.danger(control.line, f"{problem}: what it should report would be missing", "correct datSet")
    elif not control.conf_rev:
        problem = f"confRev of report control {control.reference} is 0 or absent, so a changed data set goes unnoticed"
        findings.remark(control.line, problem, "let the device's tool count it, from 1")
    if control.most_clients == 0:
        problem = f"report control {control.reference} has no instance (RptEnabled max=0)"
        findings.remark(control.line, problem, "allow at least one")
