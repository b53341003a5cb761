"""How long an event takes from the field to a control centre: through the unit, and straight from the RTU.

The centre is hat-drivers in every case, in a process of its own per case. Three equal sets of RTUs, one per case, take
the same load in turns; while one is loaded the others say nothing.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from protocols.exchange.client import connect
from substation.demo.children import Children
from substation.demo.site import DemoSite, prepare
from substation.demo.startup import status_of
from tests.bench.child import Child, ChildError, child
from tests.bench.figure import Figure, beside_peer, percentile

UNIT, ONE, ALL = "unit", "one", "all"
CASES = (UNIT, ONE, ALL)
START_S = 120.0
ARRIVAL_S = 5.0
WARM_S = 1.0
_UNIT_TOML = """schema = 1
[unit]
name = "{name}"
level = "MVGMU"
scd = "scd.xml"
network = "network.json"
[links]
addresses = "addresses.json"
[[control_centre]]
name = "hat"
[fdir]
mode = "manual"
"""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured. Every round loads each case once."""

    rounds: int = 5
    seconds: float = 6.0
    changes_per_s: float = 1000.0


@dataclass(frozen=True, slots=True)
class Latencies:
    """One case in one round, in ms."""

    median_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Target:
    """What the issue allows the unit to add."""

    name: str
    of: Callable[[Latencies], float]
    added_ms: float


TARGETS = (
    Target("median", lambda latencies: latencies.median_ms, 10.0),
    Target("99th percentile", lambda latencies: latencies.p99_ms, 40.0),
)


async def measure(example: Path, extent: Extent, say: Callable[[str], None]) -> list[Figure]:
    """ChildError or RingmainError when a process does not do its part."""
    async with _set_up(example, say) as bench:
        rounds = [await bench.round(number, extent, say) for number in range(extent.rounds)]
    version = importlib.metadata.version("hat-drivers")
    peers = {
        ONE: f"hat-drivers {version} connected straight to the RTU, which is its only link",
        ALL: f"hat-drivers {version} connected straight to all {bench.rtus} RTUs",
    }
    work = f"{bench.points} points, {extent.changes_per_s:g} changes/s"
    return [_figure(target, peer, rounds, peers[peer], work) for peer in peers for target in TARGETS]


def _figure(target: Target, case: str, rounds: Sequence[dict[str, Latencies]], peer: str, work: str) -> Figure:
    pairs = [(target.of(each[UNIT]), target.of(each[case])) for each in rounds]
    added_ms = statistics.median(ours - peers for ours, peers in pairs)
    return beside_peer(
        f"event in an RTU to its arrival at the control centre through the unit, {work}, {target.name}",
        "ms",
        peer,
        pairs,
        f"at most {target.added_ms:g} ms more than the peer at the {target.name}",
        lambda ours, peers: added_ms <= target.added_ms,
    )


class Bench:
    """Everything is connected and has the whole picture."""

    def __init__(self, field: Child, centres: dict[str, Child], points: int, rtus: int) -> None:
        self._field, self._centres = field, centres
        self.points, self.rtus = points, rtus

    async def round(self, number: int, extent: Extent, say: Callable[[str], None]) -> dict[str, Latencies]:
        """Each case once."""
        latencies = {}
        for case in CASES:
            await self._load(case, extent, min(WARM_S, extent.seconds), number)
            latencies[case] = await self._load(case, extent, extent.seconds, number)
        words = ", ".join(f"{case} {each.median_ms:.2f}/{each.p99_ms:.2f}" for case, each in latencies.items())
        say(f"round {number + 1} of {extent.rounds}: median/p99 in ms: {words}")
        return latencies

    async def _load(self, case: str, extent: Extent, seconds: float, seed: int) -> Latencies:
        told = await self._field.ask("load", case, seconds, extent.changes_per_s, seed)
        sent = told["sent"]
        arrived = await self._centres[case].ask("arrived", len(sent), ARRIVAL_S)
        if missing := sent.keys() - arrived.keys():
            raise ChildError(f"{len(missing)} of {len(sent)} events did not arrive at the control centre ({case})")
        delays_ms = [(arrived[tag] - sent_ns) / 1e6 for tag, sent_ns in sent.items()]
        return Latencies(statistics.median(delays_ms), percentile(delays_ms, 0.99))


@asynccontextmanager
async def _set_up(example: Path, say: Callable[[str], None]) -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ringmain-bench-"))).resolve()
        site = prepare(example, folder, "manual")
        site.unit_toml.write_text(_UNIT_TOML.format(name=site.name), encoding="utf-8")
        field = await stack.enter_async_context(child("field", str(folder), *CASES))
        served = await field.ask("listen")
        addresses = served["addresses"]
        say(f"{len(addresses[UNIT])} RTUs with {served['points']} points, in {len(CASES)} sets")
        plain = {ied: [host, port] for ied, (host, port, _) in addresses[UNIT].items()}
        (folder / "addresses.json").write_text(json.dumps(plain), encoding="utf-8")
        children = await stack.enter_async_context(Children(folder / "logs"))
        await children.start("unit", ["serve", str(site.unit_toml)])
        north = await _listening(folder / "data" / "listening.json", children)
        stations = [station for _, _, own in addresses[UNIT].values() for station in own]
        links = {
            UNIT: [[*north["control_centres"]["hat"], stations]],
            ONE: [addresses[ONE][served["marker"]["ied"]]],
            ALL: list(addresses[ALL].values()),
        }
        await _links_up(site, north["data_interface"], len(stations))
        centres = {case: await stack.enter_async_context(child("centre")) for case in CASES}
        for case, centre in centres.items():
            await centre.ask("watch", *served["marker"]["point"])
            objects = await centre.ask("connect", links[case])
            say(f"control centre '{case}' has interrogated {objects} objects")
        yield Bench(field, centres, served["points"], len(addresses[UNIT]))


async def _listening(file: Path, children: Children) -> Any:
    """Where the unit serves operators and control centres, once it tells."""
    deadline_s = time.monotonic() + START_S
    while not file.exists():
        children.check()
        if time.monotonic() > deadline_s:
            raise ChildError(f"the unit did not listen within {START_S:g} s")
        await asyncio.sleep(0.05)
    return json.loads(file.read_text(encoding="utf-8"))


async def _links_up(site: DemoSite, address: tuple[str, int], rtus: int) -> None:
    """Until the unit has the whole picture of the RTUs; the site's six MMS devices are not there."""
    host, port = address
    async with asyncio.timeout(START_S), connect(f"ws://{host}:{port}", site.operator, service="bench") as unit:
        while (await status_of(unit, site.name))["links_up"] < rtus:
            await asyncio.sleep(0.2)
