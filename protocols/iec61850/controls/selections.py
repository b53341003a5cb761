"""What this association has selected: an operate says to the letter what its select said, or it is not sent.

IEC 61850-7-2: the control parameters of Operate and Cancel are those of SelectWithValue. A device that compares them
refuses; one that does not would do something that nobody has selected.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from open61850.data import StructureData
from open61850.mms import ObjectName

from models.command import Action, AddCause
from models.point import ControlModel
from protocols.iec61850.controls.control_object import ControlObject
from protocols.iec61850.controls.structures import members_of

_FOLLOWING = "T"  # the time of the select stands in its operate as well


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a service is not sent."""

    cause: AddCause
    text: str


@dataclass(frozen=True, slots=True)
class _Selection:
    value: StructureData
    until_s: float


class Selections:
    """Selections of one association, by control object; they end with it."""

    def __init__(self) -> None:
        self._held: dict[ObjectName, _Selection] = {}

    def selected(self, control: ControlObject, value: StructureData) -> None:
        """The device has accepted the select; it keeps it for its sboTimeout."""
        until_s = float("inf") if control.select_s is None else time.monotonic() + control.select_s
        self._held[control.name] = _Selection(value, until_s)

    def released(self, control: ControlObject) -> None:
        self._held.pop(control.name, None)

    def fitting(self, control: ControlObject, action: Action, value: StructureData) -> StructureData | Objection:
        """What to write: of an operate or cancel the parameters of its select."""
        if action is Action.SELECT or not control.model.selects:
            return value
        held = self._held.get(control.name)
        if held is None or time.monotonic() >= held.until_s:
            self.released(control)
            return self._absent(control, action, value, expired=held is not None)
        if control.model is ControlModel.SBO_NORMAL:  # its select is a read: it says nothing of what comes
            return value
        return self._same(control, action, value, held.value)

    def _absent(
        self, control: ControlObject, action: Action, value: StructureData, expired: bool
    ) -> StructureData | Objection:
        if action is Action.CANCEL:
            return value  # asked of the device in any case: it may hold a selection whose answer was lost
        why = (
            f"its selection has expired after {control.select_s:g} s (sboTimeout)" if expired else "it is not selected"
        )
        return Objection(AddCause.OBJECT_NOT_SELECTED, f"{control.name}: {why}")

    def _same(
        self, control: ControlObject, action: Action, value: StructureData, selected: StructureData
    ) -> StructureData | Objection:
        chosen = dict(zip(members_of(control, Action.SELECT), selected.members, strict=True))
        wanted = dict(zip(members_of(control, action), value.members, strict=True))
        other = [name for name, member in wanted.items() if name != _FOLLOWING and member != chosen[name]]
        if other and action is Action.OPERATE:
            text = f"{control.name} was selected with another {', '.join(other)}"
            return Objection(AddCause.INCONSISTENT_PARAMETERS, text)
        return StructureData([chosen[name] for name in wanted])
