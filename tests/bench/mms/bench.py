"""The figures of `ringmain bench mms`: both clients in turns, medians of rounds."""

from __future__ import annotations

import asyncio
import importlib.metadata
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass

from tests.bench.figure import Figure, beside_peer
from tests.bench.figure import Pair as Turns
from tests.bench.mms.bay import Bay, Burst, Delay, bay

CLIENTS = ("ours", "libiec61850")
Say = Callable[[str], None]
NO_TARGET = "none in the issue"
FROZEN_MS = 10.0


@dataclass(frozen=True, slots=True)
class Extent:
    """reports: of each device in one burst. events: at `rate` per s over all devices. afresh: every part has clients
    and devices of its own.
    """

    rounds: int = 5
    devices: int = 100
    reports: int = 20
    events: int = 3000
    rate: float = 500.0
    switchings: int = 100
    idle_s: float = 10.0
    afresh: bool = True


SHORT = Extent(1, 3, 3, 30, 100.0, 4, 0.2, afresh=False)
Both = Callable[[], AbstractAsyncContextManager[tuple[Bay, Bay]]]


def measure(short: bool, say: Say) -> list[dict[str, object]]:
    """The figures in the form of `ringmain bench --json`; `say` hears of the progress."""
    return [figure.plain() for figure in asyncio.run(_figures(SHORT if short else Extent(), say))]


async def _figures(extent: Extent, say: Say) -> list[Figure]:
    figures: list[Figure] = []
    async with _stage(extent) as both:
        for part in (_bursts, _delays, _switchings, _idle, _frozen):
            figures += await part(extent, both, say)
    return figures


def _peer() -> str:
    return f"libiec61850 (C) of pyiec61850-ng {importlib.metadata.version('pyiec61850-ng')}, by ctypes"


@asynccontextmanager
async def _both(extent: Extent) -> AsyncIterator[tuple[Bay, Bay]]:
    """Each client with devices of its own."""
    async with bay(CLIENTS[0], extent.devices) as ours, bay(CLIENTS[1], extent.devices) as peers:
        yield ours, peers


@asynccontextmanager
async def _stage(extent: Extent) -> AsyncIterator[Both]:
    if extent.afresh:
        yield lambda: _both(extent)
        return
    async with _both(extent) as kept:
        yield lambda: nullcontext(kept)


def _figure(what: str, unit: str, turns: list[Turns], target: str, met: Callable[[float, float], bool]) -> Figure:
    return beside_peer(what, unit, _peer(), turns, target, met)


def _any(ours: float, peers: float) -> bool:
    return True


# -- reports


async def _bursts(extent: Extent, both: Both, say: Say) -> list[Figure]:
    turns: list[tuple[Burst, Burst]] = []
    async with both() as (ours, peers):
        for turn in range(extent.rounds):
            turns.append((await ours.burst(extent.reports), await peers.burst(extent.reports)))
            say(f"reports, turn {turn + 1}: {turns[-1]}")
    kept = all(mine.gaps == 0 and mine.missing == 0 for mine, _ in turns)
    what = f"from {extent.devices} devices at once, none missing: "
    rows = (
        (f"{what}reports", "reports/s", "reports_per_s", "no gap, more than the peer", lambda o, p: kept and o > p),
        (f"{what}points with quality and time", "points/s", "points_per_s", "the same", lambda o, p: kept and o > p),
        (f"{what}CPU time of the client per point", "us", "cpu_us", NO_TARGET, _any),
    )
    return [
        _figure(name, unit, [(getattr(mine, key), getattr(other, key)) for mine, other in turns], target, met)
        for name, unit, key, target, met in rows
    ]


# -- latency


async def _delays(extent: Extent, both: Both, say: Say) -> list[Figure]:
    turns: list[tuple[Delay, Delay, Delay]] = []
    async with both() as (ours, peers), bay("unit", extent.devices) as unit:
        for turn in range(extent.rounds):
            found = [await each.delay(extent.events, extent.rate) for each in (ours, unit, peers)]
            turns.append((found[0], found[1], found[2]))
            say(f"latency, turn {turn + 1}: {turns[-1]}")
    return [*_latencies(extent, "on the client's loop", turns, 0), *_latencies(extent, "in the unit's image", turns, 1)]


def _latencies(extent: Extent, where: str, turns: list[tuple[Delay, Delay, Delay]], whose: int) -> list[Figure]:
    """The peer has nothing behind its loop."""
    what = f"event at one of {extent.devices} devices to its value {where}, {extent.rate:g} events/s"
    return [
        _figure(f"{what}, {name}", "ms", [(getattr(turn[whose], key), getattr(turn[2], key)) for turn in turns],
                "below the peer's loop", lambda ours, peers: ours < peers)
        for name, key in (("median", "median_ms"), ("99th percentile", "p99_ms"))
    ]  # fmt: skip


# -- commands


async def _switchings(extent: Extent, both: Both, say: Say) -> list[Figure]:
    turns: list[Turns] = []
    async with both() as (ours, peers):
        for turn in range(extent.rounds):
            turns.append((await ours.switch_ms(extent.switchings), await peers.switch_ms(extent.switchings)))
            say(f"commands, turn {turn + 1}: {turns[-1]} ms")
    what = "select with value, operate, CommandTermination and the reported position, median"
    return [_figure(what, "ms", turns, NO_TARGET, _any)]


# -- idle links


async def _idle(extent: Extent, both: Both, say: Say) -> list[Figure]:
    cpu: list[Turns] = []
    async with both() as (ours, peers):
        for turn in range(min(extent.rounds, 3)):
            cpu.append((await ours.idle_percent(extent.idle_s), await peers.idle_percent(extent.idle_s)))
            say(f"idle, turn {turn + 1}: {cpu[-1]} % of a core")
        memory = [(await ours.memory_mib(), await peers.memory_mib())]
    what = f"{extent.devices} idle links"
    return [
        _figure(f"{what}: CPU", "% of a core", cpu, "below the peer", lambda ours, peers: ours < peers),
        _figure(f"{what}: resident memory of the process", "MiB", memory, NO_TARGET, _any),
    ]


# -- one frozen device


async def _frozen(extent: Extent, both: Both, say: Say) -> list[Figure]:
    added: list[Turns] = []
    async with both() as (ours, peers):
        for turn in range(min(extent.rounds, 3)):
            found = []
            for each in (ours, peers):
                before = await each.delay(extent.events, extent.rate)
                meanwhile = await each.delay_beside_one_frozen(extent.events, extent.rate)
                found.append(max(0.0, meanwhile.p99_ms - before.p99_ms))
            added.append((found[0], found[1]))
            say(f"one frozen device, turn {turn + 1}: {added[-1]} ms more")
    what = f"one more device is frozen: what the 99th percentile of the other {extent.devices} grows by"
    target = f"below {FROZEN_MS:g} ms"
    return [_figure(what, "ms", added, target, lambda ours, peers: ours < FROZEN_MS)]
