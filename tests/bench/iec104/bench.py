"""The figures of `ringmain bench iec104`: peers in turns, medians of rounds."""

from __future__ import annotations

import asyncio
import importlib.metadata
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from tests.bench.figure import Figure, beside_peer
from tests.bench.figure import Pair as Turns
from tests.bench.iec104.pair import Delay, Interrogation, Pair, Sustained, memory_per_link, pair

OURS, HAT, C104 = "ours", "hat", "lib60870"
Say = Callable[[str], None]
NO_TARGET = "none in the issue"


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured; `peers`: events that the slower libraries send in one turn."""

    rounds: int = 5
    events: int = 200_000
    peers: int = 20_000
    rates: tuple[float, ...] = (10_000.0, 20_000.0, 30_000.0, 40_000.0)
    pictures: tuple[int, ...] = (10_000, 50_000)
    delays: int = 2000
    commands: int = 2000
    links: int = 1000
    burst: int = 100_000


SHORT = Extent(1, 5000, 1000, (5000.0,), (1000,), 100, 20, 20, 2000)


def measure(short: bool, say: Say) -> list[dict[str, object]]:
    """The figures in the form of `ringmain bench --json`; `say` hears of the progress."""
    return [figure.plain() for figure in asyncio.run(_figures(SHORT if short else Extent(), say))]


async def _figures(extent: Extent, say: Say) -> list[Figure]:
    figures: list[Figure] = []
    for part in (_sustained, _interrogations, _delays, _memory, _slow_centre):
        figures += await part(extent, say)
    return figures


def _name(library: str) -> str:
    return {
        HAT: f"hat-drivers {importlib.metadata.version('hat-drivers')}, both stations",
        C104: f"c104 {importlib.metadata.version('c104')} (lib60870, C), both stations",
    }[library]


# -- sustained events


async def _sustained(extent: Extent, say: Say) -> list[Figure]:
    memory: list[Sustained] = []
    disk: list[Sustained] = []
    hat: list[Sustained] = []
    c104: list[Sustained] = []
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="ringmain-bench-"))
        pairs = {
            "memory": await stack.enter_async_context(pair(OURS)),
            "disk": await stack.enter_async_context(pair(OURS, folder=folder)),
            HAT: await stack.enter_async_context(pair(HAT)),
        }
        for each in pairs.values():
            await each.connect()
        for turn in range(extent.rounds):
            memory.append(await pairs["memory"].sustained(extent.events))
            hat.append(await pairs[HAT].sustained(extent.peers))
            disk.append(await pairs["disk"].sustained(extent.events))
            c104.append(await _highest_lossless(extent))
            say(f"sustained, turn {turn + 1}: {memory[-1]}; disk {disk[-1]}; hat {hat[-1]}; c104 {c104[-1]}")
    return [*_rates(memory, disk, hat, c104), *_costs(memory, hat, c104)]


async def _highest_lossless(extent: Extent) -> Sustained:
    """c104 tells nobody when it drops events: the highest of the rates at which none was missing."""
    best = Sustained(0.0, 0.0, 0.0, 0)
    for rate in extent.rates:
        async with pair(C104) as peer:
            await peer.connect()
            tried = await peer.sustained(round(2 * rate), rate)
        if tried.lost > 0:
            break
        best = tried
    return best


def _rates(
    memory: Sequence[Sustained], disk: Sequence[Sustained], hat: Sequence[Sustained], c104: Sequence[Sustained]
) -> list[Figure]:
    def turns(ours: Sequence[Sustained], peers: Sequence[Sustained]) -> list[Turns]:
        return [(mine.events_per_s, other.events_per_s) for mine, other in zip(ours, peers, strict=True)]

    kept = not any(each.lost for each in (*memory, *disk))
    what = "spontaneous events from a controlled to a controlling station, none lost"
    return [
        beside_peer(
            f"{what}: codec and link", "events/s", _name(HAT), turns(memory, hat),
            "at least 100000", lambda ours, peers: kept and ours >= 100_000,
        ),
        beside_peer(
            f"{what}: codec and link", "events/s", f"{_name(C104)}, its highest rate without loss", turns(memory, c104),
            "more than the C library", lambda ours, peers: kept and ours > peers,
        ),
        beside_peer(
            f"{what}: event buffer on disk (the peer has none)", "events/s", _name(HAT), turns(disk, hat),
            "at least 50000 and 10 times the peer", lambda ours, peers: kept and ours >= max(50_000, 10 * peers),
        ),
    ]  # fmt: skip


def _costs(memory: Sequence[Sustained], hat: Sequence[Sustained], c104: Sequence[Sustained]) -> list[Figure]:
    figures = []
    for library, peers in ((HAT, hat), (C104, c104)):
        for side in ("controlled", "controlling"):
            turns = [
                (getattr(mine, f"{side}_us"), getattr(other, f"{side}_us"))
                for mine, other in zip(memory, peers, strict=True)
            ]
            what = f"CPU time of the {side} station per event"
            figures.append(beside_peer(what, "us", _name(library), turns, NO_TARGET, lambda ours, peers: True))
    return figures


# -- interrogation


async def _interrogations(extent: Extent, say: Say) -> list[Figure]:
    figures = []
    for objects in extent.pictures:
        found: dict[str, list[Interrogation]] = {OURS: [], HAT: [], C104: []}
        async with pair(OURS, objects) as ours, pair(HAT, objects) as hat, pair(C104, objects) as c104:
            turns = {OURS: ours, HAT: hat, C104: c104}
            for turn in range(extent.rounds):
                for library, each in turns.items():
                    found[library].append(await each.interrogate())
                say(f"interrogation of {objects}, turn {turn + 1}: {[rows[-1] for rows in found.values()]}")
        figures += [_picture(objects, library, found) for library in (HAT, C104)]
    return figures


def _picture(objects: int, library: str, found: dict[str, list[Interrogation]]) -> Figure:
    times = [
        (mine.seconds * 1000, other.seconds * 1000) for mine, other in zip(found[OURS], found[library], strict=True)
    ]
    whole = all(each.objects == objects for each in found[OURS])
    theirs = min(each.objects for each in found[library])
    target = "complete, 30 times faster than the peer" if library == HAT else "complete"
    return beside_peer(
        f"interrogation of {objects} points, from opening the connection to the termination",
        "ms",
        f"{_name(library)}, which delivers {theirs} of them",
        times,
        target,
        lambda ours, peers: whole and (library != HAT or 30 * ours <= peers),
    )


# -- delay, commands


async def _delays(extent: Extent, say: Say) -> list[Figure]:
    delays: dict[str, list[Delay]] = {OURS: [], HAT: [], C104: []}
    commands: dict[str, list[float]] = {OURS: [], HAT: [], C104: []}
    async with pair(OURS) as ours, pair(HAT) as hat, pair(C104) as c104:
        turns: dict[str, Pair] = {OURS: ours, HAT: hat, C104: c104}
        for each in turns.values():
            await each.connect()
        for turn in range(extent.rounds):
            for library, each in turns.items():
                delays[library].append(await each.delay(extent.delays, 1000.0))
                commands[library].append(await each.command_us(extent.commands))
            say(f"delay, turn {turn + 1}: {[rows[-1] for rows in (*delays.values(), *commands.values())]}")
    return [figure for library in (HAT, C104) for figure in _delay_figures(library, delays, commands)]


def _delay_figures(library: str, delays: dict[str, list[Delay]], commands: dict[str, list[float]]) -> list[Figure]:
    both = list(zip(delays[OURS], delays[library], strict=True))
    what = "event to the controlling station at 1000 events/s"
    rows = (
        (f"{what}, median", "ms", [(mine.median_ms, other.median_ms) for mine, other in both]),
        (f"{what}, 99th percentile", "ms", [(mine.p99_ms, other.p99_ms) for mine, other in both]),
        (
            "command: activation to confirmation, median",
            "us",
            list(zip(commands[OURS], commands[library], strict=True)),
        ),
    )
    return [
        beside_peer(name, unit, _name(library), turns, NO_TARGET, lambda ours, peers: True)
        for name, unit, turns in rows
    ]


# -- memory, slow control centre


async def _memory(extent: Extent, say: Say) -> list[Figure]:
    turns = []
    for turn in range(min(extent.rounds, 3)):
        turns.append((await memory_per_link(OURS, extent.links), await memory_per_link(HAT, extent.links)))
        say(f"memory of {extent.links} links, turn {turn + 1}: {turns[-1]} KiB per link")
    what = f"resident memory of the controlling station per link, {extent.links} links in one process"
    return [beside_peer(what, "KiB", _name(HAT), turns, NO_TARGET, lambda ours, peers: True)]


async def _slow_centre(extent: Extent, say: Say) -> list[Figure]:
    lost: list[Turns] = []
    for turn in range(min(extent.rounds, 3)):
        kept = []
        for library in (OURS, C104):
            async with pair(library, centre="slow") as each:
                await each.connect()
                kept.append((await each.sustained(extent.burst, rate=1e9)).lost)
        lost.append((float(kept[0]), float(kept[1])))
        say(f"slow control centre, turn {turn + 1}: lost {kept}")
    what = f"events lost of a burst of {extent.burst} to a control centre that takes a frame every 2 ms"
    return [beside_peer(what, "events", _name(C104), lost, "none lost", lambda ours, peers: ours == 0)]
