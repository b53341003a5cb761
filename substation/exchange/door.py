"""What all connections of a unit share, and what each of them may use."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from models.wire.instant import Instant
from models.wire.keys import SigningKey
from substation.exchange.key_register import KeyRegister
from substation.exchange.processor import RequestProcessor


@dataclass(frozen=True, slots=True)
class Limits:
    """pause_s: shortest time between two rounds of notifications of one connection; answers are sent at once.

    key_check_s: how soon a withdrawn key ends an idle connection. answers: waiting ones before reading stops.
    events, latest: instances that wait for a slow reader, see Outbox.
    """

    connections: int = 64
    login_s: float = 5.0
    send_s: float = 30.0
    key_check_s: float = 1.0
    pause_s: float = 0.02
    subscriptions: int = 1000
    queries: int = 32
    writes: int = 8
    answers: int = 256
    events: int = 20_000
    latest: int = 100_000
    request_octets: int = 256 * 1024


@dataclass(frozen=True, slots=True)
class Door:
    """unit: its name; key: its signing key. write_group owns the writes: a lost link must not tear a command."""

    unit: str
    key: SigningKey
    register: KeyRegister
    processor: RequestProcessor
    now: Callable[[], Instant]
    write_group: asyncio.TaskGroup
    limits: Limits
