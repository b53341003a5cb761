"""Integrated totals of one control centre: its memory of frozen values (IEC 60870-5-101 7.4.8, BCR of 7.2.6.9).

Each control centre has a memory of its own, so what one freezes or resets changes nothing for another, and nothing in
the image: a reset remembers the total from which this centre counts on. The memory survives a restart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from models.quality import Quality
from protocols.iec104.application.asdu import CounterReading, Observation
from protocols.iec104.controlled_station.events.event import Event
from protocols.iec104.controlled_station.image import Slot
from protocols.iec104.controlled_station.memory import Kept, Memory
from protocols.iec104.controlled_station.service_settings import CounterSettings, named

_MODULUS = 1 << 32
_HALF = 1 << 31
_NUMBERS = 32
_KEPT, _HELD = 6, 6  # lengths of what is kept of a register, and of its frozen value
_VALUE_MASK = ~int(Quality.CLOCK_FAILURE | Quality.CLOCK_NOT_SYNCHRONISED)
GENERAL = 5
"""RQT of a general request; 1..4 are groups."""


def _signed(number: int) -> int:
    return (number + _HALF) % _MODULUS - _HALF


@dataclass(slots=True, eq=False)
class _Register:
    """One counter. offset: total of the last reset; total, shown: at the last freeze; adjusted: since then."""

    slot: Slot
    offset: int = 0
    total: int | None = None
    shown: int = 0
    adjusted: bool = False
    carry: bool = False
    frozen: Observation | None = None

    def running(self) -> Observation:
        """The total as this control centre counts it, never frozen: number 0."""
        reading = CounterReading(_signed(_total(self.slot) - self.offset), 0, False, self.adjusted)
        return Observation(self.slot.point.object_address, reading, self.slot.quality, self.slot.time_ns)

    def freeze(self, number: int, reset: bool, time_ns: int, clock_quality: int) -> None:
        total, point = _total(self.slot), self.slot.point
        self._compare(total)
        shown = _signed(total - self.offset)
        reading = CounterReading(shown, number, self.carry, self.adjusted)
        quality = self.slot.quality & _VALUE_MASK | clock_quality
        self.frozen = Observation(point.object_address, reading, quality, time_ns)
        self.total, self.shown, self.carry, self.adjusted = total, shown, False, False
        if reset:
            self._reset(total)

    def _compare(self, total: int) -> None:
        """Since the last freeze: a total that went beyond 32 bits has carried, one that went back was adjusted."""
        value = self.slot.value
        if isinstance(value, CounterReading):
            self.carry, self.adjusted = self.carry or value.carry, self.adjusted or value.adjusted
        if self.total is None or total == self.total:
            return
        if (total - self.total) % _MODULUS >= _HALF:
            self.adjusted, self.offset = True, 0  # another meter: what it has counted is all that is known
        elif _signed(total - self.offset) < self.shown:
            self.carry = True

    def reset(self) -> None:
        """By a command of its own: the next reading says that it was adjusted."""
        total = _total(self.slot)
        self._reset(total)
        self.total, self.adjusted = total, True

    def _reset(self, total: int) -> None:
        if not self.slot.quality & 1:  # what is not known cannot be counted from
            self.offset, self.shown = total, 0

    def keep(self) -> Kept:
        frozen = self.frozen
        held: Kept = None
        if frozen is not None and isinstance(frozen.value, CounterReading):
            held = [*frozen.value, frozen.quality, frozen.time_ns]
        return [self.offset, self.total, self.shown, self.adjusted, self.carry, held]

    def restore(self, kept: Kept) -> None:
        """What `keep` has made; anything else is left alone."""
        if not isinstance(kept, list) or len(kept) != _KEPT:
            return
        offset, total, shown, adjusted, carry, held = kept
        self.offset, self.shown = _whole(offset), _whole(shown)
        self.total = None if total is None else _whole(total)
        self.adjusted, self.carry = bool(adjusted), bool(carry)
        if isinstance(held, list) and len(held) == _HELD:
            reading, number, carried, was_adjusted, quality, time_ns = held
            value = CounterReading(_whole(reading), _whole(number), bool(carried), bool(was_adjusted))
            self.frozen = Observation(self.slot.point.object_address, value, _whole(quality), _whole(time_ns))


class Counters:
    """The counters of all stations, for one control centre."""

    def __init__(self, centre: str, slots: Iterable[Slot], settings: CounterSettings, memory: Memory) -> None:
        self.settings = settings
        self._key, self._memory = f"IEC 104 counters of {centre}", memory
        self._registers = {slot: _Register(slot) for slot in slots}
        self._members: dict[tuple[int, int], list[_Register]] = defaultdict(list)
        for slot, register in self._registers.items():
            for group in _groups(slot, settings.groups):
                self._members[slot.point.common_address, group].append(register)
        self._number = -1
        self._restore()

    def __len__(self) -> int:
        return len(self._registers)

    def has(self, common_address: int, request: int) -> bool:
        """Whether a request (RQT) names counters; a general one is answered by every station."""
        return request == GENERAL or (common_address, request) in self._members

    def answer(self, common_address: int, request: int) -> list[tuple[Slot, Observation]]:
        """What is frozen, in order of addresses; what was never frozen as it is now."""
        registers = self._members.get((common_address, request), [])
        pairs = [(each.slot, each.frozen or each.running()) for each in registers]
        return sorted(pairs, key=lambda pair: (pair[0].static_type, pair[1].address))

    def freeze(
        self, common_address: int | None, request: int, reset: bool, time_ns: int, clock_quality: int = 0
    ) -> list[Event]:
        """Into the memory; the events that tell it. common_address: None for all stations. time_ns: UTC."""
        self._number = (self._number + 1) % _NUMBERS
        events = []
        for register in self._named(common_address, request):
            register.freeze(self._number, reset, time_ns, clock_quality)
            if register.frozen is not None:
                slot, held = register.slot, register.frozen
                station = slot.point.common_address
                events.append(Event(slot.event_type, station, held.address, held.value, held.quality, time_ns))
        self._save()
        return events

    def reset(self, common_address: int | None, request: int) -> None:
        """Count on from what the totals are now; frozen values stay."""
        for register in self._named(common_address, request):
            register.reset()
        self._save()

    def _named(self, common_address: int | None, request: int) -> Iterator[_Register]:
        for (station, group), registers in self._members.items():
            if group == request and common_address in (None, station):
                yield from registers

    def _save(self) -> None:
        registers: dict[str, Kept] = {
            f"{slot.point.common_address}/{slot.point.object_address}": register.keep()
            for slot, register in self._registers.items()
        }
        self._memory.save(self._key, {"number": self._number, "registers": registers})

    def _restore(self) -> None:
        kept = self._memory.load(self._key)
        registers = kept.get("registers") if isinstance(kept, dict) else None
        if not isinstance(kept, dict) or not isinstance(registers, dict):
            return
        number = kept.get("number")
        self._number = number if isinstance(number, int) else -1
        for slot, register in self._registers.items():
            state = registers.get(f"{slot.point.common_address}/{slot.point.object_address}")
            if state is not None:
                register.restore(state)


def _whole(kept: Kept) -> int:
    return kept if isinstance(kept, int) else 0


def _total(slot: Slot) -> int:
    value = slot.value
    return value.total if isinstance(value, CounterReading) else int(value)  # type: ignore[arg-type]


def _groups(slot: Slot, groups: Mapping[int, tuple[str, ...]]) -> set[int]:
    return {GENERAL} | {group for group, patterns in groups.items() if named(patterns, slot.point.name)}
