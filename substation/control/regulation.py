"""Regulating: one step up or down, or a set-point; what may be asked of which point, and what feedback confirms it.

A step is confirmed by the position that is one further, a set-point by the point's own value (SAFETY S21). Neither is
ever repeated by itself: a tap changer that is told twice moves twice.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeGuard

from models.command import Originator
from models.point import Cdc, Dbpos, PointName, PointSpec, Value
from substation.control.request import is_automatic, never_barred


class StepCommand(Enum):
    """Tcmd of IEC 61850-7-3, RCS of IEC 60870-5-101."""

    LOWER = "lower"
    RAISE = "raise"

    @property
    def commanded(self) -> Dbpos:
        return Dbpos.ON if self is StepCommand.RAISE else Dbpos.OFF

    @property
    def change(self) -> int:
        return 1 if self is StepCommand.RAISE else -1

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class SetPoint:
    """A value to be reached, in the unit of its point. An int where the point holds whole numbers."""

    commanded: int | float
    unit: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"set {self.commanded!r} {self.unit}".rstrip()


Regulation = StepCommand | SetPoint

REGULATED: dict[Cdc, type[StepCommand] | type[SetPoint]] = {
    Cdc.BSC: StepCommand,
    Cdc.ISC: SetPoint,
    Cdc.INC: SetPoint,
    Cdc.APC: SetPoint,
}
"""Which points are regulated, and how."""

WHOLE = (Cdc.ISC, Cdc.INC)


@dataclass(frozen=True, slots=True)
class RegulatingRequest:
    """Regulate `point`; otherwise as substation.control.request.Request. qualifier: QU or QL for the device."""

    point: PointName
    value: Regulation
    originator: Originator
    order: str = ""
    why: str = ""
    barred: Callable[[], str] = never_barred
    qualifier: int = 0
    test: bool = False

    @property
    def automatic(self) -> bool:
        return is_automatic(self.originator)

    @property
    def commanded(self) -> Value:
        """What goes to the device."""
        return self.value.commanded

    def __str__(self) -> str:
        return f"{self.value} {self.point}{' in test' if self.test else ''}"


def parse_regulation(text: str) -> Regulation:
    """The inverse of str(). ValueError for a text that is none."""
    word, _, rest = text.partition(" ")
    if word != "set":
        return StepCommand(text)
    number, _, unit = rest.partition(" ")
    return SetPoint(int(number) if number.lstrip("-").isdigit() else float(number), unit)


def unfit(spec: PointSpec, value: Regulation) -> str:
    """Why the point cannot take this; '' when it can."""
    wanted = REGULATED.get(spec.cdc)
    if wanted is None or not isinstance(value, wanted):
        takes = {StepCommand: "steps", SetPoint: "set-points", None: "no regulating commands"}[wanted]
        return f"{spec.name} ({spec.cdc.value}) takes {takes}, not '{value}'"
    if not isinstance(value, SetPoint):
        return ""
    number = value.commanded
    if type(number) not in ((int,) if spec.cdc in WHOLE else (int, float)):
        return f"{spec.name} ({spec.cdc.value}) takes whole numbers, not '{value}'"
    return "" if math.isfinite(number) else f"'{value}' is no value for {spec.name}"


Reached = Callable[[Value], bool]


def reached(value: Regulation, spec: PointSpec, present: Value | None) -> Reached:
    """What the feedback has to be. present: the feedback before the command; a step counts from it."""
    if isinstance(value, StepCommand):
        target = int(present) + value.change if _is_number(present) else None
        return lambda feedback: _is_number(feedback) and feedback == target
    wanted, tolerance = float(value.commanded), _tolerance(value, spec)
    return lambda feedback: _is_number(feedback) and abs(float(feedback) - wanted) <= tolerance


def _is_number(value: Value | None) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool | Dbpos)


_SMALLEST_SHARE = 1e-6
"""Of a set-point: what a 32-bit floating point number loses on the wire, and a little more."""

_STEP_OF_TYPE = {48: 1 / 32768, 61: 1 / 32768, 49: 0.5, 62: 0.5}
"""Resolution of the types of IEC 60870-5-101 that round: normalised and scaled."""


def _tolerance(value: SetPoint, spec: PointSpec) -> float:
    """A whole number is reached exactly; a measured echo may lie within its dead-band."""
    if spec.cdc in WHOLE:
        return 0.0
    address = spec.command
    coarse = _STEP_OF_TYPE.get(address.type_id, 0.0) * abs(address.scale) if address is not None else 0.0
    return max(spec.deadband, coarse, abs(value.commanded) * _SMALLEST_SHARE)
