"""A parent with two children, whole units without field, over any engine; each writes its notes into its database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from substation.config import read_unit
from substation.exchange.access import Role
from substation.exchange.key_files import unit_key
from substation.links.inbox import Effect
from substation.links.parcel_store import Letter
from substation.unit import Unit, open_unit
from tests.substation.links.levels import PARENT, enrol
from tests.substation.links.server import free_port
from tests.substation.links.sides import USED

CHILDREN = ("LV1", "LV2")
TEXT = """schema = 1
unit = {{name = "{name}", level = "{level}"}}
data_interface = {{port = {port}}}
{links}
{parent}
{children}
"""


def _note(unit: Unit) -> None:
    async def take(neighbour: str, body: bytes) -> Effect:
        def within(connection: Connection) -> None:
            connection.execute(USED.insert().values(neighbour=neighbour, body=body, time_ns=1)).close()

        return Effect(within)

    unit.links.post.on("note", take)


async def notes(unit: Unit, count: int, timeout_s: float = 15.0) -> list[tuple[str, bytes]]:
    """What it has used, as soon as that is so many."""
    async with asyncio.timeout(timeout_s):
        while True:
            rows = await unit.parts.stores.control.run(lambda c: c.execute(USED.select().order_by(USED.c.number)).all())
            if len(rows) >= count:
                return [(row.neighbour, row.body) for row in rows]
            await asyncio.sleep(0.01)


def note(neighbour: str, number: int) -> Letter:
    return Letter(neighbour, "note", str(number).encode())


def numbers(count: int, start: int = 0) -> list[bytes]:
    return [str(number).encode() for number in range(start, count)]


@dataclass
class Family:
    """units: those that run now. `start` and `stop` by name; a stopped one keeps its folder and its port."""

    folder: Path
    links: str
    port: int
    units: dict[str, Unit]
    stacks: dict[str, AsyncExitStack]

    async def start(self, name: str) -> Unit:
        self.stacks[name] = AsyncExitStack()
        self.units[name] = await self.stacks[name].enter_async_context(self._running(name))
        return self.units[name]

    async def stop(self, name: str) -> None:
        del self.units[name]
        await self.stacks.pop(name).aclose()

    @asynccontextmanager
    async def _running(self, name: str) -> AsyncIterator[Unit]:
        async with open_unit(read_unit(self.folder / name / "unit.toml"), None) as unit:
            _note(unit)
            task = asyncio.create_task(unit.run())
            try:
                await unit.listener.bound()
                yield unit
                assert not task.done()
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def linked(self, timeout_s: float = 10.0) -> None:
        """Every unit that runs sees every neighbour that runs."""
        async with asyncio.timeout(timeout_s):
            for child in CHILDREN:
                while child in self.units and not (
                    self.units["MV"].links.post.up(child) and self.units[child].links.post.up("MV")
                ):
                    await asyncio.sleep(0.01)


@asynccontextmanager
async def family(folder: Path, links: str = "", children: Sequence[str] = CHILDREN) -> AsyncIterator[Family]:
    """None of them runs yet."""
    port = free_port()
    for name in ("MV", *children):
        (folder / name).mkdir()
        below = "\n".join(f'[[child]]\nname = "{child}"' for child in children) if name == "MV" else ""
        parent = "" if name == "MV" else PARENT.format(url=f"ws://127.0.0.1:{port}", unit="MV")
        level = "MVGMU" if name == "MV" else "LVGMU"
        own = port if name == "MV" else 0
        text = TEXT.format(name=name, level=level, port=own, links=links, parent=parent, children=below)
        (folder / name / "unit.toml").write_text(text, encoding="utf-8")
    for child in children:
        enrol(folder / "MV", unit_key(folder / child / "data"), child, Role.VIEWER)
        enrol(folder / child, unit_key(folder / "MV" / "data"), "MV", Role.VIEWER)
    made = Family(folder, links, port, {}, {})
    try:
        yield made
    finally:
        for name in list(made.units):
            await made.stop(name)
