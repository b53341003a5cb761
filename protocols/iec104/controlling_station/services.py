"""System messages that a controlling station sends of its own accord: clock synchronisation and test commands."""

from __future__ import annotations

import math
from collections import Counter, deque

from models.driver import Clock
from models.notices import Notices
from protocols.iec104.application.asdu import Asdu, Service
from protocols.iec104.application.cause import REFUSALS, Cause
from protocols.iec104.application.types import Kind, type_name
from protocols.iec104.controlling_station.settings import LinkSettings
from protocols.iec104.link.closing import Closing, ClosingError

_CLOCK, _TEST = 103, 107
_WORDS = 0x10000
_TOLERATED_NS = 1_000_000_000
"""A clock that is further off before it is set is told: its time tags since the last time were wrong by as much."""


class Services:
    """Times are monotonic seconds, the clock's ns UTC."""

    def __init__(self, settings: LinkSettings, clock: Clock, notices: Notices, counts: Counter[str]) -> None:
        self._settings, self._clock, self._notices, self._counts = settings, clock, notices, counts
        self._clocks: deque[int] = deque()
        self._test: int | None = None  # the station to be tested
        self._word = 0
        self.refuses_tests = False
        self.deadline_s = math.inf  # of the answer to a test

    def want_clocks(self, stations: list[int]) -> None:
        """Once each, however often it was wanted."""
        self._clocks.extend(each for each in stations if each not in self._clocks)

    def want_test(self, station: int) -> None:
        if not self.refuses_tests and math.isinf(self.deadline_s):
            self._test = station

    def next(self, now_s: float) -> Asdu | None:
        """What to send now. The time is read when the frame leaves, not when it was asked for."""
        if self._clocks:
            return self._unit(_CLOCK, self._clocks.popleft(), Service(0, 0, self._clock()))
        if self._test is None:
            return None
        station, self._test = self._test, None
        self._word = (self._word + 1) % _WORDS
        self.deadline_s = now_s + self._settings.command_timeout_s
        return self._unit(_TEST, station, Service(0, self._word, self._clock()))

    def _unit(self, type_id: int, station: int, item: Service) -> Asdu:
        return Asdu(type_id, Cause.ACTIVATION, station, (item,), self._settings.originator)

    def answer(self, asdu: Asdu, kind: Kind, arrival_ns: int, now_s: float) -> None:
        """A mirror of one of these, or a device that tells its own time (C_CS spontaneous)."""
        refused = asdu.negative or asdu.cause in REFUSALS
        if kind is Kind.TEST:
            self.deadline_s, self.refuses_tests = math.inf, refused
        if refused:
            self._counts["refused services"] += 1
            reason = REFUSALS.get(asdu.cause, "negative confirmation")
            text = f"refuses {type_name(asdu.type_id)} of common address {asdu.common_address}: {reason}"
            self._notices.take(("refused", asdu.type_id, asdu.common_address), text, now_s)
        elif kind is Kind.CLOCK:
            self._compare(asdu, arrival_ns, now_s)

    def tick(self, now_s: float) -> None:
        """ClosingError when the device's application is dead behind a link layer that lives."""
        if now_s >= self.deadline_s:
            text = f"no answer to a test command within {self._settings.command_timeout_s} s: link closed"
            raise ClosingError(Closing.NO_CONFIRMATION, text)

    def _compare(self, asdu: Asdu, arrival_ns: int, now_s: float) -> None:
        """The confirmation carries the device's own time before it was set (IEC 60870-5-5)."""
        item = asdu.objects[0] if asdu.objects else None
        if not isinstance(item, Service) or item.time_ns is None:
            return
        off_ns = item.time_ns - arrival_ns
        if abs(off_ns) > _TOLERATED_NS:
            self._counts["clocks that were off"] += 1
            text = f"its clock was {abs(off_ns) / 1e9:.1f} s {'ahead' if off_ns > 0 else 'behind'} before it was set"
            self._notices.take(("clock", asdu.common_address), text, now_s)
