"""Composes the sums of a unit: its part in them, as unit.toml says, on its database and its links."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from models.alarm import Category, Severity
from models.errors import ConfigError
from models.privacy.announcement import Announcement
from models.privacy.contribution import Contribution
from models.wire.cbor import decode, encode
from models.wire.keys import SigningKey, VerifyKey
from protocols.arithmetic.pool import Arithmetic
from substation.exchange.access import Right
from substation.exchange.key_files import read_verify_key
from substation.exchange.variables import Route
from substation.links.inbox import Effect
from substation.links.parcel_store import Letter
from substation.links.post import Post
from substation.parts import Parts
from substation.privacy.collector import Collector
from substation.privacy.desk import SumDesk
from substation.privacy.key_file import FILE_NAME, read_sum_key
from substation.privacy.ledger import Ledger
from substation.privacy.meter_sums import MeterSums
from substation.privacy.settings import SumRole, SumSettings, read_passphrase
from substation.privacy.total import Decrypted, Outcome, PassedOn

SUM, KEY = "meter-sum", "meter-sum-key"
"""Kinds of the parcels: upward, downward."""


class UnitSums:
    """A unit's part in the sums: `routes` for the data interface, `run` until cancelled."""

    def __init__(self, sums: MeterSums, desk: SumDesk) -> None:
        self._sums, self._desk = sums, desk

    def routes(self) -> tuple[Route, ...]:
        """A meter may write with no more right than to read: what it may write is its own reading alone."""
        return (Route("MeterSum.*", "*", self._desk, write=Right.READ),)

    async def run(self) -> None:
        await self._sums.run()


@contextlib.asynccontextmanager
async def unit_sums(
    parts: Parts, key: SigningKey, post: Post, arithmetic: Arithmetic | None = None
) -> AsyncIterator[UnitSums | None]:
    """None for a unit that takes no part. arithmetic: shared by the units of a process; else one of its own.

    ConfigError when a key file is wrong, or an aggregator has nobody above; StorageError.
    """
    settings = parts.config.meter_sums
    if settings is None:
        yield None
        return
    async with contextlib.AsyncExitStack() as stack:
        used = arithmetic if arithmetic is not None else await stack.enter_async_context(Arithmetic())
        yield await _opened(settings, _Surroundings(parts, key, post, used))


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What the unit gives."""

    parts: Parts
    key: SigningKey
    post: Post
    arithmetic: Arithmetic

    @property
    def parent(self) -> str:
        """Name of the unit above, or empty."""
        return self.parts.config.parent.unit if self.parts.config.parent else ""

    def tell(self, category: Category, severity: Severity, text: str) -> None:
        self.parts.events.tell(category, severity, self.parts.config.name, text)


async def _opened(settings: SumSettings, around: _Surroundings) -> UnitSums:
    parts = around.parts
    ledger = Ledger(parts.stores.control)
    remembered = await ledger.remembered()
    collector = Collector(settings, ledger, remembered, parts.clock)
    outcome, own, holder = await _role(settings, around, ledger)
    downward = partial(_downward, around.post, settings.units)
    sums = MeterSums(settings, collector, outcome, parts.publication, around.tell, parts.clock, downward)
    _hear(sums, around, settings, holder)
    await sums.start(remembered.newest, own)
    owners = {customer.meter: customer.owner for customer in parts.config.declared.customers}
    return UnitSums(sums, SumDesk(sums, parts.publication, owners))


async def _role(
    settings: SumSettings, around: _Surroundings, ledger: Ledger
) -> tuple[Outcome, Announcement | None, VerifyKey | None]:
    """What becomes of sums here; the key holder's announcement; whose announcement is believed."""
    parts = around.parts
    if settings.role is SumRole.KEY_HOLDER:
        passphrase = read_passphrase(settings.passphrase)
        key = await asyncio.to_thread(read_sum_key, parts.config.data / FILE_NAME, passphrase)
        own = Announcement.sign(parts.config.name, key.public, settings.period_s, parts.clock(), around.key)
        return Decrypted(around.arithmetic, key, ledger, parts.clock), own, None
    if not around.parent or settings.key_holder_key is None:
        remedy = "add [parent], or make this unit the key holder"
        raise ConfigError("unit.toml", None, "[meter_sums] an aggregator has a unit above", remedy)
    upward = partial(_upward, around.post, around.parent)
    return PassedOn(around.arithmetic, upward, parts.clock), None, read_verify_key(settings.key_holder_key)


def _hear(sums: MeterSums, around: _Surroundings, settings: SumSettings, holder: VerifyKey | None) -> None:
    async def contribution(neighbour: str, body: bytes) -> Effect:
        await sums.take(neighbour, decode(body))
        return Effect()

    async def announcement(neighbour: str, body: bytes) -> Effect:
        if holder is not None and neighbour == around.parent:
            await sums.hear(Announcement.from_wire(decode(body)), holder)
        return Effect()

    if settings.units:
        around.post.on(SUM, contribution)
    around.post.on(KEY, announcement)


async def _upward(post: Post, parent: str, part: Contribution, within: Callable[[Connection], None]) -> None:
    await post.send(Letter(parent, SUM, encode(part.to_wire())), within=within)


async def _downward(post: Post, units: tuple[str, ...], announcement: Announcement) -> None:
    body = encode(announcement.to_wire())
    await post.send(*(Letter(unit, KEY, body) for unit in units))
