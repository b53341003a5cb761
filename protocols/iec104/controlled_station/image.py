"""The latest value of every point of a controlled station, and how interrogations pack them into ASDUs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from models.errors import LocalProtocolError
from models.point import Dbpos, Value
from models.quality import STALE, Quality
from protocols.iec104.application.asdu import (
    Asdu,
    CounterReading,
    ElementValue,
    Observation,
    OutputCircuit,
    PackedStatus,
    ProtectionEvent,
    StartEvents,
    StepPosition,
)
from protocols.iec104.application.codec import capacity
from protocols.iec104.application.types import TYPES, Kind, event_type, static_type
from protocols.iec104.controlled_station.buffer import Event
from protocols.iec104.controlled_station.points import OutstationPoint, check_address

_TEST = int(Quality.TEST)


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

Update = tuple[int, int, Value | ElementValue, int, int | None]
"""common address, object address, value, quality bits, source time in ns UTC or None."""


@dataclass(slots=True)
class Slot:
    """One point and its latest value; invalid until the first one comes."""

    point: OutstationPoint
    static_type: int
    event_type: int
    coerce: Callable[[Value | ElementValue], ElementValue]
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

    def event(self) -> Event:
        """The latest value as it is sent spontaneously: with its own time tag, or untagged where it has no time."""
        type_id = self.static_type if self.time_ns is None else self.event_type
        point = self.point
        return Event(type_id, point.common_address, point.object_address, self.value, self.quality, self.time_ns)


Chunk = tuple[int, bool, tuple[Slot, ...]]
"""What one ASDU of an interrogation holds: type, SQ, points."""


class Image:
    """All points. Addresses are fixed for life, so the packing of every interrogation is planned once."""

    def __init__(self, points: Iterable[OutstationPoint]) -> None:
        self._slots: dict[tuple[int, int], Slot] = {}
        for point in points:
            check_address(point)
            key = (point.common_address, point.object_address)
            if key in self._slots:
                raise LocalProtocolError(f"two points have common address {key[0]}, object address {key[1]}")
            self._slots[key] = _slot(point)
        self._plans = _plans(self._slots.values())

    @property
    def common_addresses(self) -> set[int]:
        return {common_address for common_address, _ in self._slots}

    def __len__(self) -> int:
        return len(self._slots)

    def slot(self, common_address: int, object_address: int) -> Slot | None:
        return self._slots.get((common_address, object_address))

    def has_group(self, common_address: int, group: int) -> bool:
        return (common_address, group) in self._plans

    def answer(self, common_address: int, group: int, cause: int, originator: int) -> Iterator[Asdu]:
        """All points of a station (group 0) or of one group, each with the value it has when its ASDU is asked for."""
        for type_id, sequence, slots in self._plans.get((common_address, group), ()):
            for test in (False, True):
                observations = tuple(
                    Observation(slot.point.object_address, slot.value, slot.quality)
                    for slot in slots
                    if bool(slot.quality & _TEST) is test
                )
                if observations:
                    gapless = sequence and len(observations) == len(slots)
                    for part in _parts(type_id, gapless, observations):
                        yield Asdu(type_id, cause, common_address, part, originator, test=test, sequence=gapless)


def _parts(type_id: int, sequence: bool, items: tuple[Observation, ...]) -> Iterator[tuple[Observation, ...]]:
    """A sequence that test bits have torn apart needs more room than it was planned for."""
    most = capacity(type_id, sequence)
    return (items[start : start + most] for start in range(0, len(items), most))


def _slot(point: OutstationPoint) -> Slot:
    kind = TYPES[point.type_id].kind
    coerce = _COERCE[kind]
    return Slot(point, static_type(point.type_id), event_type(point.type_id), coerce, coerce(0))


def _plans(slots: Iterable[Slot]) -> dict[tuple[int, int], tuple[Chunk, ...]]:
    """Chunks per common address and group; group 0 holds every point of the station."""
    members: dict[tuple[int, int], list[Slot]] = defaultdict(list)
    for slot in slots:
        for group in {0, slot.point.group}:
            members[slot.point.common_address, group].append(slot)
    return {key: tuple(_chunks(group)) for key, group in members.items()}


def _chunks(slots: list[Slot]) -> Iterator[Chunk]:
    """Runs of neighbouring addresses go out as sequences, what lies between them one by one."""
    singles: list[Slot] = []
    for run in _runs(sorted(slots, key=lambda slot: (slot.static_type, slot.point.object_address))):
        if singles and singles[0].static_type != run[0].static_type:
            yield from _cut(singles, False)
            singles = []
        if len(run) == 1:
            singles += run
        else:
            yield from _cut(run, True)
    yield from _cut(singles, False)


def _runs(slots: list[Slot]) -> Iterator[list[Slot]]:
    run: list[Slot] = []
    for slot in slots:
        follows = (
            run
            and run[-1].static_type == slot.static_type
            and run[-1].point.object_address + 1 == slot.point.object_address
        )
        if run and not follows:
            yield run
            run = []
        run.append(slot)
    if run:
        yield run


def _cut(slots: list[Slot], sequence: bool) -> Iterator[Chunk]:
    if not slots:
        return
    type_id = slots[0].static_type
    most = capacity(type_id, sequence)
    for start in range(0, len(slots), most):
        yield type_id, sequence, tuple(slots[start : start + most])
