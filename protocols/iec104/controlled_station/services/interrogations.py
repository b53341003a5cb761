"""Station, group and counter interrogations of one connection (IEC 60870-5-101 7.4.5 and 7.4.8, -5-5).

Several run at once, the oldest first; each is a generator that yields what the window takes. Requests for the global
address are answered by every station for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from protocols.iec104.application.asdu import GLOBAL_ADDRESS, Asdu, Many, Observation, Service
from protocols.iec104.application.cause import Cause
from protocols.iec104.controlled_station.image import Slot
from protocols.iec104.controlled_station.services.counters import GENERAL
from protocols.iec104.controlled_station.services.packing import parts
from protocols.iec104.controlled_station.services.provision import Provision

STATION = 20
LAST_GROUP = 36
_REQUEST_BITS = 0x3F  # RQT of QCC
_FREEZE_SHIFT = 6
_READ, _FREEZE, _FREEZE_AND_RESET, _RESET = range(4)  # FRZ of QCC
_COUNTERS = int(Cause.COUNTERS)

Key = tuple[int, int, int]
"""Type, common address, qualifier (of counters: RQT)."""


class Interrogations:
    """answer: sends a confirmation. note: one line for the event list."""

    def __init__(
        self,
        provision: Provision,
        stations: Sequence[int],
        answer: Callable[[Asdu], None],
        note: Callable[[str], None],
    ) -> None:
        self._provision, self._stations = provision, stations
        self._answer, self._note = answer, note
        self._running: dict[Key, Iterator[Asdu | Many]] = {}

    def next(self) -> Asdu | Many | None:
        """The next ASDU of the oldest running interrogation."""
        while self._running:
            key, units = next(iter(self._running.items()))
            unit = next(units, None)
            if unit is None or unit.cause == Cause.TERMINATION:  # the same may be asked again from now on
                del self._running[key]
            if unit is not None:
                return unit
        return None

    def clear(self) -> None:
        self._running.clear()

    def points(self, asdu: Asdu, item: Service) -> None:
        """C_IC_NA_1: qualifier 20 all points of a station, 21..36 groups 1..16."""
        for station in self._asked(asdu):
            key = (asdu.type_id, station, item.qualifier)
            group = item.qualifier - STATION
            offered = group == 0 or (0 < group <= LAST_GROUP - STATION and self._provision.pictures.has(station, group))
            if self._begins(asdu, key, offered):
                self._confirm(asdu, station, Cause.ACTIVATION_CON, True)
                answer = self._provision.pictures.answer(station, group, item.qualifier, asdu.originator)
                self._running[key] = self._until_end(asdu, station, answer)

    def counters(self, asdu: Asdu, item: Service) -> None:
        """C_CI_NA_1: RQT 1..4 groups, 5 all counters; FRZ 0 read, 1 freeze, 2 freeze and reset, 3 reset."""
        request, freeze = item.qualifier & _REQUEST_BITS, item.qualifier >> _FREEZE_SHIFT
        for station in self._asked(asdu):
            key = (asdu.type_id, station, request)
            offered = 1 <= request <= GENERAL and self._provision.counters.has(station, request)
            if not self._begins(asdu, key, offered and self._may(freeze)):
                continue
            self._confirm(asdu, station, Cause.ACTIVATION_CON, True)
            answer: Iterable[Asdu | Many] = ()
            if freeze == _READ:
                cause = _COUNTERS + request % GENERAL  # 37 general, 38..41 groups
                answer = self._totals(station, request, cause, asdu.originator)
            elif not asdu.test:
                self._act(freeze, station, request)
            self._running[key] = self._until_end(asdu, station, answer)

    def _may(self, freeze: int) -> bool:
        if freeze == _READ or self._provision.counters.settings.commands:
            return True
        self._note("freezing and resetting of counters is not granted: [control_centre.counters] commands")
        return False

    def _act(self, freeze: int, station: int, request: int) -> None:
        """A reset is remembered here, and changes no counter of the process."""
        if freeze == _RESET:
            self._provision.counters.reset(station, request)
        else:
            self._provision.freeze(station, request, freeze == _FREEZE_AND_RESET)

    def _totals(self, station: int, request: int, cause: int, originator: int) -> Iterator[Asdu]:
        tagged = self._provision.counters.settings.tagged
        pairs = self._provision.counters.answer(station, request)
        for type_id, group in groupby(pairs, key=lambda pair: _type_of(pair[0], pair[1], tagged)):
            observations = tuple(observation for _, observation in group)
            for part in parts(type_id, False, observations):
                yield Asdu(type_id, cause, station, part, originator)

    def _asked(self, asdu: Asdu) -> Sequence[int]:
        return self._stations if asdu.common_address == GLOBAL_ADDRESS else [asdu.common_address]

    def _begins(self, asdu: Asdu, key: Key, offered: bool) -> bool:
        """True when it is to run; a deactivation, and what cannot run, is answered here."""
        if asdu.cause == Cause.DEACTIVATION:
            stopped = self._running.pop(key, None) is not None
            self._confirm(asdu, key[1], Cause.DEACTIVATION_CON, stopped)
            return False
        if key in self._running or not offered:
            self._confirm(asdu, key[1], Cause.ACTIVATION_CON, False)
            return False
        return True

    def _confirm(self, asdu: Asdu, station: int, cause: Cause, positive: bool) -> None:
        self._answer(_mirrored(asdu, station, cause, positive))

    @staticmethod
    def _until_end(asdu: Asdu, station: int, answer: Iterable[Asdu | Many]) -> Iterator[Asdu | Many]:
        yield from answer
        yield _mirrored(asdu, station, Cause.TERMINATION, True)


def _mirrored(asdu: Asdu, station: int, cause: Cause, positive: bool) -> Asdu:
    return Asdu(asdu.type_id, cause, station, asdu.objects, asdu.originator, not positive, asdu.test)


def _type_of(slot: Slot, observation: Observation, tagged: bool) -> int:
    return slot.event_type if tagged and observation.time_ns is not None else slot.static_type
