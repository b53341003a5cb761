"""A hierarchy of real units in one process, each with its own folder, joined by real sockets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

from models.wire.instance import Instance
from models.wire.keys import SigningKey
from protocols.exchange.client import Client, connect
from substation.config import read_unit
from substation.exchange.access import Role
from substation.exchange.key_files import unit_key
from substation.stakeholders.register import StakeholderRegister
from substation.unit import Unit, open_unit

STAKEHOLDERS = {
    name: (SigningKey.from_seed(bytes([number]) * 32), role)
    for number, (name, role) in enumerate(
        (
            ("olga", Role.OPERATOR),
            ("enno", Role.ENGINEER),
            ("watt-trade", Role.VIEWER),
            *((f"customer{number}", Role.VIEWER) for number in range(7)),
        ),
        start=40,
    )
}
TEXT = """schema = 1
unit = {{name = "{name}", level = "{level}"}}
hierarchy = {{live_period_s = 4, wait = 0.8}}
{parent}
{children}
[[provider]]
stakeholder = "watt-trade"
variables = ["Price", "Tariff"]
{more}
"""


@dataclass
class Node:
    """more: further lines of its unit.toml."""

    name: str
    level: str
    below: Sequence[Node] = ()
    more: str = ""


@dataclass
class Tree:
    folder: Path
    units: dict[str, Unit] = field(default_factory=dict)
    _stacks: dict[str, AsyncExitStack] = field(default_factory=dict)
    _ports: dict[str, int] = field(default_factory=dict)
    _nodes: dict[str, tuple[Node, str]] = field(default_factory=dict)

    async def start(self, node: Node, parent: str = "") -> None:
        """With all below it; again where it was, after `stop`."""
        self._nodes[node.name] = (node, parent)
        self._write(node, parent)
        stack = self._stacks[node.name] = AsyncExitStack()
        self.units[node.name] = await stack.enter_async_context(_running(self.folder / node.name))
        self._ports[node.name] = (await self.units[node.name].listener.bound())[1]
        for child in node.below:
            if child.name not in self.units:
                await self.start(child, node.name)

    async def restart(self, name: str) -> None:
        await self.start(*self._nodes[name])

    async def stop(self, name: str) -> None:
        del self.units[name]
        await self._stacks.pop(name).aclose()

    async def close(self) -> None:
        for name in reversed(list(self._stacks)):
            await self._stacks.pop(name).aclose()

    def url(self, unit: str) -> str:
        return f"ws://127.0.0.1:{self._ports[unit]}"

    def client(self, unit: str, who: str) -> Client:
        return connect(self.url(unit), STAKEHOLDERS[who][0], service="test")

    async def present(self, unit: str, variable: str, location: str) -> list[Instance]:
        async with self.client(unit, "olga") as client:
            return await client.query(variable, location)

    def _write(self, node: Node, parent: str) -> None:
        home = self.folder / node.name
        (home / "data").mkdir(parents=True, exist_ok=True)
        above = f'[parent]\nurl = "ws://127.0.0.1:{self._ports[parent]}"\nunit = "{parent}"' if parent else ""
        children = "\n".join(f'[[child]]\nname = "{each.name}"\nlevel = "{each.level}"' for each in node.below)
        port = f"data_interface = {{port = {self._ports[node.name]}}}\n" if node.name in self._ports else ""
        text = TEXT.format(name=node.name, level=node.level, parent=above, children=children, more=node.more)
        (home / "unit.toml").write_text(text.replace("hierarchy =", f"{port}hierarchy ="), encoding="utf-8")
        with closing(StakeholderRegister(home / "data")) as register:
            for name, (key, role) in STAKEHOLDERS.items():
                register.enrol(key.public, name, role, time.time_ns(), approves=False)
            for name in (*(child.name for child in node.below), *([parent] if parent else [])):
                register.enrol(unit_key(self.folder / name / "data").public, name, Role.VIEWER, time.time_ns())


@asynccontextmanager
async def tree(folder: Path, top: Node) -> AsyncIterator[Tree]:
    made = Tree(folder)
    try:
        await made.start(top)
        yield made
    finally:
        await made.close()


@asynccontextmanager
async def _running(home: Path) -> AsyncIterator[Unit]:
    async with open_unit(read_unit(home / "unit.toml"), None) as unit:
        task = asyncio.create_task(unit.run())
        try:
            await unit.listener.bound()
            yield unit
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
