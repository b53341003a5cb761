"""The field of the bench `spine`, a process of its own: `python -m tests.bench.field SITE_FOLDER SET...`.

| order | result |
|---|---|
| `["listen"]` | {"addresses": {SET: {IED: [HOST, PORT, [CA]]}}, "points": of one set, "marker": {"ied", "point"}} |
| `["load", SET, SECONDS, CHANGES_PER_S, SEED]` | at its end {"changes": COUNT, "late_s": WORST, "sent": {TAG_MS: NS}} |
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import time_ns
from typing import Any

from models.network.reader import read_network
from models.scl.links import links
from models.scl.points import points
from models.scl.reader import read_scl
from tests.bench.child import answer
from tests.bench.rtus import RtuSet


@dataclass(frozen=True, slots=True)
class Shares:
    """What the changes are: measured values, events anywhere, and marker events; together 1."""

    measured: float = 0.75
    events: float = 0.2
    marker: float = 0.05


class Load:
    """Changes of one set at random moments (Poisson), each sent when it falls due."""

    def __init__(self, rtus: RtuSet, shares: Shares, seed: int) -> None:
        self._rtus, self._random = rtus, Random(seed)
        self._kinds = (self._measured, self._event, self._marker)
        self._weights = (shares.measured, shares.events, shares.marker)
        self._tag_ms = 0
        self.sent: dict[int, int] = {}
        self.changes, self.late_s = 0, 0.0

    async def run(self, seconds: float, changes_per_s: float) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        end_s = due_s + seconds
        while (due_s := due_s + self._random.expovariate(changes_per_s)) < end_s:
            if (pause_s := due_s - loop.time()) > 0:
                await asyncio.sleep(pause_s)
            self.late_s = max(self.late_s, loop.time() - due_s)
            [kind] = self._random.choices(self._kinds, self._weights)
            kind()
            self.changes += 1

    def _measured(self) -> None:
        self._change(*self._random.choice(self._rtus.measured), time_ns())

    def _event(self) -> None:
        self._change(*self._random.choice(self._rtus.events), time_ns())

    def _marker(self) -> None:
        """The time tag tells markers apart: no two of them share a millisecond."""
        self._tag_ms = max(self._tag_ms + 1, time_ns() // 1_000_000)
        self.sent[self._tag_ms] = time_ns()
        self._change(*self._rtus.marker, self._tag_ms * 1_000_000)

    def _change(self, link: str, address: int, source_ns: int) -> None:
        self._rtus.rtus[link].change(address, self._random, source_ns)


class Field:
    """Several equal sets of RTUs; only the one under load says anything."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        scl = read_scl((folder / "scd.xml").read_bytes(), str(folder / "scd.xml"))
        network = read_network((folder / "network.json").read_text(encoding="utf-8"), "network.json")
        open_switches = frozenset(switch.id for switch in network.switches if switch.normally_open)
        self._sets = {name: RtuSet(links(scl), points(scl), open_switches) for name in names}

    async def listen(self) -> dict[str, Any]:
        addresses = {name: await rtus.listen() for name, rtus in self._sets.items()}
        first = next(iter(self._sets.values()))
        link, address = first.marker
        marker = {"ied": first.ieds[link], "point": [first.rtus[link].common_address, address]}
        return {"addresses": addresses, "points": first.points, "marker": marker}

    async def load(self, name: str, seconds: float, changes_per_s: float, seed: int) -> dict[str, Any]:
        load = Load(self._sets[name], Shares(), seed)
        await load.run(seconds, changes_per_s)
        return {"changes": load.changes, "late_s": load.late_s, "sent": load.sent}

    async def close(self) -> None:
        for rtus in self._sets.values():
            await rtus.close()


async def main(folder: str, *names: str) -> None:
    field = Field(Path(folder), list(names))
    await answer({"listen": field.listen, "load": field.load})
    await field.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
