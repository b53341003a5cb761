"""Which attributes a type of logical node has, and which of them carries a data object's value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.scl.classes import MAPPINGS
from models.scl.templates import DataObject, Templates

_FURTHER = {"ORG": (("setSrcRef",),), "CSG": (), "VSG": (("setVal",),), "VSS": (("stVal",),), "CURVE": ()}
_SETTINGS = frozenset({"SP", "SG", "SE"})
_PROCESS = frozenset({"ST", "MX"})


@dataclass(frozen=True, slots=True)
class Slot:
    """One attribute. path: 'Pos.stVal'; names: literals of its enumeration."""

    path: str
    constraint: str
    kind: str
    names: Mapping[str, int]
    default: str

    @property
    def suffix(self) -> str:
        return f"{self.path}[{self.constraint}]"

    @property
    def is_process(self) -> bool:
        """Status or measurand."""
        return self.constraint in _PROCESS

    @property
    def is_setting(self) -> bool:
        return self.constraint in _SETTINGS

    @property
    def is_grouped(self) -> bool:
        return self.constraint in ("SG", "SE")


class Layout:
    """Of one LNodeType. slots: leaf attributes by path; values: data object path to that of its value attribute."""

    def __init__(self, templates: Templates, type_id: str) -> None:
        self.slots: dict[str, Slot] = {}
        self.values: dict[str, str] = {}
        self.classes: dict[str, str] = {}
        self.controllable: set[str] = set()
        for each in templates.data_objects(type_id):
            if not each.in_array:  # no path names an element of an array
                self._take(each, templates)
        shown = {self.values[owner] for owner in self.values}
        self.shown = [path for path in self.slots if path in shown and self.slots[path].constraint in _PROCESS]
        """Paths of the value attributes of status and measurands."""

    def find(self, path: str) -> Slot | None:
        """The attribute, or the value attribute of the data object, of that path."""
        return self.slots.get(path) or self.slots.get(self.values.get(path, ""))

    def _take(self, data_object: DataObject, templates: Templates) -> None:
        owner = ".".join(data_object.path)
        self.classes[owner] = data_object.cdc
        for path, attribute in data_object.attributes.items():
            if path[:2] == ("Oper", "ctlVal"):
                self.controllable.add(owner)
            if attribute.basic_type == "Struct" or attribute.count:
                continue
            name = ".".join((owner, *path))
            names = templates.enumeration(attribute.type_id) if attribute.basic_type == "Enum" else {}
            self.slots[name] = Slot(name, attribute.constraint, attribute.basic_type, names, attribute.value)
        mapping = MAPPINGS.get(data_object.cdc)
        for path in mapping.values if mapping else _FURTHER.get(data_object.cdc, ()):
            name = ".".join((owner, *path))
            if name in self.slots and owner not in self.values:
                self.values[owner] = name


class Layouts:
    """Layouts of a file, made once each."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._made: dict[str, Layout] = {}

    def of(self, type_id: str) -> Layout:
        if type_id not in self._made:
            self._made[type_id] = Layout(self._templates, type_id)
        return self._made[type_id]
