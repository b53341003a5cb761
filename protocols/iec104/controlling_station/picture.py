"""Keeps the unit's picture of a device complete: interrogations, totals, and what an interrogation has left out."""

from __future__ import annotations

from collections import Counter, defaultdict

from models.notices import Notices
from models.point import Sample
from protocols.iec104.application.asdu import Asdu
from protocols.iec104.application.cause import Cause
from protocols.iec104.controlling_station.counter_freeze import counter_interrogations
from protocols.iec104.controlling_station.interrogator import COUNTERS, GENERAL, Interrogation, Interrogator
from protocols.iec104.controlling_station.missing import Key, Missing
from protocols.iec104.controlling_station.reception import Reception
from protocols.iec104.controlling_station.settings import LinkSettings
from protocols.iec104.controlling_station.targets import Target, Targets

_STATION_QUALIFIER = 20
_NAMED = 5
_DATA_OF = {GENERAL: range(Cause.STATION, Cause.LAST_GROUP + 1), COUNTERS: range(Cause.COUNTERS, 42)}

Withdrawn = list[tuple[Target, Sample]]
"""Points that the device does not deliver any more, as invalid samples."""


class Picture:
    """One connection's. stations: common addresses. Times are monotonic seconds, arrival ns UTC."""

    def __init__(
        self,
        stations: list[int],
        targets: Targets,
        settings: LinkSettings,
        reception: Reception,
        notices: Notices,
        counts: Counter[str],
    ) -> None:
        self._stations, self._targets, self._settings = stations, targets, settings
        self._reception, self._notices, self._counts = reception, notices, counts
        self._expected = targets.to_interrogate
        self._with_totals = targets.with_totals
        self._missing = Missing(reception.awaited, settings.command_timeout_s)
        self._interrogator = Interrogator(settings.interrogation_timeout_s, self._ended, self._odd)
        self._now_s = 0.0

    @property
    def is_complete(self) -> bool:
        """Every station has been interrogated."""
        return self._interrogator.has_picture

    @property
    def deadline_s(self) -> float:
        return min(self._interrogator.deadline_s, self._missing.deadline_s)

    def want(self) -> None:
        """General interrogation of every station."""
        for common_address in self._stations:
            self._interrogator.want(Interrogation(GENERAL, common_address, _STATION_QUALIFIER))

    def want_totals(self) -> None:
        """Counter interrogation of every station that has integrated totals."""
        for common_address in self._with_totals:
            self._want_totals_of(common_address)

    def _want_totals_of(self, common_address: int) -> None:
        for which in counter_interrogations(common_address, self._settings.counter_freeze):
            self._interrogator.want(which)

    def restarted(self, common_address: int, now_s: float) -> None:
        """The station has told the end of its initialisation: nothing that it said before counts."""
        if common_address not in self._stations:
            return
        self._interrogator.restarted(common_address, now_s)
        self._interrogator.want(Interrogation(GENERAL, common_address, _STATION_QUALIFIER))
        if common_address in self._with_totals:
            self._want_totals_of(common_address)

    def next_interrogation(self, now_s: float) -> Interrogation | None:
        """What to ask for now."""
        which = self._interrogator.next(now_s)
        if which is not None and which.type_id == GENERAL:
            self._counts["interrogations"] += 1
            self._reception.heard = defaultdict(set)
        return which

    def next_read(self) -> Key | None:
        """The next object to read by itself."""
        return self._missing.next()

    def progress(self, cause: int, now_s: float) -> None:
        """Monitored data with this cause has come."""
        current = self._interrogator.current
        if current is not None and cause in _DATA_OF[current.type_id]:
            self._interrogator.progress(now_s)

    def answer(self, asdu: Asdu, now_s: float) -> None:
        """A mirror of an interrogation. ClosingError when there will be no picture."""
        self._now_s = now_s
        self._interrogator.answer(asdu, now_s)

    def read_refused(self) -> None:
        """The device does not read single objects: those that wait will not come either."""
        self._missing.stop_reading()

    def tick(self, arrival_ns: int, now_s: float) -> Withdrawn:
        """What is due, after data has come or time has passed. ClosingError when the device does not answer."""
        self._now_s = now_s
        self._interrogator.tick(now_s)
        return self._give_up(self._missing.given_up(), arrival_ns) if self._missing.is_due(now_s) else []

    def _ended(self, which: Interrogation) -> None:
        if which.type_id != GENERAL:
            return
        station, heard = which.common_address, self._reception.heard
        absent = self._expected.get(station, frozenset()) - (set() if heard is None else heard[station])
        self._reception.heard = None
        self._missing.read(((station, address) for address in absent), self._now_s, self._settings.read_missing)

    def _give_up(self, keys: list[Key], arrival_ns: int) -> Withdrawn:
        if not keys:
            return []
        self._counts["points not delivered"] += len(keys)
        names = ", ".join(f"{self._targets[key].spec.name} ({key[0]}/{key[1]})" for key in keys[:_NAMED])
        others = f" and {len(keys) - _NAMED} others" if len(keys) > _NAMED else ""
        text = f"does not deliver {names}{others} when it is interrogated; invalid until it does"
        self._notices.take(("missing", tuple(keys[:_NAMED]), len(keys)), text, self._now_s)
        withdrawn = (self._reception.missing(key, arrival_ns) for key in keys)
        return [each for each in withdrawn if each is not None]

    def _odd(self, text: str) -> None:
        self._counts["odd interrogations"] += 1
        self._notices.take(text, text, self._now_s)
