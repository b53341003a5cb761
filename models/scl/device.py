"""The IED sections of an SCL file: logical nodes with instance values and addresses, data sets, report controls."""

from __future__ import annotations

from collections.abc import Iterator

from models.errors import ConfigError
from models.scl import mapped_address
from models.scl.document import Element, children, kind, line_of, text_of
from models.scl.elements import (
    DataSet,
    Ied,
    LogicalNode,
    LogicalNodeKey,
    MappedAddress,
    Path,
    ReportControl,
)


class DeviceReader:
    """Reads one IED; findings collect what is unusable."""

    def __init__(self, element: Element, file: str) -> None:
        self._element, self._file = element, file
        self._name = element.get("name", "")
        self.findings: list[ConfigError] = []

    def read(self) -> Ied:
        nodes: dict[LogicalNodeKey, LogicalNode] = {}
        data_sets: list[DataSet] = []
        controls: list[ReportControl] = []
        for device, domain, element in self._logical_nodes():
            node = self._logical_node(element, device, domain)
            if node.key in nodes:
                problem = f"logical node {node.key} stands already in line {nodes[node.key].line}"
                self._find(element, problem, "give it another inst or prefix")
            nodes.setdefault(node.key, node)
            holder = f"{domain}/{node.key.name}"
            data_sets += [self._data_set(each, device, holder) for each in children(element, "DataSet")]
            controls += [self._report_control(each, holder) for each in children(element, "ReportControl")]
        line = line_of(self._element)
        return Ied(self._name, tuple(nodes.values()), tuple(data_sets), tuple(controls), line)

    def _find(self, element: Element, problem: str, remedy: str) -> None:
        self.findings.append(ConfigError(self._file, line_of(element), problem, remedy))

    def _logical_nodes(self) -> Iterator[tuple[str, str, Element]]:
        for point in children(self._element, "AccessPoint"):
            for server in children(point, "Server"):
                for device in children(server, "LDevice"):
                    instance = device.get("inst", "")
                    domain = device.get("ldName") or f"{self._name}{instance}"
                    for node in children(device, "LN0", "LN"):
                        yield instance, domain, node

    def _logical_node(self, element: Element, device: str, domain: str) -> LogicalNode:
        key = LogicalNodeKey(
            self._name, device, element.get("prefix", ""), element.get("lnClass", ""), element.get("inst", "")
        )
        values: dict[Path, str] = {}
        addresses: list[MappedAddress] = []
        lines: dict[str, int] = {}
        texts: dict[str, str] = {}
        for instance in children(element, "DOI"):
            lines[instance.get("name", "")] = line_of(instance)
            if text := instance.get("desc", "").strip():
                texts[instance.get("name", "")] = text
            self._instance(instance, (), values, addresses)
        type_id = element.get("lnType", "")
        return LogicalNode(key, domain, type_id, values, tuple(addresses), lines, line_of(element), texts)

    def _instance(self, element: Element, above: Path, values: dict[Path, str], addresses: list[MappedAddress]) -> None:
        """DOI, SDI and DAI below each other; an SDI with `ix` (array) is left out: arrays carry no points."""
        path = (*above, element.get("name", ""))
        if kind(element) == "DAI":
            for each in children(element, "Val"):
                values.setdefault(path, text_of(each))
            for found in mapped_address.read(element, path, self._file):
                if isinstance(found, ConfigError):
                    self.findings.append(found)
                else:
                    addresses.append(found)
        elif element.get("ix") is None:
            for each in children(element, "SDI", "DAI"):
                self._instance(each, path, values, addresses)

    def _data_set(self, element: Element, device: str, holder: str) -> DataSet:
        members = tuple(self._member(each, device) for each in children(element, "FCDA"))
        return DataSet(holder, element.get("name", ""), members, line_of(element))

    def _member(self, element: Element, device: str) -> tuple[LogicalNodeKey, Path, str]:
        key = LogicalNodeKey(
            self._name,
            element.get("ldInst", device),
            element.get("prefix", ""),
            element.get("lnClass", ""),
            element.get("lnInst", ""),
        )
        names = f"{element.get('doName', '')}.{element.get('daName', '')}".split(".")
        return key, tuple(name for name in names if name), element.get("fc", "")

    def _report_control(self, element: Element, holder: str) -> ReportControl:
        return ReportControl(
            holder=holder,
            name=element.get("name", ""),
            data_set=element.get("datSet", ""),
            buffered=element.get("buffered") in ("true", "1"),
            conf_rev=self._whole(element, "confRev"),
            integrity_ms=self._whole(element, "intgPd"),
            line=line_of(element),
        )

    def _whole(self, element: Element, attribute: str) -> int:
        text = element.get(attribute, "0")
        if text.isdecimal():
            return int(text)
        self._find(element, f"{attribute} of report control '{element.get('name')}' is '{text}'", "write a number")
        return 0
