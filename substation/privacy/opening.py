"""Composes the sums of a unit: its part in them, as unit.toml says, on its database and its links."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from models.alarm import Category, Severity
from models.driver import Clock
from models.errors import ConfigError
from models.privacy.announcement import Announcement
from models.privacy.contribution import Contribution
from models.wire.cbor import decode, encode
from models.wire.keys import SigningKey, VerifyKey
from protocols.arithmetic.pool import Arithmetic
from substation.control.database import Database
from substation.event_list import EventList
from substation.exchange.key_files import read_verify_key
from substation.links.inbox import Effect
from substation.links.parcel_store import Letter
from substation.links.post import Post
from substation.privacy.collector import Collector
from substation.privacy.key_file import FILE_NAME, read_sum_key
from substation.privacy.ledger import Ledger
from substation.privacy.meter_sums import MeterSums
from substation.privacy.settings import SumRole, SumSettings, read_passphrase
from substation.privacy.total import Decrypted, Outcome, PassedOn
from substation.variables.publication import Publication

SUM, KEY = "meter-sum", "meter-sum-key"
"""Kinds of the parcels: upward, downward."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the unit gives: its name, its key, its stores and its links. parent: name of the unit above, or empty."""

    unit: str
    parent: str
    data: Path
    key: SigningKey
    database: Database
    post: Post
    publication: Publication
    events: EventList
    arithmetic: Arithmetic
    clock: Clock


async def open_sums(settings: SumSettings, around: Surroundings) -> MeterSums:
    """Ready to `run`. ConfigError when a key file is wrong, or an aggregator has nobody above; StorageError."""
    ledger = Ledger(around.database)
    remembered = await ledger.remembered()
    collector = Collector(settings, ledger, remembered, around.clock)
    outcome, own, holder = await _role(settings, around, ledger)
    sums = MeterSums(
        settings,
        collector,
        outcome,
        around.publication,
        partial(_tell, around),
        around.clock,
        partial(_downward, around.post, settings.units),
    )
    _hear(sums, around, settings, holder)
    await sums.start(remembered.newest, own)
    return sums


async def _role(
    settings: SumSettings, around: Surroundings, ledger: Ledger
) -> tuple[Outcome, Announcement | None, VerifyKey | None]:
    """What becomes of sums here; the key holder's announcement; whose announcement is believed."""
    if settings.role is SumRole.KEY_HOLDER:
        passphrase = read_passphrase(settings.passphrase)
        key = await asyncio.to_thread(read_sum_key, around.data / FILE_NAME, passphrase)
        own = Announcement.sign(around.unit, key.public, settings.period_s, around.clock(), around.key)
        return Decrypted(around.arithmetic, key, ledger, around.clock), own, None
    if not around.parent or settings.key_holder_key is None:
        remedy = "add [parent], or make this unit the key holder"
        raise ConfigError("unit.toml", None, "[meter_sums] an aggregator has a unit above", remedy)
    upward = partial(_upward, around.post, around.parent)
    return PassedOn(around.arithmetic, upward, around.clock), None, read_verify_key(settings.key_holder_key)


def _hear(sums: MeterSums, around: Surroundings, settings: SumSettings, holder: VerifyKey | None) -> None:
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


def _tell(around: Surroundings, category: Category, severity: Severity, text: str) -> None:
    around.events.tell(category, severity, around.unit, text)
