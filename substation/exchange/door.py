"""What all connections of a unit share, and what each of them may use."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from models.wire.instant import Instant
from models.wire.keys import SigningKey
from substation.exchange.forwarding import Forwards
from substation.exchange.gatekeeper import Gatekeeper
from substation.exchange.periodic_register import PeriodicRegister
from substation.exchange.processor import RequestProcessor
from substation.exchange.tally import Tally


@dataclass(frozen=True, slots=True)
class Limits:
    """pause_s: shortest time between two rounds of notifications of one connection; answers are sent at once.

    connections: with login; waiting: without, waiting_of_address: of one address. logins, password_logins: judged at
    the same time, each for itself, since passwords are hashed one after the other and keys need not wait for them.
    logins_per_s: of one address, logins_burst in reserve; requests_per_s, subscriptions_per_s: of one connection.
    key_check_s: how soon a withdrawn key ends an idle connection. answers: waiting ones before reading stops.
    events, latest: instances that wait for a slow reader, see Outbox. ping_s: an answer to a ping takes at most this.
    """

    connections: int = 256
    waiting: int = 128
    waiting_of_address: int = 64
    logins: int = 16
    password_logins: int = 16
    logins_per_s: float = 20.0
    logins_burst: float = 200.0
    requests_per_s: float = 5000.0
    requests_burst: float = 10_000.0
    subscriptions_per_s: float = 100.0
    subscriptions_burst: float = 2000.0
    login_s: float = 5.0
    send_s: float = 30.0
    ping_s: float = 2.0
    key_check_s: float = 1.0
    pause_s: float = 0.02
    subscriptions: int = 1000
    queries: int = 32
    writes: int = 8
    forwarded: int = 64
    answers: int = 256
    events: int = 20_000
    latest: int = 100_000
    request_octets: int = 256 * 1024


@dataclass(slots=True)
class Counts:
    """judged: logins that are being judged now, with a password or without. open: connections."""

    judged: Counter[bool] = field(default_factory=Counter)
    open: int = 0


@dataclass(frozen=True, slots=True)
class Door:
    """unit: its name; key: its signing key. write_group owns the writes: a lost link must not tear a command.

    floods: hears what is too much, and tells it once. forwards: None where there are no other units.
    """

    unit: str
    key: SigningKey
    gatekeeper: Gatekeeper
    processor: RequestProcessor
    now: Callable[[], Instant]
    write_group: asyncio.TaskGroup
    limits: Limits
    floods: Tally
    forwards: Forwards | None = None
    counts: Counts = field(default_factory=Counts)
    periodic: PeriodicRegister = field(default_factory=PeriodicRegister)
