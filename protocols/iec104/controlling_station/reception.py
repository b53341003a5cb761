"""What a device tells of its process: ASDUs become samples of points; what is odd is counted and told, not dropped."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable
from itertools import repeat
from typing import NamedTuple, cast

from models.notices import Notices
from models.point import Handle, Sample, SampleBatch, Value
from models.quality import CLOCK_BITS, Quality
from protocols.iec104.application.asdu import Asdu, Many, Observation
from protocols.iec104.application.types import TYPES, AsduType
from protocols.iec104.controlling_station.clock_policy import DeviceClock
from protocols.iec104.controlling_station.mapping import MaybeConverter, as_it_stands
from protocols.iec104.controlling_station.targets import Target, Targets

_TEST = int(Quality.TEST)
_CLOCK = int(CLOCK_BITS)
_LOWEST_CLOCK_BIT = min(CLOCK_BITS)  # the highest bits of a quality
_AHEAD_NS = 10_000_000_000
_UNKNOWN_OBJECTS, _ODD_CAUSES, _MISMATCHES = "unknown objects", "causes not allowed", "type mismatches"


class _Route(NamedTuple):
    """How one object of one type becomes a sample. convert: None where the value is the point's as it stands; odd: what
    is to be told each time."""

    handle: Handle
    is_event: bool
    convert: MaybeConverter | None
    odd: str


class Reception:
    """counts: what the link has counted, by speaking name. heard: while there, takes every address by station; awaited:
    addresses that are taken out when they come.
    """

    def __init__(self, targets: Targets, clock: DeviceClock, notices: Notices, counts: Counter[str]) -> None:
        self._targets, self._clock, self._notices, self._counts = targets, clock, notices, counts
        self._routes: dict[tuple[int, int], dict[int, _Route]] = {}  # by station and type, then object address
        # As this connection has heard them, by station and address. Of the link's own stations alone: a device that
        # invents others must not fill the memory.
        self._values: dict[int, dict[int, Value]] = {station: {} for station in targets.stations}
        self.heard: defaultdict[int, set[int]] | None = None
        self.awaited: set[tuple[int, int]] = set()

    def take(
        self, asdu: Asdu, row: AsduType, events: SampleBatch, measurands: SampleBatch, arrival_ns: int, now_s: float
    ) -> None:
        """Monitored objects, in order, into the batch they belong to."""
        self._check_type(asdu, row, now_s)
        station, test = asdu.common_address, _TEST if asdu.test else 0
        values = self._values.get(station, {})
        routes = self._routes.setdefault((station, row.number), {}) if station in self._values else {}
        takes_tags, notes = self._clock is DeviceClock.TRUST, self.heard is not None or bool(self.awaited)
        value: Value
        for address, element, quality, time_ns in cast("tuple[Observation, ...]", asdu.objects):
            route = routes.get(address) or self._route(routes, station, address, row, now_s)
            if route is None:
                continue
            handle, is_event, convert, odd = route
            quality |= test
            if notes:
                self._note((station, address))
            if odd:
                self._odd(_MISMATCHES, (handle, row.kind), odd, now_s)
            if convert is None:
                value = element  # type: ignore[assignment]  # as_it_stands says so
            elif (converted := convert(element, quality)) is None:
                continue
            else:
                value, quality = converted
            if not takes_tags and (self._clock is DeviceClock.ARRIVAL or quality & _CLOCK):
                time_ns, quality = None, quality & ~_CLOCK
            values[address] = value
            batch = events if is_event else measurands
            batch.handles.append(handle)
            batch.values.append(value)
            batch.qualities.append(quality)
            batch.source_times_ns.append(time_ns)
            batch.arrival_times_ns.append(arrival_ns)
        if row.tagged and asdu.objects:
            self._check_time(asdu.objects[-1], arrival_ns, now_s)

    def take_many(self, found: Many, events: SampleBatch, measurands: SampleBatch, arrival_ns: int) -> bool:
        """Several objects at once, where nothing needs a conversion or a word; False: `take` them one by one."""
        type_id, cause, station, addresses, values, qualities, times = found[:7]
        row = TYPES[type_id]
        if cause not in row.monitored or (row.tagged and not self._is_believed(times, qualities, arrival_ns)):
            return False
        regular = self._targets.regular(type_id, station)
        handles, batch = list(map(regular.events.get, addresses)), events
        if None in handles:
            handles, batch = list(map(regular.measurands.get, addresses)), measurands
            if None in handles:
                return False
        if self.heard is not None:
            self.heard[station].update(addresses)
        if self.awaited:
            self.awaited.difference_update(zip(repeat(station), addresses))  # noqa: B905 - endless
        self._values[station].update(zip(addresses, values, strict=True))  # type: ignore[arg-type]
        batch.extend(SampleBatch(handles, values, qualities, times, [arrival_ns] * len(handles)))  # type: ignore[arg-type]
        return True

    def _is_believed(self, times: list[int | None], qualities: list[int], arrival_ns: int) -> bool:
        """Whether the time tags stay as they are, and nothing is to be said of them."""
        last_ns = times[-1]
        if self._clock is DeviceClock.ARRIVAL or last_ns is None or last_ns > arrival_ns + _AHEAD_NS:
            return False
        return max(qualities) < _LOWEST_CLOCK_BIT

    def missing(self, key: tuple[int, int], arrival_ns: int) -> tuple[Target, Sample] | None:
        """The point as invalid and old, with its last value; None when this connection has never heard it."""
        target, value = self._targets[key], self._values.get(key[0], {}).get(key[1])
        if value is None:
            return None
        return target, Sample(target.handle, value, int(Quality.INVALID | Quality.OLD_DATA), None, arrival_ns)

    def _route(
        self, routes: dict[int, _Route], station: int, address: int, row: AsduType, now_s: float
    ) -> _Route | None:
        """Found once, kept for the connection; None where no point has the address."""
        target = self._targets.get((station, address))
        if target is None:
            text = f"sends object {station}/{address}, which no point has"
            self._odd(_UNKNOWN_OBJECTS, (station, address), text, now_s)
            return None
        odd = ""
        if row.kind not in target.natural:
            odd = f"sends {row.kind.value} for {target.spec.name} ({target.spec.cdc.value})"
        convert = target.converters[row.kind]
        made = _Route(target.handle, target.is_event, None if convert is as_it_stands else convert, odd)
        routes[address] = made
        return made

    def _note(self, key: tuple[int, int]) -> None:
        """For who waits for it."""
        if self.heard is not None:
            self.heard[key[0]].add(key[1])
        self.awaited.discard(key)

    def _check_type(self, asdu: Asdu, row: AsduType, now_s: float) -> None:
        if asdu.cause not in row.monitored:
            text = f"sends {row.name} with cause {asdu.cause}, which it must not have"
            self._odd(_ODD_CAUSES, (row.number, asdu.cause), text, now_s)
        if row.number not in TYPES:
            text = f"sends {row.name}, which IEC 104 does not have: its time tag has no date"
            self._odd("types of IEC 101", row.number, text, now_s)

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
