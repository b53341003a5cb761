"""Units that take part in sums, joined by hand instead of by links: what the service does, without the wire."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from models.alarm import Category, Severity
from models.errors import LinkError
from models.privacy.announcement import Announcement
from models.privacy.contribution import Contribution
from models.wire.cbor import WireValue
from models.wire.condition import And
from models.wire.keys import SigningKey
from protocols.arithmetic.pool import Arithmetic
from substation.control.database import Database
from substation.exchange.variables import Selection
from substation.privacy.collector import Collector
from substation.privacy.ledger import Ledger
from substation.privacy.meter_sums import MeterSums
from substation.privacy.settings import SumRole, SumSettings
from substation.privacy.total import Decrypted, Outcome, PassedOn
from substation.variables.publication import Publication
from tests.models.privacy.sample import PERIOD, sum_key
from tests.substation.parts import Clock

HOLDER = SigningKey.from_seed(bytes(32))
METERS = tuple(f"SM{number}" for number in range(1, 7))
AFTER_NS = PERIOD.end_ns + 10**9
ANNOUNCED = Announcement.sign("TL1", sum_key().public, 60, 1, HOLDER)


def settings(meters: tuple[str, ...] = METERS, units: tuple[str, ...] = ()) -> SumSettings:
    return SumSettings(SumRole.AGGREGATOR, meters, units, at_least=5, wait_s=20.0, key_holder="TL1")


@dataclass
class Place:
    """One unit. sent: what it gave to the unit above; spread: to those below; cut: nothing can be given."""

    name: str
    clock: Clock
    sums: MeterSums
    publication: Publication
    told: list[str]
    sent: list[Contribution] = field(default_factory=list)
    spread: list[Announcement] = field(default_factory=list)
    cut: bool = False

    async def shown(self, variable: str) -> WireValue:
        """The variable's present value, None where there is none."""
        found = await self.publication.read(Selection(variable, self.name, And(())))
        return found[-1].value if found else None


@contextlib.asynccontextmanager
async def place(
    folder: Path,
    name: str,
    given: SumSettings,
    arithmetic: Arithmetic,
    clock: Clock,
) -> AsyncIterator[Place]:
    """Opened on its own database, which outlives it: open it again with the same folder to restart it."""
    folder.mkdir(exist_ok=True)
    database = await Database.open(folder / f"{name}.sqlite")
    try:
        ledger, publication, told = Ledger(database), Publication(name, clock), list[str]()
        remembered = await ledger.remembered()
        holds = given.role is SumRole.KEY_HOLDER

        async def upward(part: Contribution, within: Callable[[Connection], None]) -> None:
            if made.cut:
                raise LinkError("no link")
            await database.run(within)
            made.sent.append(part)

        async def downward(announcement: Announcement) -> None:
            made.spread.append(announcement)

        outcome: Outcome = (
            Decrypted(arithmetic, sum_key(), ledger, clock) if holds else PassedOn(arithmetic, upward, clock)
        )
        collector = Collector(given, ledger, remembered, clock)
        sums = MeterSums(given, collector, outcome, publication, partial(_noted, told), clock, downward)
        made = Place(name, clock, sums, publication, told)
        own = Announcement.sign(name, sum_key().public, given.period_s, clock(), HOLDER) if holds else None
        await sums.start(remembered.newest, own)
        yield made
    finally:
        await database.close()


def _noted(told: list[str], _category: Category, _severity: Severity, text: str) -> None:
    told.append(text)
