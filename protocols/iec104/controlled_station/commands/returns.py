"""Return information: a change that follows a command says so in its cause (IEC 60870-5-101 7.2.3: 11 and 12)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from models.point import Dbpos
from protocols.iec104.application.asdu import ElementValue, StepPosition
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.types import TYPES, Kind
from protocols.iec104.controlled_station.image import Image, Slot
from protocols.iec104.controlled_station.points import ControlPoint

TAIL_S = 2.0
"""How long after the end of an operation its position may still come."""

_SPONTANEOUS = int(Cause.SPONTANEOUS)


@dataclass(slots=True)
class _Expected:
    """value: what the point will become, None where it is not known beforehand (a step). until_s: monotonic."""

    value: ElementValue | None
    cause: int
    until_s: float = float("inf")


class ReturnInformation:
    """Which points are expected to move, and because of whom. monotonic: seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._expected: dict[Slot, _Expected] = {}
        self._marked: dict[Slot, int] = {}

    def expect(self, slot: Slot, value: ElementValue | None, cause: Cause = Cause.RETURN_REMOTE) -> None:
        """An operation begins: the point will become `value`, or move at all where that is None."""
        self._expected[slot] = _Expected(value, int(cause))

    def mark(self, slots: Mapping[Slot, Cause]) -> None:
        """The causes of the changes that come now, known to who tells them; until it marks anew."""
        self._marked = {slot: int(cause) for slot, cause in slots.items()}

    def ended(self, slot: Slot) -> None:
        """The operation has ended."""
        if (expected := self._expected.get(slot)) is not None:
            expected.until_s = self._monotonic() + TAIL_S

    def cause_of(self, slot: Slot) -> int:
        """Of the change that the slot has just taken. What is not what was commanded has a cause of its own."""
        if not self._expected and not self._marked:
            return _SPONTANEOUS
        marked = self._marked.get(slot)
        if marked is not None and marked in TYPES[slot.event_type].monitored:
            return marked
        expected = self._expected.get(slot)
        if expected is None:
            return _SPONTANEOUS
        if expected.until_s < self._monotonic():
            del self._expected[slot]
            return _SPONTANEOUS
        return self._returned(slot, expected)

    def _returned(self, slot: Slot, expected: _Expected) -> int:
        moving = _is_moving(slot.value)
        arrived = not moving and (expected.value is None or slot.value == expected.value)
        if arrived and expected.value is not None:
            del self._expected[slot]  # what comes after it is no consequence of the command
        if (moving or arrived) and expected.cause in TYPES[slot.event_type].monitored:
            return expected.cause
        return _SPONTANEOUS


def shown_by(image: Image, controls: Sequence[ControlPoint]) -> dict[tuple[int, int], list[Slot]]:
    """Per controllable object the points that show what became of a command: those of the same name."""
    named: dict[str, list[Slot]] = defaultdict(list)
    for slot in image:
        named[slot.point.name].append(slot)
    return {
        (point.common_address, point.object_address): named[point.name]
        for point in controls
        if point.name and point.name in named
    }


def becomes(slot: Slot, value: ElementValue) -> ElementValue | None:
    """What a commanded value makes of the point; None where that is not known beforehand (a step, a set-point)."""
    kind = TYPES[slot.static_type].kind
    if kind is Kind.DOUBLE and isinstance(value, bool):
        return Dbpos.ON if value else Dbpos.OFF
    if kind is Kind.SINGLE and isinstance(value, Dbpos):
        return value is Dbpos.ON
    return value if kind in (Kind.SINGLE, Kind.DOUBLE) else None


def _is_moving(value: ElementValue) -> bool:
    return value.transient if isinstance(value, StepPosition) else value is Dbpos.INTERMEDIATE
