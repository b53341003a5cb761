"""How a data object is operated: its ctlModel as vendors write it, and whether its type can do what that says."""

from __future__ import annotations

from collections.abc import Mapping

from models.point import ControlModel
from models.scl.classes import CONTROL_MODELS
from models.scl.elements import LogicalNode
from models.scl.templates import DataObject, Path, Templates

_OPERATE: Path = ("Oper",)
_SELECTS: Mapping[ControlModel, Path] = {ControlModel.SBO_NORMAL: ("SBO",), ControlModel.SBO_ENHANCED: ("SBOw",)}
"""The attribute that a client needs for selecting (IEC 61850-8-1)."""

_CTL_MODEL: Path = ("ctlModel",)


def written(node: LogicalNode, data_object: DataObject) -> str:
    """As the instance says, else its type; '' where neither does."""
    default = data_object.attributes.get(_CTL_MODEL)
    return node.values.get((*data_object.path, "ctlModel")) or (default.value if default else "")


def control_model_of(text: str, data_object: DataObject, templates: Templates) -> ControlModel | None:
    """Of a name of CtlModelKind, its number, or a vendor's own name that its enumeration gives such a number.

    None for anything else; '' is status-only.
    """
    if not text:
        return ControlModel.STATUS_ONLY
    name = text.strip().casefold()
    for known, model in CONTROL_MODELS.items():
        if name == known:
            return model
    attribute = data_object.attributes.get(_CTL_MODEL)
    literals = templates.enumeration(attribute.type_id) if attribute is not None else {}
    number = literals.get(text, int(name) if name.isdecimal() and len(name) < 3 else -1)
    return ControlModel(number) if number in ControlModel.__members__.values() else None


def is_operable(data_object: DataObject) -> bool:
    return _OPERATE in data_object.attributes


def missing_service(model: ControlModel, data_object: DataObject) -> str:
    """The attribute without which a client cannot operate it in this model; '' when there is none."""
    if model is ControlModel.STATUS_ONLY:
        return ""
    wanted = (_OPERATE, _SELECTS[model]) if model in _SELECTS else (_OPERATE,)
    return next((path[0] for path in wanted if path not in data_object.attributes), "")
