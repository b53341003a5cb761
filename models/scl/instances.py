"""The instance values of a logical node: DOI, SDI and DAI below each other, with their addresses of IEC 61850-80-1."""

from __future__ import annotations

from collections.abc import Mapping

from models.errors import ConfigError
from models.scl import mapped_address
from models.scl.document import Element, children, kind, line_of, stated, text_of
from models.scl.elements import MappedAddress, Path
from models.scl.findings import Findings, named


class Tables:
    """Equal paths, and equal tables of values, share their memory: a large file has the same ones in every bay."""

    def __init__(self) -> None:
        self._paths: dict[Path, Path] = {}
        self._values: dict[tuple[tuple[Path, str], ...], Mapping[Path, str]] = {}
        self._texts: dict[tuple[tuple[str, str], ...], Mapping[str, str]] = {}

    def path(self, path: Path) -> Path:
        return self._paths.setdefault(path, path)

    def values(self, table: dict[Path, str]) -> Mapping[Path, str]:
        return self._values.setdefault(tuple(table.items()), table)

    def texts(self, table: dict[str, str]) -> Mapping[str, str]:
        return self._texts.setdefault(tuple(table.items()), table)


class Instances:
    """What one logical node says by instance. The attributes bear the names of models.scl.elements.LogicalNode."""

    def __init__(self, findings: Findings, tables: Tables) -> None:
        self._findings, self._tables = findings, tables
        self.values: dict[Path, str] = {}
        self.group_values: dict[Path, dict[int, str]] = {}
        self.short_addresses: dict[Path, str] = {}
        self.addresses: list[MappedAddress] = []
        self.object_lines: dict[str, int] = {}
        self.descriptions: dict[str, str] = {}

    @property
    def shared_values(self) -> Mapping[Path, str]:
        return self._tables.values(self.values)

    @property
    def shared_descriptions(self) -> Mapping[str, str]:
        return self._tables.texts(self.descriptions)

    def read(self, node: Element) -> None:
        for each in children(node, "DOI"):
            name = stated(each, "name")
            if name in self.object_lines:
                self._again(each, name)
                continue
            self.object_lines[name] = line_of(each)
            if text := stated(each, "desc"):
                self.descriptions[name] = text
            self._instance(each, ())

    def _again(self, element: Element, name: str) -> None:
        """A second DOI of one name: what it adds is taken, where it contradicts the first nobody knows which holds."""
        other = Instances(self._findings, self._tables)
        other._instance(element, ())  # noqa: SLF001 - of the same class
        problem = f"DOI '{name}' stands already in line {self.object_lines[name]}"
        strange = [path for path, value in other.values.items() if self.values.get(path, value) != value]
        if strange:
            what = named([".".join(path) for path in strange])
            self._findings.danger(line_of(element), f"{problem} and says otherwise of {what}", "remove one of them")
        else:
            self._findings.remark(line_of(element), problem, "make one of them")
        self.values = other.values | self.values
        self.group_values = other.group_values | self.group_values
        self.short_addresses = other.short_addresses | self.short_addresses
        self.addresses += other.addresses

    def _instance(self, element: Element, above: Path) -> None:
        """An SDI or DAI with `ix` (element of an array) is left out: arrays carry no points."""
        if element.get("ix") is not None:
            return
        path = (*above, stated(element, "name"))
        if kind(element) == "DAI":
            self._attribute(element, self._tables.path(path))
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
