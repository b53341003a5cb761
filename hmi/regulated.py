"""Points that take steps or set-points, as the unit's model tells them, and the operation of one in two steps."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hmi.operation import Happening, TwoSteps
from models.errors import LocalProtocolError, RemoteProtocolError
from models.plain import PlainFields
from models.point import Dbpos, PointName

LOWER, RAISE = int(Dbpos.OFF), int(Dbpos.ON)
"""Tcmd of IEC 61850-7-3, as the data interface takes a step."""

_SHOWN = {"W": ("kW", 1e3), "VA": ("kVA", 1e3), "var": ("kvar", 1e3), "V": ("kV", 1e3), "Wh": ("kWh", 1e3)}


@dataclass(frozen=True, slots=True)
class RegulatedPoint:
    """steps: raised and lowered, else a set-point. whole: no fractions. least, greatest: None where nobody knows."""

    name: PointName
    steps: bool
    whole: bool
    unit: str
    least: float | None
    greatest: float | None

    @property
    def shown_unit(self) -> str:
        """The unit that people read and enter."""
        return _SHOWN[self.unit][0] if self.unit in _SHOWN else self.unit

    @property
    def _scale(self) -> float:
        return _SHOWN[self.unit][1] if self.unit in _SHOWN else 1.0

    def text(self, value: object) -> str:
        """A value as people read it, to the last digit that they may have entered."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "no value"
        return f"{value / self._scale:.10g} {self.shown_unit}".rstrip()

    @property
    def range_text(self) -> str:
        if self.least is None or self.greatest is None:
            return "not known"
        least, greatest = (f"{end / self._scale:.10g}" for end in (self.least, self.greatest))
        return f"{least} to {greatest} {self.shown_unit}".rstrip()

    def read(self, text: str) -> int | float:
        """What somebody has entered, in the unit of the point. ValueError in words."""
        try:
            number = float(text.strip())
        except ValueError:
            raise ValueError("write a number such as 12.5" if text.strip() else "") from None
        value = round(number * self._scale, 6)
        if not math.isfinite(value):
            raise ValueError("write a number such as 12.5")
        if self.whole and not value.is_integer():
            raise ValueError("write a whole number")
        if not self.holds(value):
            raise ValueError(f"outside of {self.range_text}")
        return int(value) if self.whole else value

    def holds(self, value: float) -> bool:
        """Whether the value lies in the range, as far as it is known."""
        return (self.least is None or self.least <= value) and (self.greatest is None or value <= self.greatest)


def regulated_from(value: object) -> dict[PointName, RegulatedPoint]:
    """Of the value of `Model`; a unit of before tells none."""
    if not isinstance(value, dict) or "regulated" not in value:
        return {}
    points = (_point(each) for each in PlainFields(value, "Model").objects("regulated"))
    return {point.name: point for point in points}


def _point(fields: PlainFields) -> RegulatedPoint:
    return RegulatedPoint(
        PointName(fields.text("location"), fields.text("variable")),
        fields.take("steps") is True,
        fields.take("whole") is True,
        fields.text("unit"),
        _end(fields, "least"),
        _end(fields, "greatest"),
    )


def _end(fields: PlainFields, key: str) -> float | None:
    value = fields.take(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RemoteProtocolError(f"Model.regulated: '{key}' is {value!r:.80}; write a number or null")
    return float(value)


@dataclass(slots=True)
class Regulation(TwoSteps):
    """One step or set-point. started: the value before. order: what is written. wanted: the value it is to become."""

    point: RegulatedPoint | None = None
    started: int | float = 0
    order: int | float = 0
    wanted: int | float = 0

    def select(self, present: int | float, order: int | float, now_ns: int) -> None:
        """order: LOWER or RAISE, or the set-point. LocalProtocolError while another operation runs."""
        if self.point is None or not self.take(Happening.SELECT, now_ns):
            raise LocalProtocolError("an operation is running; end it first")
        self.started, self.order = present, order
        self.wanted = present + (1 if order == RAISE else -1) if self.point.steps else order

    @property
    def verb(self) -> str:
        if self.point is None:
            return ""
        if self.point.steps:
            return "RAISE" if self.order == RAISE else "LOWER"
        return f"SET {self.point.text(self.wanted)}"

    def moved(self, present: int | float, now_ns: int) -> bool:
        """The field reports a value. A selection ends when a whole number is another; measured echoes may waver."""
        whole = self.point is not None and self.point.whole
        return whole and present != self.started and self.take(Happening.MOVED, now_ns)
