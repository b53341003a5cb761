"""The latest value of every point of a controlled station."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from models.errors import LocalProtocolError
from models.point import Dbpos, Value
from models.quality import STALE
from protocols.iec104.application.asdu import (
    CounterReading,
    ElementValue,
    OutputCircuit,
    PackedStatus,
    ProtectionEvent,
    StartEvents,
    StepPosition,
)
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.elements import PLAIN_NORMALISED, certain_type
from protocols.iec104.application.types import TYPES, Kind, event_type, static_type
from protocols.iec104.controlled_station.events.event import Event
from protocols.iec104.controlled_station.points import OutstationPoint, check_address


def _integer(value: Value | ElementValue) -> ElementValue:
    return value if isinstance(value, StepPosition | CounterReading) else round(value)  # type: ignore[arg-type]


def _packed(value: Value | ElementValue) -> ElementValue:
    return value if isinstance(value, PackedStatus) else PackedStatus(int(value))  # type: ignore[arg-type]


def _protection_event(value: Value | ElementValue) -> ElementValue:
    """True and False of a protection function are ON and OFF."""
    if isinstance(value, bool):
        return ProtectionEvent(Dbpos.ON if value else Dbpos.OFF)
    return value if isinstance(value, ProtectionEvent) else ProtectionEvent(Dbpos(value))  # type: ignore[arg-type]


def _start_events(value: Value | ElementValue) -> ElementValue:
    return value if isinstance(value, StartEvents) else StartEvents(int(value))  # type: ignore[arg-type]


def _output_circuit(value: Value | ElementValue) -> ElementValue:
    return value if isinstance(value, OutputCircuit) else OutputCircuit(int(value))  # type: ignore[arg-type]


_COERCE: dict[Kind, Callable[[Value | ElementValue], ElementValue]] = {
    Kind.SINGLE: bool,
    Kind.DOUBLE: Dbpos,  # type: ignore[dict-item]  # ValueError and TypeError are told apart by nobody
    Kind.STEP: _integer,
    Kind.BITSTRING: int,  # type: ignore[dict-item]
    Kind.NORMALISED: float,  # type: ignore[dict-item]
    Kind.SCALED: _integer,
    Kind.FLOAT: float,  # type: ignore[dict-item]
    Kind.COUNTER: _integer,
    Kind.PACKED_STATUS: _packed,
    Kind.PLAIN_NORMALISED: float,  # type: ignore[dict-item]
    Kind.PROTECTION_EVENT: _protection_event,
    Kind.START_EVENTS: _start_events,
    Kind.OUTPUT_CIRCUIT: _output_circuit,
}

_event: Callable[[tuple[object, ...]], Event] = partial(tuple.__new__, Event)  # the fastest way to a record
_ALWAYS_TAGGED = {number: 0 for number, row in TYPES.items() if static_type(number) == number and row.tagged}
"""Events of protection equipment: without a time they carry a tag that is marked invalid."""

Update = tuple[int, int, Value | ElementValue, int, int | None]
"""common address, object address, value, quality bits, source time in ns UTC or None."""


@dataclass(slots=True, eq=False)
class Slot:
    """One point and its latest value; invalid until the first one comes. is_total: an integrated total."""

    point: OutstationPoint
    static_type: int
    event_type: int
    coerce: Callable[[Value | ElementValue], ElementValue]
    is_total: bool
    value: ElementValue
    quality: int = int(STALE)
    time_ns: int | None = None

    def take(self, update: Update) -> bool:
        """Store a value. True when it is news: value or quality differ, or it carries another source time."""
        _, _, raw, quality, time_ns = update
        try:
            value = self.coerce(raw)
        except (TypeError, ValueError, OverflowError) as error:
            raise LocalProtocolError(f"{self.point}: {raw!r} is no {TYPES[self.static_type].kind.value}") from error
        news = value != self.value or quality != self.quality or (time_ns is not None and time_ns != self.time_ns)
        self.value, self.quality, self.time_ns = value, quality, time_ns
        return news

    def restore(self, value: ElementValue) -> None:
        """A value that was known before the start; its quality stays as it is. One that does not fit is left alone."""
        with contextlib.suppress(TypeError, ValueError, OverflowError):
            self.value = self.coerce(value)

    def event(self, cause: int = int(Cause.SPONTANEOUS)) -> Event:
        """The latest value as it is sent spontaneously: with its own time tag, or untagged where it has no time."""
        point, type_id, time_ns = self.point, self.event_type, self.time_ns
        if time_ns is None:
            type_id, time_ns = self.static_type, _ALWAYS_TAGGED.get(self.static_type)
        if type_id == PLAIN_NORMALISED:
            type_id = certain_type(type_id, self.value, self.quality)
        return _event((type_id, point.common_address, point.object_address, self.value, self.quality, time_ns, cause))


class Image:
    """All points of all stations, by address; iterated in the order in which they were given."""

    def __init__(self, points: Iterable[OutstationPoint]) -> None:
        self._slots: dict[tuple[int, int], Slot] = {}
        for point in points:
            check_address(point)
            key = (point.common_address, point.object_address)
            if key in self._slots:
                raise LocalProtocolError(f"two points have common address {key[0]}, object address {key[1]}")
            self._slots[key] = _slot(point)

    @property
    def common_addresses(self) -> set[int]:
        return {common_address for common_address, _ in self._slots}

    def events(self) -> set[tuple[int, int]]:
        """Common and object addresses of the points whose changes are kept until they are acknowledged."""
        return {address for address, slot in self._slots.items() if slot.point.is_event and not slot.is_total}

    def __len__(self) -> int:
        return len(self._slots)

    def slot(self, common_address: int, object_address: int) -> Slot | None:
        return self._slots.get((common_address, object_address))

    def __iter__(self) -> Iterator[Slot]:
        return iter(self._slots.values())


def _slot(point: OutstationPoint) -> Slot:
    kind = TYPES[point.type_id].kind
    coerce = _COERCE[kind]
    static, is_total = static_type(point.type_id), kind is Kind.COUNTER
    return Slot(point, static, event_type(point.type_id), coerce, is_total, coerce(0))
