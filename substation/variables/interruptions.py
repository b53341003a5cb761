"""The variables `Interruptions` and `Reliability` of the unit, and what a person states of a cause [OP3]."""

from __future__ import annotations

import asyncio
import logging

from models.driver import Clock
from models.errors import AlgorithmError, RemoteProtocolError, StorageError
from models.network.elements import Network
from models.plain import PlainFields
from models.wire.cbor import WireValue, outgoing
from models.wire.messages import Code
from substation.exchange.access import Identity
from substation.exchange.variables import RefusedError, WriteResult
from substation.reliability.document import published
from substation.reliability.indices import Period
from substation.reliability.interruption import Cause
from substation.reliability.month import Month, by_kind, plain_indices
from substation.reliability.settings import ReliabilitySettings
from substation.reliability.watch import InterruptionWatch
from substation.variables.publication import Publication
from substation.variables.write_only import WriteOnly, told

VARIABLE, INDICES, STATE = "Interruptions", "Reliability", "Interruption.State"
MOST_SHOWN, MOST_TEXT = 200, 300
REFRESH_S = 600.0
"""Time passes: what lasts grows, and a month ends."""

log = logging.getLogger(__name__)


class InterruptionShow:
    """Publishes those of this month and the one before, the newest first, and the indices of both months."""

    def __init__(
        self,
        publication: Publication,
        watch: InterruptionWatch,
        network: Network,
        settings: ReliabilitySettings,
        clock: Clock,
    ) -> None:
        self._publication, self._watch, self._clock, self._settings = publication, watch, clock, settings
        self._served = sum(load.customers for load in network.loads)
        self._new = asyncio.Event()
        watch.changed = self._new.set

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.now()
            try:
                async with asyncio.timeout(REFRESH_S):
                    await self._new.wait()
            except TimeoutError:
                pass
            self._new.clear()

    async def now(self) -> None:
        now_ns = self._clock()
        present = Month.of(now_ns)
        months = (present, present.before)
        try:
            events = await self._watch.archive.within(Period(months[-1].period(now_ns).start_ns, now_ns + 1))
        except StorageError as error:
            log.error("interruptions cannot be read: %s", error)
            return
        shown = [published(each, now_ns) for each in reversed(events[-MOST_SHOWN:])]
        self._publication.publish(VARIABLE, outgoing({"interruptions": shown, "count": len(events)}, VARIABLE))
        told_of: list[dict[str, object]] = []
        for month in months:
            try:
                found = by_kind(events, self._served, month.period(now_ns), self._settings.short_s)
            except AlgorithmError:  # nobody is served, or the clock stands at the first moment of the month
                continue
            told_of.append({"month": str(month), **{kind: plain_indices(each) for kind, each in found.items()}})
        value = {"served": self._served, "short_s": self._settings.short_s, "months": told_of}
        self._publication.publish(INDICES, outgoing(value, INDICES))


class InterruptionWrites(WriteOnly):
    """`Interruption.State` at `<unit>/interruptions/<id>`; value: `{"cause", "text"}`."""

    def __init__(self, unit: str, watch: InterruptionWatch) -> None:
        self._prefix, self._watch = f"{unit}/interruptions/", watch

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        if variable != STATE or not location.startswith(self._prefix):
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"{variable} at {location}; there is {STATE} at {self._prefix}ID")
        try:
            fields = PlainFields(value, STATE)
            cause, text = fields.one_of("cause", Cause), fields.text("text").strip()[:MOST_TEXT]
            fields.done()
        except RemoteProtocolError as error:
            raise RefusedError(Code.BAD_REQUEST, str(error)) from error
        if not text:
            raise RefusedError(Code.BAD_REQUEST, f"{STATE}: say in 'text' how you know the cause")
        identifier = location.removeprefix(self._prefix)
        try:
            return told(await self._watch.state(identifier, cause, text, requester.name))
        except StorageError as error:
            return told(f"cannot be kept: {error}")
