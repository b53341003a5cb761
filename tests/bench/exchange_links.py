"""Figures of the links between units: twenty children of one parent, 10,000 values per second upward.

Peer: bare WebSockets and SQLite, the same bytes in the same portions kept at both ends, without signature, numbers,
request processor or access control.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from models.wire.instance import Instance
from substation.hierarchy.bundle import packed
from tests.bench.child import Child, child
from tests.bench.exchange_links_side import TOGETHER
from tests.bench.figure import Figure, Pair, beside_peer
from tests.substation.links import family

CHILDREN = tuple(f"LV{number}" for number in range(1, 21))
RATE = 10_000.0
PATIENCE_S = 180.0
LEAST_RATIO = 0.2
PEER = "bare WebSockets and SQLite (synchronous=FULL at both ends), the same bytes"


@dataclass(frozen=True, slots=True)
class Extent:
    """seconds: of the load. away_s: how long the parent is down. parcels: of each child, in each turn of the drain."""

    seconds: float = 30.0
    away_s: float = 60.0
    rounds: int = 5
    parcels: int = 100


SHORT = Extent(seconds=3.0, away_s=3.0, rounds=1, parcels=20)


def measure(short: bool, say: Callable[[str], None]) -> list[dict[str, object]]:
    """The figures in the form of `ringmain bench --json`."""
    return [figure.plain() for figure in asyncio.run(_figures(SHORT if short else Extent(), say))]


async def _figures(extent: Extent, say: Callable[[str], None]) -> list[Figure]:
    async with _both() as (parent, children):
        load = await _load(parent, children, extent, say)
        away = await _away(parent, children, extent, say)
        pairs: list[Pair] = []
        for turn in range(extent.rounds):
            say(f"links: drain, turn {turn + 1} of {extent.rounds}")
            pairs.append((await _drain(parent, children, extent), await _bare(extent)))
    target = f"at least {LEAST_RATIO:g} of the bare transport's"
    met = lambda ours, peers: ours >= LEAST_RATIO * peers  # noqa: E731
    drain = beside_peer("values per second while a backlog of 20 children drains", "1/s", PEER, pairs, target, met)
    return [*load, away, drain]


@asynccontextmanager
async def _both() -> AsyncIterator[tuple[Child, Child]]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        async with (
            family.family(folder, children=CHILDREN),
            child("exchange_links_side", name, "MV") as parent,
            child("exchange_links_side", name, ",".join(CHILDREN)) as children,
        ):
            await parent.ask("start")
            await children.ask("start")
            await _until(children, "linked", len(CHILDREN))
            yield parent, children


async def _until(side: Child, order: str, wanted: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await side.ask(order) != wanted:
            await asyncio.sleep(0.1)


async def _load(parent: Child, children: Child, extent: Extent, say: Callable[[str], None]) -> list[Figure]:
    say(f"links: {RATE:g} values/s upward for {extent.seconds:g} s")
    before = await parent.ask("cpu"), await children.ask("cpu")
    begun_s = time.monotonic()
    sent = await children.ask("load", RATE, extent.seconds)
    took_s = time.monotonic() - begun_s
    await _until(children, "waiting", 0)
    used_s = await parent.ask("cpu") - before[0], await children.ask("cpu") - before[1]
    got = await parent.ask("got")
    whole = got["whole"] and got["values"] == sent
    rate = sent / took_s
    none = "none: an absolute bound"
    return [
        Figure("values per second upward from 20 units, none lost", "1/s", rate, none, None,
               f"{RATE:g}", whole and rate >= 0.95 * RATE),
        Figure("value to the parent's disk, 99 %", "ms", got["p99_ms"], none, None,
               "at most 1000", got["p99_ms"] <= 1000),
        Figure("processor of the parent at that load", "% of a core", 100 * used_s[0] / took_s, none, None,
               "at most 100", used_s[0] <= took_s),
        Figure("processor of the 20 children at that load", "% of a core", 100 * used_s[1] / took_s, none, None,
               "at most 100", used_s[1] <= took_s),
    ]  # fmt: skip


async def _away(parent: Child, children: Child, extent: Extent, say: Callable[[str], None]) -> Figure:
    say(f"links: the parent is down for {extent.away_s:g} s")
    before = (await parent.ask("got"))["values"]
    await parent.ask("stop")
    sent = await children.ask("load", RATE, extent.away_s)
    await parent.ask("start")
    await _until(children, "waiting", 0)
    got = await parent.ask("got")
    lost = before + sent - got["values"]
    what = f"values lost or twice with the parent down for {extent.away_s:g} s, of {sent}"
    met = lost == 0 and bool(got["whole"])
    return Figure(what, "values", float(lost), "none: an absolute bound", None, "0", met)


async def _drain(parent: Child, children: Child, extent: Extent) -> float:
    """Values per second, from the first that the parent has on disk after its return to the last."""
    await parent.ask("stop")
    queued = await children.ask("fill", extent.parcels)
    await parent.ask("got")
    await parent.ask("start")
    await _until(children, "waiting", 0)
    return float(queued / (await parent.ask("got"))["span_s"])


async def _bare(extent: Extent) -> float:
    sample = [Instance("MMXU1.TotW", f"LV10/F{number % 40}", number, time.time_ns()) for number in range(TOGETHER)]
    ((body, _),) = packed(sample)
    with TemporaryDirectory() as name:
        async with (
            child("exchange_links_peer", "server", f"{name}/server.sqlite") as server,
            child("exchange_links_peer", "clients", f"{name}/clients.sqlite") as clients,
        ):
            port = await server.ask("open")
            await clients.ask("fill", len(CHILDREN), extent.parcels, len(body))
            begun_s = time.monotonic()
            await clients.ask("drain", port)
            took_s = time.monotonic() - begun_s
            assert await server.ask("kept") == len(CHILDREN) * extent.parcels
    return len(CHILDREN) * extent.parcels * TOGETHER / took_s
