"""Many points in few ASDUs: runs of neighbouring addresses go out as sequences (SQ = 1), the others one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from models.quality import Quality
from protocols.iec104.application.asdu import Many, Observation
from protocols.iec104.application.codec import capacity
from protocols.iec104.application.elements import NORMALISED, PLAIN_NORMALISED, certain_type
from protocols.iec104.controlled_station.image import Slot

_TEST = int(Quality.TEST)

Chunk = tuple[int, bool, tuple[Slot, ...]]
"""What one ASDU holds: type, SQ, points of one station."""


def pack(slots: Iterable[Slot]) -> tuple[Chunk, ...]:
    """Points of one station, with their static types. Addresses are fixed for life, so this is planned once."""
    return tuple(_chunks(list(slots)))


def units(chunk: Chunk, cause: int, originator: int = 0) -> Iterator[Many]:
    """The ASDUs of a chunk with the values of this moment; more than one where test bits differ."""
    type_id, sequence, slots = chunk
    if type_id == PLAIN_NORMALISED:
        doubtful = tuple(slot for slot in slots if certain_type(type_id, slot.value, slot.quality) != type_id)
        if doubtful:
            yield from _units((NORMALISED, False, doubtful), cause, originator)
            chunk = type_id, False, tuple(slot for slot in slots if slot not in doubtful)
    yield from _units(chunk, cause, originator)


def _units(chunk: Chunk, cause: int, originator: int) -> Iterator[Many]:
    type_id, sequence, slots = chunk
    for test, alike in _by_test_bit(slots):
        gapless = sequence and len(alike) == len(slots)
        most = capacity(type_id, gapless)  # a sequence that is torn apart needs more room than it was planned
        for start in range(0, len(alike), most):
            yield _many((type_id, gapless, alike[start : start + most]), cause, originator, test)


def _by_test_bit(slots: tuple[Slot, ...]) -> Iterable[tuple[bool, tuple[Slot, ...]]]:
    if not any(slot.quality & _TEST for slot in slots):
        return ((False, slots),)
    return ((test, tuple(slot for slot in slots if bool(slot.quality & _TEST) is test)) for test in (False, True))


def _many(chunk: Chunk, cause: int, originator: int, test: bool) -> Many:
    type_id, sequence, slots = chunk
    addresses, values = [slot.point.object_address for slot in slots], [slot.value for slot in slots]
    qualities = [slot.quality for slot in slots]
    station = slots[0].point.common_address
    return Many(type_id, cause, station, addresses, values, qualities, [], originator, test, sequence)


def parts(type_id: int, sequence: bool, items: tuple[Observation, ...]) -> Iterator[tuple[Observation, ...]]:
    """As many as fit into each ASDU."""
    most = capacity(type_id, sequence)
    return (items[start : start + most] for start in range(0, len(items), most))


def _chunks(slots: list[Slot]) -> Iterator[Chunk]:
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
