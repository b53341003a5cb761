"""The service of a unit that takes part in sums of encrypted meter readings [SE4; D3.2 4.4.1.3, 6.3].

Downward goes the signed public key, from the key holder to the meters. Upward go contributions: a meter's, by a write
to `MeterSum.Cipher` at its own name; a unit's, as a parcel of the links. Nobody but the key holder reads a sum, and
nobody a contribution.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from models.alarm import Category, Severity
from models.driver import Clock
from models.errors import AlgorithmError, RemoteProtocolError, RingmainError
from models.privacy.announcement import Announcement
from models.privacy.contribution import Contribution
from models.privacy.sum_key import short
from models.privacy.tally import Tally
from models.utc import to_text
from models.wire.cbor import WireValue
from models.wire.keys import VerifyKey
from substation.privacy.collector import Collector
from substation.privacy.ledger import Total
from substation.privacy.settings import SumSettings
from substation.privacy.total import Outcome
from substation.variables.publication import Publication

PUBLIC_KEY, CIPHER, TOTAL = "MeterSum.PublicKey", "MeterSum.Cipher", "MeterSum.Total"
LOOK_S = 1.0

Tell = Callable[[Category, Severity, str], None]
Downward = Callable[[Announcement], Awaitable[None]]
"""Give an announcement to the units below; on our disk when it returns."""


class MeterSums:
    """`start` once, then `run` until cancelled. downward: None where no units are below."""

    def __init__(
        self,
        settings: SumSettings,
        collector: Collector,
        outcome: Outcome,
        publication: Publication,
        tell: Tell,
        clock: Clock,
        downward: Downward | None = None,
    ) -> None:
        self._settings, self._collector, self._outcome = settings, collector, outcome
        self._publication, self._tell, self._clock, self._downward = publication, tell, clock, downward
        self._told = ""

    @property
    def collector(self) -> Collector:
        return self._collector

    async def start(self, newest: Total | None, own: Announcement | None = None) -> None:
        """own: of a key holder, which announces its key anew at every start. Those below are told in any case."""
        if newest is not None:
            self._publication.publish(TOTAL, plain_total(newest))
        if own is not None:
            await self._collector.announce(own)
        if self._collector.announcement is not None:
            await self._spread(self._collector.announcement)

    async def hear(self, announcement: Announcement, holder: VerifyKey) -> None:
        """From the unit above. RemoteProtocolError when the key holder has not signed it; StorageError."""
        announcement.verify(self._settings.key_holder, holder)
        if await self._collector.announce(announcement):
            text = f"sums of meter readings: key {announcement.key} of {announcement.holder} holds from now on"
            self._tell(Category.SECURITY, Severity.INFORMATION, text)
            await self._spread(announcement)

    async def _spread(self, announcement: Announcement) -> None:
        self._publication.publish_if_new(PUBLIC_KEY, announcement.to_wire())
        if self._downward is not None:
            await self._downward(announcement)

    async def take(self, sender: str, item: object) -> Contribution:
        """A contribution as it came. RemoteProtocolError with the reason when it is refused; StorageError."""
        part = Contribution.from_wire(item)
        await self._collector.take(sender, part)
        return part

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            await self.step()

    async def step(self) -> None:
        """Make the sums that are due; an error delays the sum it concerns, and is told once."""
        for tally in self._collector.due():
            if len(tally.participants) < self._settings.at_least:
                await self._give_up(tally)
            elif self._outcome.ready():
                await self._make(tally)

    async def _give_up(self, tally: Tally) -> None:
        number, least = len(tally.participants), self._settings.at_least
        if await self._tried(self._collector.close(tally.period)):
            self._report(Severity.LOW, tally, f"{number} participants, fewer than {least}: no sum leaves this unit")

    async def _make(self, tally: Tally) -> None:
        try:
            with self._collector.frozen(tally.period):
                made = await self._outcome.make(tally)
        except (RemoteProtocolError, AlgorithmError) as error:  # it will not be better the next time
            if await self._tried(self._collector.close(tally.period)):
                self._report(Severity.MEDIUM, tally, f"there is no sum: {error}")
        except RingmainError as error:
            self._once(f"sums of meter readings wait: {error}")
        else:
            self._collector.closed(tally.period)
            self._show(made)
            self._tell_missing(tally)
            self._told = ""

    def _show(self, made: Contribution | Total) -> None:
        if isinstance(made, Total):
            self._publication.publish(TOTAL, plain_total(made))
        else:
            self._publication.publish(CIPHER, made.to_wire())

    def _tell_missing(self, tally: Tally) -> None:
        if missing := self._collector.missing(tally):
            named = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
            self._report(Severity.LOW, tally, f"{len(missing)} contributions are missing ({named})")

    async def _tried(self, work: Awaitable[None]) -> bool:
        try:
            await work
        except RingmainError as error:
            self._once(f"sums of meter readings wait: {error}")
            return False
        return True

    def _report(self, severity: Severity, tally: Tally, text: str) -> None:
        start, key = to_text(tally.period.start_ns), short(tally.key.fingerprint)
        self._tell(Category.SYSTEM, severity, f"sum of meter readings of {start} (key {key}): {text}")

    def _once(self, text: str) -> None:
        if text != self._told:
            self._told = text
            self._tell(Category.SYSTEM, Severity.MEDIUM, text)


def plain_total(total: Total) -> WireValue:
    """Map: `start` (ns UTC), `length` (ns), `energy_wh`, `count`, `participants` (array of names)."""
    return {
        "start": total.period.start_ns,
        "length": total.period.length_ns,
        "energy_wh": total.energy_wh,
        "count": len(total.participants),
        "participants": list(total.participants),
    }
