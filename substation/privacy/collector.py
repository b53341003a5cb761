"""Contributions of the open periods at one unit: who may bring what, when a period is over, what survives a kill."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from models.driver import Clock
from models.errors import RemoteProtocolError
from models.privacy.announcement import Announcement
from models.privacy.contribution import Contribution, Period
from models.privacy.tally import Tally
from substation.privacy.ledger import KEEP_NS, Ledger, Remembered
from substation.privacy.settings import SumSettings

EARLY_NS = 5 * 10**9
"""So much a meter's clock may be ahead: a reading of a period that runs is no reading of the period."""
OLDEST_NS = KEEP_NS // 2
MOST_OPEN = 1500
"""Periods of one minute in a day: what may wait while a link is down."""


class Collector:
    """All calls come from the loop's thread."""

    def __init__(self, settings: SumSettings, ledger: Ledger, remembered: Remembered, clock: Clock) -> None:
        self._settings, self._ledger, self._clock = settings, ledger, clock
        self.announcement = remembered.announcement
        self._over = dict(remembered.over)
        self._open: dict[Period, Tally] = {}
        self._opened_ns: dict[Period, int] = {}
        self._frozen: set[Period] = set()
        for sender, part in remembered.parts:
            if self.announcement is not None and part.key == self.announcement.key.fingerprint:
                self._tally(part.period, self.announcement).take(sender, part)

    async def announce(self, announcement: Announcement) -> bool:
        """A verified announcement; False when it is not newer than the present one. StorageError.

        Contributions under another key are of no use any more: they leave with it.
        """
        present = self.announcement
        if present is not None and announcement.since_ns <= present.since_ns:
            return False
        await self._ledger.keep_key(announcement)
        self.announcement = announcement
        if present is not None and present.key.fingerprint != announcement.key.fingerprint:
            for period in tuple(self._open):
                await self.close(period)
        return True

    async def take(self, sender: str, part: Contribution) -> None:
        """On disk when it returns. RemoteProtocolError with the reason when it is refused; StorageError."""
        announcement = self._announced(part)
        self._check_sender(sender, part)
        self._check_period(part.period)
        if part.period not in self._open and len(self._open) >= MOST_OPEN:
            raise RemoteProtocolError(f"{MOST_OPEN} periods are open already")
        fresh = part.period not in self._open
        tally = self._tally(part.period, announcement)
        try:
            tally.take(sender, part)
        except RemoteProtocolError:
            if fresh:
                self._forget(part.period)
            raise
        await self._ledger.keep(sender, part)

    def due(self) -> list[Tally]:
        """Periods that are complete, or whose time is over; oldest first."""
        return [self._open[period] for period in sorted(self._open) if self._is_due(period)]

    @contextlib.contextmanager
    def frozen(self, period: Period) -> Iterator[None]:
        """The sum is being made: what comes meanwhile would be acknowledged and be in no sum."""
        self._frozen.add(period)
        try:
            yield
        finally:
            self._frozen.discard(period)

    async def close(self, period: Period) -> None:
        """Nothing more comes of this period."""
        with self.frozen(period):
            await self._ledger.close(period, self._clock())
        self.closed(period)

    def closed(self, period: Period) -> None:
        """That it is over is on the disk already."""
        self._forget(period)
        now_ns = self._clock()
        self._over[period.start_ns] = now_ns
        for start_ns in [start_ns for start_ns in self._over if start_ns < now_ns - KEEP_NS]:
            del self._over[start_ns]

    def missing(self, tally: Tally) -> list[str]:
        """Senders that have brought nothing."""
        return sorted(self._settings.senders - tally.contributions.keys())

    def _announced(self, part: Contribution) -> Announcement:
        announcement = self.announcement
        if announcement is None:
            raise RemoteProtocolError("no key of sums has come to this unit yet")
        if part.period.length_ns != announcement.length_ns:
            raise RemoteProtocolError(f"a period has {announcement.period_s} s")
        return announcement

    def _check_sender(self, sender: str, part: Contribution) -> None:
        if sender in self._settings.meters:
            if part.participants != (sender,):
                raise RemoteProtocolError(f"{sender} is a meter: it contributes its own reading and no other")
        elif sender not in self._settings.units:
            raise RemoteProtocolError(f"{sender} does not contribute to the sums of this unit")
        elif len(part.participants) < self._settings.at_least:
            text = f"a sum of {len(part.participants)} participants; at least {self._settings.at_least} must be in it"
            raise RemoteProtocolError(text)

    def _check_period(self, period: Period) -> None:
        now_ns = self._clock()
        if period.start_ns in self._over or period in self._frozen:
            raise RemoteProtocolError("the sum of this period is made already")
        if now_ns < period.end_ns - EARLY_NS:
            raise RemoteProtocolError("the period has not ended yet")
        if now_ns > period.end_ns + OLDEST_NS:
            raise RemoteProtocolError("the period is too long ago")

    def _tally(self, period: Period, announcement: Announcement) -> Tally:
        if period not in self._open:
            self._open[period] = Tally(period, announcement.key)
            self._opened_ns[period] = self._clock()
        return self._open[period]

    def _forget(self, period: Period) -> None:
        self._open.pop(period, None)
        self._opened_ns.pop(period, None)

    def _is_due(self, period: Period) -> bool:
        if self._settings.senders <= self._open[period].contributions.keys():
            return True
        waited_since_ns = max(period.end_ns, self._opened_ns[period])
        return self._clock() >= waited_since_ns + round(self._settings.wait_s * 1e9)
