"""Data sets and control blocks of a logical node: reports fully, setting groups, the others by name."""

from __future__ import annotations

from collections.abc import Iterator

from models.scl.document import Element, children, kind, line_of, stated, truth
from models.scl.elements import DataSet, ExternalReference, LogicalNodeKey, Path, ReportControl, SettingControl
from models.scl.findings import Findings
from models.scl.instances import Tables

_TRIGGERS = ("dchg", "qchg", "dupd", "period", "gi")
_OPTIONS = (
    "seqNum",
    "timeStamp",
    "dataSet",
    "reasonCode",
    "dataRef",
    "bufOvfl",
    "entryID",
    "configRef",
)
_ON_BY_DEFAULT = ("gi", "bufOvfl")  # tTrgOps and OptFields of IEC 61850-6 since edition 2
_NAMED = ("GSEControl", "SampledValueControl", "LogControl")
_DIGITS = 10
_MOST = {"max": 99, "numOfSGs": 255}
"""Instances of a report control have two digits, numbers of setting groups one octet (IEC 61850-7-2)."""


class ControlBlockReader:
    """For the logical nodes of one IED."""

    def __init__(self, ied: str, findings: Findings, tables: Tables) -> None:
        self._ied, self._findings, self._tables = ied, findings, tables

    def data_sets(self, node: Element, device: str, holder: str) -> Iterator[DataSet]:
        """Of two with one name the first counts."""
        lines: dict[str, int] = {}
        for each in children(node, "DataSet"):
            name, line = stated(each, "name"), line_of(each)
            if not self._is_second(lines, "data set", f"{holder}.{name}", line):
                yield DataSet(holder, name, tuple(self._member(m, device) for m in children(each, "FCDA")), line)

    def report_controls(self, node: Element, holder: str) -> Iterator[ReportControl]:
        lines: dict[str, int] = {}
        for each in children(node, "ReportControl"):
            name, line = stated(each, "name"), line_of(each)
            if not self._is_second(lines, "report control", f"{holder}.{name}", line):
                yield self._report_control(each, holder)

    def setting_control(self, node: Element) -> SettingControl | None:
        found = next(children(node, "SettingControl"), None)
        if found is None:
            return None
        groups, active = self._whole(found, "numOfSGs", "1"), self._whole(found, "actSG", "1")
        if not 1 <= active <= max(groups, 1):
            problem = f"setting group {active} is active, of {groups}"
            self._findings.loss(line_of(found), problem, "write an actSG from 1 to numOfSGs")
        return SettingControl(groups, active, self._whole(found, "resvTms"), line_of(found))

    def named(self, node: Element) -> tuple[tuple[str, str], ...]:
        """Kind and name of the control blocks that an MMS client has no use for."""
        return tuple((kind(each), stated(each, "name")) for each in children(node, *_NAMED))

    def inputs(self, node: Element) -> Iterator[ExternalReference]:
        """ExtRefs that are bound; one without iedName is only a place for a later reference (edition 2.1)."""
        for section in children(node, "Inputs"):
            for each in children(section, "ExtRef"):
                if ied := stated(each, "iedName"):
                    source = self._ied if ied == "@" else ied
                    path = _path(each)
                    yield ExternalReference(
                        _key(each, source, ""), path, stated(each, "serviceType"), stated(each, "intAddr")
                    )

    def _is_second(self, lines: dict[str, int], what: str, name: str, line: int) -> bool:
        first = lines.setdefault(name, line)
        if first == line:
            return False
        problem = f"{what} '{name}' stands already in line {first}, so nobody knows which the device has"
        self._findings.danger(line, problem, "rename or remove one of them")
        return True

    def _member(self, element: Element, device: str) -> tuple[LogicalNodeKey, Path, str]:
        return _key(element, self._ied, device), self._tables.path(_path(element)), stated(element, "fc").upper()

    def _report_control(self, element: Element, holder: str) -> ReportControl:
        enabled = next(children(element, "RptEnabled"), None)
        clients = () if enabled is None else tuple(stated(each, "iedName") for each in children(enabled, "ClientLN"))
        return ReportControl(
            holder=holder,
            name=stated(element, "name"),
            data_set=stated(element, "datSet"),
            buffered=truth(element, "buffered"),
            conf_rev=self._whole(element, "confRev"),
            integrity_ms=self._whole(element, "intgPd"),
            line=line_of(element),
            report_id=stated(element, "rptID"),
            indexed=truth(element, "indexed", default=True),
            most_clients=1 if enabled is None else self._whole(enabled, "max", "1"),
            buffer_time_ms=self._whole(element, "bufTime"),
            triggers=_set_flags(element, "TrgOps", _TRIGGERS),
            options=_set_flags(element, "OptFields", _OPTIONS),
            clients=clients,
        )

    def _whole(self, element: Element, attribute: str, default: str = "0") -> int:
        text = stated(element, attribute) or default
        if text.isdecimal() and len(text) <= _DIGITS:
            return self._bounded(element, attribute, int(text))
        self._findings.loss(line_of(element), f"{_called(element, attribute)} is '{text}'", "write a number")
        return 0

    def _bounded(self, element: Element, attribute: str, number: int) -> int:
        most = _MOST.get(attribute)
        if most is None or number <= most:
            return number
        problem = f"{_called(element, attribute)} is {number}, and no device has more than {most}"
        self._findings.loss(line_of(element), problem, "write what the device has")
        return most


def _called(element: Element, attribute: str) -> str:
    name = stated(element, "name")
    return f"{attribute} of {kind(element)} '{name}'" if name else f"{attribute} of {kind(element)}"


def _key(element: Element, ied: str, device: str) -> LogicalNodeKey:
    return LogicalNodeKey(
        ied,
        stated(element, "ldInst", device),
        stated(element, "prefix"),
        stated(element, "lnClass"),
        stated(element, "lnInst"),
    )


def _path(element: Element) -> Path:
    """Names of data object and attribute; an index of an array ('har(3)') stays in its name."""
    return tuple(name for name in f"{stated(element, 'doName')}.{stated(element, 'daName')}".split(".") if name)


def _set_flags(element: Element, section: str, names: tuple[str, ...]) -> frozenset[str]:
    found = next(children(element, section), None)
    if found is None:
        return frozenset(name for name in names if name in _ON_BY_DEFAULT)
    return frozenset(name for name in names if truth(found, name, default=name in _ON_BY_DEFAULT))
