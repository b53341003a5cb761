"""Between which values a device lets itself be set, as minVal, maxVal and stepSize of IEC 61850-7-3 say."""

from __future__ import annotations

import math

from models.point import Limits
from models.scl.elements import LogicalNode
from models.scl.templates import DataObject, Path

_LEAVES: tuple[Path, ...] = ((), ("f",))


def limits_of(node: LogicalNode, data_object: DataObject) -> Limits | None:
    """None where nothing is stated. ValueError, with what is written, for limits that are none."""
    found = Limits(*(_number(node, data_object, name) for name in ("minVal", "maxVal", "stepSize")))
    if not found.least and not found.greatest:
        return None  # both 0 is how tools write that nobody has set them
    if found.least is not None and found.greatest is not None and found.least > found.greatest:
        raise ValueError(f"minVal is {found.least:g}, maxVal {found.greatest:g}")
    if found.step is not None and found.step <= 0:
        return found._replace(step=None)  # 0 is how tools write that there is none
    return found


def _number(node: LogicalNode, data_object: DataObject, name: str) -> float | None:
    for leaf in _LEAVES:
        default = data_object.attributes.get((name, *leaf))
        text = node.values.get((*data_object.path, name, *leaf)) or (default.value if default else "")
        if text:
            return _finite(name, text)
    return None


def _finite(name: str, text: str) -> float:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{name} is '{text}'")
    return number
