"""What a device has after its start where its SCL says nothing: name plates, enumerations, times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import metadata

from open61850.data import IntData, MmsStringData, VisibleStringData
from open61850.server import IedModel, Node
from open61850.server.model import _fits

NAME_PLATES: dict[tuple[str, str], str] = {
    ("NamPlt", "vendor"): "Ringmain",
    ("NamPlt", "swRev"): metadata.version("ringmain"),
    ("NamPlt", "configRev"): "1",
    ("NamPlt", "ldNs"): "IEC 61850-7-4:2007B",
    ("PhyNam", "vendor"): "Ringmain",
    ("PhyNam", "model"): "simulated IED",
    ("PhyNam", "swRev"): metadata.version("ringmain"),
    ("PhyNam", "serNum"): "none",
}
"""By data object and attribute (LPL and DPL of IEC 61850-7-3)."""
_SOUND: dict[str, int] = {"Mod": 1, "Beh": 1, "Health": 1, "PhyHealth": 1, "EEHealth": 1}
"""on, and ok."""


def preset(model: IedModel, ords: Mapping[str, frozenset[int]]) -> None:
    """Fill in what is still zero or empty. ords: those of each EnumType."""
    for devices in model.logical_devices.values():
        for logical_node in devices.values():
            for data_object, leaf in _leaves(logical_node):
                _fill(data_object, leaf, ords.get(leaf.enum_type or ""))


def _leaves(logical_node: Node) -> Iterator[tuple[str, Node]]:
    """Each attribute with the name of its data object."""
    for constraint in logical_node.children.values():
        for data_object in constraint.children.values():
            for leaf in data_object.leaves():
                yield data_object.name, leaf


def _fill(data_object: str, leaf: Node, ords: frozenset[int] | None) -> None:
    text = NAME_PLATES.get((data_object, leaf.name))
    if text is not None and isinstance(leaf.value, VisibleStringData | MmsStringData) and not leaf.value.value:
        value = type(leaf.value)(text)
        if _fits(leaf.mms_type, value):
            leaf.value = value
    elif leaf.value == IntData(0) and leaf.name == "stVal" and data_object in _SOUND:
        leaf.value = IntData(_SOUND[data_object])
    elif leaf.value == IntData(0) and ords and 0 not in ords:
        leaf.value = IntData(min((each for each in ords if each > 0), default=min(ords)))
