"""The instance values of a logical node: DOI, SDI and DAI below each other, with their addresses of IEC 61850-80-1."""

from __future__ import annotations

from models.errors import ConfigError
from models.scl import mapped_address
from models.scl.document import Element, children, kind, line_of, stated, text_of
from models.scl.elements import MappedAddress, Path
from models.scl.findings import Findings


class PathTable:
    """Equal paths share their memory: a large file has the same ones in every bay."""

    def __init__(self) -> None:
        self._known: dict[Path, Path] = {}

    def shared(self, path: Path) -> Path:
        return self._known.setdefault(path, path)


class Instances:
    """What one logical node says by instance. The attributes bear the names of models.scl.elements.LogicalNode."""

    def __init__(self, findings: Findings, paths: PathTable) -> None:
        self._findings, self._paths = findings, paths
        self.values: dict[Path, str] = {}
        self.group_values: dict[Path, dict[int, str]] = {}
        self.short_addresses: dict[Path, str] = {}
        self.addresses: list[MappedAddress] = []
        self.object_lines: dict[str, int] = {}
        self.descriptions: dict[str, str] = {}

    def read(self, node: Element) -> None:
        for each in children(node, "DOI"):
            name = stated(each, "name")
            if name in self.object_lines:
                problem = (
                    f"DOI '{name}' stands already in line {self.object_lines[name]}; what both state, the first says"
                )
                self._findings.remark(line_of(each), problem, "make one of them")
            self.object_lines.setdefault(name, line_of(each))
            if text := stated(each, "desc"):
                self.descriptions.setdefault(name, text)
            self._instance(each, ())

    def _instance(self, element: Element, above: Path) -> None:
        """An SDI or DAI with `ix` (element of an array) is left out: arrays carry no points."""
        if element.get("ix") is not None:
            return
        path = (*above, stated(element, "name"))
        if kind(element) == "DAI":
            self._attribute(element, self._paths.shared(path))
            return
        for each in children(element, "SDI", "DAI"):
            self._instance(each, path)

    def _attribute(self, element: Element, path: Path) -> None:
        for each in children(element, "Val"):
            group = stated(each, "sGroup")
            if group.isdecimal() and len(group) < 4:
                self.group_values.setdefault(path, {}).setdefault(int(group), text_of(each))
            self.values.setdefault(path, text_of(each))
        if short := stated(element, "sAddr"):
            self.short_addresses[path] = short
        seen: list[MappedAddress] = []
        for found in mapped_address.read(element, path, self._findings.file):
            if isinstance(found, ConfigError):
                self._findings.add(found)
            elif any((each.address, each.check) == (found.address, found.check) for each in seen):
                self._findings.remark(
                    found.line, f"the address of '{'.'.join(path)}' stands twice", "remove one of them"
                )
            else:
                seen.append(found)
        self.addresses += seen
