"""What a device tells of its process: ASDUs become samples of points; what is odd is counted and told, not dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

from models.notices import Notices
from models.point import Sample, SampleBatch, Value
from models.quality import CLOCK_BITS, Quality
from protocols.iec104.application.asdu import Asdu, Observation
from protocols.iec104.application.types import TYPES, AsduType, Kind
from protocols.iec104.controlling_station.clock_policy import DeviceClock
from protocols.iec104.controlling_station.mapping import Target, Targets

_TEST = int(Quality.TEST)
_CLOCK = int(CLOCK_BITS)
_AHEAD_NS = 10_000_000_000
_UNKNOWN_OBJECTS, _ODD_CAUSES, _MISMATCHES = "unknown objects", "causes not allowed", "type mismatches"


class Reception:
    """counts: what the link has counted, by speaking name. heard: takes every address while it is a set; awaited:
    addresses that are taken out when they come.
    """

    def __init__(self, targets: Targets, clock: DeviceClock, notices: Notices, counts: Counter[str]) -> None:
        self._targets, self._clock, self._notices, self._counts = targets, clock, notices, counts
        self.values: dict[tuple[int, int], Value] = {}  # as this connection has heard them
        self.heard: set[tuple[int, int]] | None = None
        self.awaited: set[tuple[int, int]] = set()

    def take(
        self, asdu: Asdu, row: AsduType, events: SampleBatch, measurands: SampleBatch, arrival_ns: int, now_s: float
    ) -> None:
        """Monitored objects, in order, into the batch they belong to."""
        if asdu.cause not in row.monitored:
            text = f"sends {row.name} with cause {asdu.cause}, which it must not have"
            self._odd(_ODD_CAUSES, (row.number, asdu.cause), text, now_s)
        if row.number not in TYPES:
            text = f"sends {row.name}, which IEC 104 does not have: its time tag has no date"
            self._odd("types of IEC 101", row.number, text, now_s)
        test, station = _TEST if asdu.test else 0, asdu.common_address
        for item in asdu.objects:
            if not isinstance(item, Observation):
                continue
            key = (station, item.address)
            target = self._targets.get(key)
            if target is None:
                text = f"sends object {station}/{item.address}, which no point has"
                self._odd(_UNKNOWN_OBJECTS, key, text, now_s)
                continue
            if row.kind not in target.natural:
                text = f"sends {row.kind.value} for {target.spec.name} ({target.spec.cdc.value})"
                self._odd(_MISMATCHES, (target.handle, row.kind), text, now_s)
            sample = self._sample(key, target, row.kind, item, test, arrival_ns)
            if sample is not None:
                (events if target.is_event else measurands).append(sample)
        if row.tagged and asdu.objects:
            self._check_time(asdu.objects[-1], arrival_ns, now_s)

    def missing(self, key: tuple[int, int], arrival_ns: int) -> tuple[Target, Sample] | None:
        """The point as invalid and old, with its last value; None when this connection has never heard it."""
        target, value = self._targets[key], self.values.get(key)
        if value is None:
            return None
        return target, Sample(target.handle, value, int(Quality.INVALID | Quality.OLD_DATA), None, arrival_ns)

    def _sample(
        self, key: tuple[int, int], target: Target, kind: Kind, item: Observation, test: int, arrival_ns: int
    ) -> Sample | None:
        if self.heard is not None:
            self.heard.add(key)
        if self.awaited:
            self.awaited.discard(key)
        converted = target.converters[kind](item.value, item.quality | test)
        if converted is None:
            return None
        value, quality = converted
        self.values[key] = value
        time_ns = item.time_ns
        if self._clock is not DeviceClock.TRUST and (self._clock is DeviceClock.ARRIVAL or quality & _CLOCK):
            time_ns, quality = None, quality & ~_CLOCK
        return Sample(target.handle, value, quality, time_ns, arrival_ns)

    def _check_time(self, item: object, arrival_ns: int, now_s: float) -> None:
        """An event cannot have happened in the future: the device's clock, or ours, is wrong."""
        if not isinstance(item, Observation) or item.time_ns is None or self._clock is DeviceClock.ARRIVAL:
            return
        if item.quality & _CLOCK:
            self._odd("time tags not synchronised", "IV", "sends time tags of a clock that is not synchronised", now_s)
        elif item.time_ns > arrival_ns + _AHEAD_NS:
            text = f"sends time tags {(item.time_ns - arrival_ns) / 1e9:.0f} s ahead of this unit's clock"
            self._odd("time tags ahead", "ahead", text, now_s)

    def _odd(self, counter: str, subject: Hashable, text: str, now_s: float) -> None:
        self._counts[counter] += 1
        self._notices.take((counter, subject), text, now_s)
