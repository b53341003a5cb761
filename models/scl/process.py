"""The process sections of an SCL file (Substation, Line, Process): paths of everything, and who serves what."""

from __future__ import annotations

import math
from collections.abc import Iterator

from models.errors import ConfigError
from models.scl.coordinates import sections_of, shape_of
from models.scl.document import Element, children, kind, line_of, text_of
from models.scl.elements import LogicalNodeKey, LogicalNodeUse, Place
from models.scl.findings import Finding, Severity
from models.scl.place import Terminal

ROOTS = frozenset({"Substation", "Line", "Process"})
_CONTAINERS = ROOTS | {
    "VoltageLevel",
    "Bay",
    "ConductingEquipment",
    "SubEquipment",
    "GeneralEquipment",
    "PowerTransformer",
    "TransformerWinding",
    "TapChanger",
    "Function",
    "SubFunction",
    "EqFunction",
    "EqSubFunction",
}
_NO_IED = ("", "None")
_CONTAINER_NAMES = ("substationName", "lineName", "processName", "voltageLevelName", "bayName")
_MULTIPLIERS = {"": 1.0, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9}
_HERTZ = (0.0, 1000.0)


def _path_of(element: Element | None) -> str | None:
    """Of a part of the process, by what it stands in; None for anything else."""
    names: list[str] = []
    while element is not None and kind(element) in _CONTAINERS:
        names.append(element.get("name", ""))
        element = element.getparent()
    inside = names and element is not None and element.getparent() is None
    return "/".join(reversed(names)) if inside else None


class ProcessReader:
    """Collects places, uses and findings of one file.

    `section` takes a Substation, Line or Process of its root, `node` each LNode while its section is being read: large
    files have more of them than of all else.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self.places: dict[str, Place] = {}
        self.uses: list[LogicalNodeUse] = []
        self.findings: list[ConfigError] = []
        self._holder: tuple[Element | None, str | None] = None, None

    def node(self, element: Element) -> None:
        """An LNode; one that stands in no part of the process (but in somebody's Private) is passed over."""
        parent = element.getparent()
        if parent is not self._holder[0]:
            self._holder = parent, _path_of(parent)
        if self._holder[1] is not None:
            self._use(element, self._holder[1])

    def section(self, element: Element) -> None:
        self._container(element, "")

    def _container(self, element: Element, above: str) -> None:
        path = self._place(element, above)
        for each in element:
            match kind(each):
                case "ConnectivityNode":
                    self._place(each, path)
                case inner if inner in _CONTAINERS:
                    self._container(each, path)

    def _place(self, element: Element, above: str) -> str:
        name, line = element.get("name", ""), line_of(element)
        path = f"{above}/{name}" if above else name
        if path in self.places:
            problem = f"'{path}' stands already in line {self.places[path].line}"
            self._find(Severity.DANGER, line, problem, "give siblings different names")
        place = Place(
            path=path,
            kind=kind(element),
            line=line,
            type=element.get("type", ""),
            terminals=tuple(_terminals(element)),
            path_name=element.get("pathName", ""),
            voltage_v=self._voltage_v(element, path),
            frequency_hz=self._frequency_hz(element, path),
            shape=shape_of(element),
            sections=sections_of(element) if kind(element) == "ConnectivityNode" else (),
        )
        self.places.setdefault(path, place)
        return path

    def _voltage_v(self, element: Element, path: str) -> float | None:
        """The nominal voltage of a voltage level or line, V; None where the file does not state it."""
        for each in children(element, "Voltage"):
            multiplier = each.get("multiplier", "")
            value = _number(text_of(each))
            if value is not None and value > 0 and multiplier in _MULTIPLIERS and each.get("unit", "V") == "V":
                return value * _MULTIPLIERS[multiplier]
            problem = f"the voltage of '{path}' is '{text_of(each)}' with multiplier '{multiplier}'"
            self._find(Severity.REMARK, line_of(each), f"{problem}; it counts as not stated", "write volts with k or M")
        return None

    def _frequency_hz(self, element: Element, path: str) -> float | None:
        text = element.get("nomFreq", "")
        value = _number(text)
        if text and (value is None or not _HERTZ[0] <= value <= _HERTZ[1]):
            problem = f"nomFreq of '{path}' is '{text}'"
            self._find(Severity.REMARK, line_of(element), f"{problem}; it counts as not stated", "write hertz")
            return None
        return value if value else None  # 0 is direct current, which has none

    def _find(self, severity: Severity, line: int, problem: str, remedy: str) -> None:
        self.findings.append(Finding(severity, self._file, line, problem, remedy))

    def _use(self, element: Element, location: str) -> None:
        """An LNode without IED is only a specification (IEC 61850-6, SSD) and serves nothing yet."""
        ied = element.get("iedName", "None")
        if ied not in _NO_IED:
            key = LogicalNodeKey(
                ied,
                element.get("ldInst", ""),
                element.get("prefix", ""),
                element.get("lnClass", ""),
                element.get("lnInst", ""),
            )
            self.uses.append(LogicalNodeUse(location, key, line_of(element)))


def _terminals(element: Element) -> Iterator[Terminal]:
    """Those of the element itself, else those of its single-phase parts (SubEquipment)."""
    found = [*_own_terminals(element, "")]
    if found or kind(element) != "ConductingEquipment":
        yield from found
        return
    for part in children(element, "SubEquipment"):
        yield from _own_terminals(part, part.get("phase", ""))


def _own_terminals(element: Element, phase: str) -> Iterator[Terminal]:
    for each in children(element, "Terminal", "NeutralPoint"):
        yield Terminal(_node(each), line_of(each), kind(each) == "NeutralPoint", phase)


def _node(terminal: Element) -> str:
    """Its path, or made of the names that a tool has written instead of it."""
    if path := terminal.get("connectivityNode", ""):
        return path
    node = terminal.get("cNodeName", "")
    above = [name for key in _CONTAINER_NAMES if (name := terminal.get(key, ""))]
    return "/".join((*above, node)) if node else ""


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
