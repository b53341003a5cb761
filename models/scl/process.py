"""The process sections of an SCL file (Substation, Line, Process): paths of everything, and who serves what."""

from __future__ import annotations

from models.errors import ConfigError
from models.scl.document import Element, children, kind, line_of
from models.scl.elements import LogicalNodeKey, LogicalNodeUse, Place

_ROOTS = frozenset({"Substation", "Line", "Process"})
_CONTAINERS = _ROOTS | {
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


class ProcessReader:
    """Collects places, uses and findings of one file; `read` takes the root element."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.places: dict[str, Place] = {}
        self.uses: list[LogicalNodeUse] = []
        self.findings: list[ConfigError] = []

    def read(self, root: Element) -> None:
        for each in root:
            if kind(each) in _ROOTS:
                self._container(each, "")

    def _container(self, element: Element, above: str) -> None:
        path = self._place(element, above)
        for each in element:
            match kind(each):
                case "LNode":
                    self._use(each, path)
                case "ConnectivityNode":
                    self._place(each, path)
                case inner if inner in _CONTAINERS:
                    self._container(each, path)

    def _place(self, element: Element, above: str) -> str:
        name, line = element.get("name", ""), line_of(element)
        path = f"{above}/{name}" if above else name
        if path in self.places:
            problem = f"'{path}' stands already in line {self.places[path].line}"
            self.findings.append(ConfigError(self._file, line, problem, "give siblings different names"))
        terminals = tuple(each.get("connectivityNode", "") for each in children(element, "Terminal"))
        self.places.setdefault(path, Place(path, kind(element), line, element.get("type", ""), terminals))
        return path

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
