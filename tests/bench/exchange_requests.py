"""Figures of the data interface itself: what a request costs the unit, how fast a value reaches fifty subscribers."""

from __future__ import annotations

import asyncio
import importlib.metadata
import statistics
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from models.wire.keys import SigningKey
from tests.bench import exchange_values
from tests.bench.child import Child, child
from tests.bench.exchange_unit import CUSTOMER, VARIABLE
from tests.bench.figure import Figure, Pair, beside_peer

CONNECTIONS, SUBSCRIBERS = 8, 50
VERIFICATIONS = 2000
PERIOD_S = 0.05
PATIENCE_S = 60.0
TIMES = 2.0


@dataclass(frozen=True, slots=True)
class Extent:
    """seconds: of each way to ask in each round. values: fanned out one by one, and then as fast as they can be."""

    rounds: int = 5
    seconds: float = 3.0
    values: int = 40
    burst: int = 1000


@dataclass(frozen=True, slots=True)
class Way:
    """How requests come. together: under way on each connection."""

    name: str
    together: int
    shared: bool


WAYS = (
    Way("32 under way on each connection, each with a signature of its own", 32, False),
    Way("32 under way on each connection, 16 of them under one signature", 32, True),
    Way("one after the other, each with a signature of its own", 1, False),
)
WHOLE, SHORT = Extent(), Extent(rounds=1, seconds=0.3, values=5, burst=50)


def measure(short: bool, say: Callable[[str], None]) -> list[dict[str, object]]:
    """The figures in the form of `ringmain bench --json`; `say` hears of the progress."""
    extent = SHORT if short else WHOLE
    figures = asyncio.run(_requests(extent, say)) + asyncio.run(_fan_out(extent, say))
    return [figure.plain() for figure in figures]


# -- requests


@dataclass(frozen=True, slots=True)
class _Round:
    """us of CPU time of the unit per request, and of a verification in the same process; requests/s."""

    ours_us: float
    verification_us: float
    per_s: float


async def _requests(extent: Extent, say: Callable[[str], None]) -> list[Figure]:
    rounds: dict[Way, list[_Round]] = {way: [] for way in WAYS}
    async with _unit(CONNECTIONS) as (unit, load):
        for number in range(extent.rounds):
            for way in WAYS:
                rounds[way].append(await _asked(unit, load, way, extent.seconds))
                say(f"requests, round {number + 1}, {way.name}: {rounds[way][-1]}")
    return [figure for way in WAYS for figure in _request_figures(way, rounds[way])]


async def _asked(unit: Child, load: Child, way: Way, seconds: float) -> _Round:
    bare_s = await unit.ask("verify", VERIFICATIONS)
    before_s = await unit.ask("cpu")
    count = await load.ask("ask", VARIABLE, CUSTOMER, way.together, way.shared, seconds)
    used_s = await unit.ask("cpu") - before_s
    return _Round(used_s / count * 1e6, bare_s / VERIFICATIONS * 1e6, count / seconds)


def _request_figures(way: Way, rounds: list[_Round]) -> list[Figure]:
    work = "signed query of a customer's value with policy, audit and signed answer"
    cryptography = importlib.metadata.version("cryptography")
    cost = beside_peer(
        f"CPU time of the unit per {work}: {way.name}",
        "us",
        f"the bare Ed25519 verification (cryptography {cryptography})",
        [(each.ours_us, each.verification_us) for each in rounds],
        f"at most {TIMES:g} times the verification",
        lambda ours, peers: ours <= TIMES * peers,
    )
    rate = beside_peer(
        f"{work}: {way.name}, {CONNECTIONS} clients in one process on the same machine",
        "requests/s",
        f"bare Ed25519 verifications in one thread (cryptography {cryptography})",
        [(each.per_s, 1e6 / each.verification_us) for each in rounds],
        "none: the clients take their share of the machine",
        lambda ours, peers: True,
    )
    return [cost, rate]


# -- fan-out


async def _fan_out(extent: Extent, say: Callable[[str], None]) -> list[Figure]:
    single: list[Pair] = []
    burst: list[Pair] = []
    async with _unit(SUBSCRIBERS) as (unit, ours), _peer(SUBSCRIBERS) as (peer, theirs):
        await ours.ask("subscribe", exchange_values.VARIABLE, exchange_values.UNIT)
        for number in range(extent.rounds):
            single.append((await _latency(unit, ours, True, extent), await _latency(peer, theirs, False, extent)))
            burst.append((await _rate(unit, ours, True, extent), await _rate(peer, theirs, False, extent)))
            say(f"fan-out, round {number + 1}: {single[-1]} ms, {burst[-1]} values/s")
    name = f"websockets {importlib.metadata.version('websockets')}: broadcast() of the same frames without signatures"
    return [
        beside_peer(
            f"one value to {SUBSCRIBERS} subscribers, signed for each: until the last has it, median",
            "ms", name, single, "none in the issue", lambda ours, peers: True,
        ),
        beside_peer(
            f"values to {SUBSCRIBERS} subscribers as fast as the unit can, signed for each",
            "values/s", name, burst, "none in the issue", lambda ours, peers: True,
        ),
    ]  # fmt: skip


async def _latency(sender: Child, receivers: Child, signed: bool, extent: Extent) -> float:
    """ms."""
    times = await _sent(sender, receivers, signed, extent.values, PERIOD_S)
    return statistics.median((last_ns - sent_ns) / 1e6 for sent_ns, last_ns in times)


async def _rate(sender: Child, receivers: Child, signed: bool, extent: Extent) -> float:
    """Values per second, each to all subscribers."""
    times = await _sent(sender, receivers, signed, extent.burst, 0.0)
    return extent.burst / ((max(last_ns for _, last_ns in times) - times[0][0]) / 1e9)


async def _sent(sender: Child, receivers: Child, signed: bool, count: int, period_s: float) -> list[list[int]]:
    async with asyncio.TaskGroup() as group:
        arrived = group.create_task(receivers.ask("arrived", count, signed, PATIENCE_S))
        group.create_task(sender.ask("publish", count, period_s))
    times: list[list[int]] = arrived.result()
    return times


# -- processes


@asynccontextmanager
async def _unit(connections: int) -> AsyncIterator[tuple[Child, Child]]:
    """The unit and its clients."""
    service, owner = SigningKey.generate().to_text(), SigningKey.generate().to_text()
    with TemporaryDirectory() as folder:
        async with child("exchange_unit", folder) as unit, child("exchange_load") as load:
            await load.ask("open", await unit.ask("open", service, owner), service, connections)
            yield unit, load


@asynccontextmanager
async def _peer(connections: int) -> AsyncIterator[tuple[Child, Child]]:
    async with child("exchange_broadcast") as peer, child("exchange_load") as load:
        await load.ask("watch", await peer.ask("open"), connections)
        yield peer, load
