"""Three levels over real sockets: TL above MV above OBR, which has a small grid with a field that obeys."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from models.wire.keys import SigningKey
from protocols.exchange.client import Client, connect
from substation.config import read_unit
from substation.exchange.access import Role
from substation.exchange.key_files import unit_key
from substation.stakeholders.register import StakeholderRegister
from substation.unit import Unit, open_unit
from tests.substation.commands.small_site import change, small_site
from tests.substation.field.bench import until
from tests.substation.unit_bench import Running, running

OLGA, VITO = SigningKey.from_seed(bytes([9]) * 32), SigningKey.from_seed(bytes([8]) * 32)
PARENT = '[parent]\nurl = "{url}"\nunit = "{unit}"\n'
TOP = """schema = 1
unit = {{name = "{name}", level = "{level}"}}
data_interface = {{port = {port}}}
{links}
{parent}
[[child]]
name = "{child}"
"""


def enrol(folder: Path, key: SigningKey, name: str, role: Role) -> None:
    (folder / "data").mkdir(parents=True, exist_ok=True)
    with closing(StakeholderRegister(folder / "data")) as register:
        register.enrol(key.public, name, role, time.time_ns(), approves=role is Role.OPERATOR)


@asynccontextmanager
async def unit_of(folder: Path, text: str) -> AsyncIterator[Unit]:
    """A unit without field; its folder may be used again."""
    folder.mkdir(exist_ok=True)
    (folder / "unit.toml").write_text(text, encoding="utf-8")
    async with open_unit(read_unit(folder / "unit.toml"), None) as unit:
        task = asyncio.create_task(unit.run())
        try:
            await unit.listener.bound()
            yield unit
            assert not task.done()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def port_of(unit: Unit) -> int:
    return (await unit.listener.bound())[1]


@dataclass
class Levels:
    folder: Path
    links: str
    top: Unit
    bottom: Running
    middle: Unit | None
    client: Client
    below: Client
    _stack: AsyncExitStack

    async def stop_middle(self) -> None:
        self.middle = None
        await self._stack.aclose()

    async def start_middle(self, port: int) -> None:
        parent = PARENT.format(url=f"ws://127.0.0.1:{await port_of(self.top)}", unit="TL")
        text = TOP.format(name="MV", level="MVGMU", port=port, parent=parent, child="OBR", links=self.links)
        self.middle = await self._stack.enter_async_context(unit_of(self.folder / "mv", text))

    async def joined(self) -> None:
        """The top knows the way to the bottom."""
        await until(lambda: self.top.links.below("OBR") == "MV", timeout_s=10)
        await until(lambda: self.top.links.post.up("MV") and self.bottom.unit.links.post.up("MV"))


@asynccontextmanager
async def levels(folder: Path, links: str = "") -> AsyncIterator[Levels]:
    """Olga operates and Vito views at every level, as Olga and Vito; links: the [links] tables of all units."""
    homes = {name: folder / name for name in ("tl", "mv", "obr")}
    for home in homes.values():
        home.mkdir()
        enrol(home, OLGA, "Olga", Role.OPERATOR)
    enrol(homes["tl"], VITO, "Vito", Role.VIEWER)
    enrol(homes["tl"], unit_key(homes["mv"] / "data"), "MV", Role.VIEWER)
    enrol(homes["mv"], unit_key(homes["obr"] / "data"), "OBR", Role.VIEWER)
    enrol(homes["mv"], unit_key(homes["tl"] / "data"), "TL", Role.VIEWER)
    enrol(homes["obr"], unit_key(homes["mv"] / "data"), "MV", Role.VIEWER)
    text = TOP.format(name="TL", level="TLGMU", port=0, parent="", child="MV", links=links)
    async with AsyncExitStack() as stack, unit_of(homes["tl"], text) as top:
        middle = await stack.enter_async_context(AsyncExitStack())
        made = Levels(folder, links, top, None, None, None, None, middle)  # type: ignore[arg-type]
        await made.start_middle(0)
        assert made.middle is not None
        file = small_site(homes["obr"])
        parent = PARENT.format(url=f"ws://127.0.0.1:{await port_of(made.middle)}", unit="MV")
        change(file, "[fdir]", f"{links}\n{parent}\n[fdir]")
        made.bottom = await stack.enter_async_context(running(homes["obr"]))
        url = f"ws://127.0.0.1:{await port_of(top)}"
        made.client = await stack.enter_async_context(connect(url, OLGA, service="desk"))
        below = f"ws://127.0.0.1:{await port_of(made.bottom.unit)}"
        made.below = await stack.enter_async_context(connect(below, OLGA))
        await made.joined()
        yield made
