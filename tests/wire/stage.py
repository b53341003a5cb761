"""A site on stage: simulator, unit with front ends and unit above as processes of their own; an operator's client."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from models.wire.messages import Code
from protocols.exchange.client import Client, connect
from substation.demo import steering
from substation.demo.children import Children
from tests.wire.site import WireSite
from tests.wire.told import Told

START_S = 50.0
LOOK_AGAIN_S = 0.05


class Exported(NamedTuple):
    """An order as it lies in the outbox."""

    json: str
    xml: bytes


class Stage:
    """Everything here belongs to one event loop. `open`, then `close`, whatever happened."""

    def __init__(self, site: WireSite, speed: float) -> None:
        self.site, self._speed = site, speed
        self.children = Children(site.folder / "logs")
        self.told, self.told_above = Told(), Told()
        self._stack = contextlib.AsyncExitStack()

    async def open(self) -> None:
        """Start everything; returns when every link is up."""
        await self._stack.enter_async_context(self.children)
        await self.start_simulator()
        await self.start_above()
        await self.start_unit()
        self.unit = await self._client(self.site.ports.unit, self.site.name, self.told)
        self.above = await self._client(self.site.ports.above, "TL", self.told_above)
        await self.whole_picture()

    async def close(self) -> None:
        await self._stack.aclose()

    async def _client(self, port: int, name: str, told: Told) -> Client:
        client = connect(f"ws://127.0.0.1:{port}", self.site.operator, service="wire test")
        await self._stack.enter_async_context(client)
        following = asyncio.ensure_future(told.follow(client, name))
        self._stack.push_async_callback(_ended, following)
        return client

    # -- processes

    async def start_simulator(self) -> None:
        folder = self.site.folder
        await self._start("simulator", folder / "addresses.json", "sim", str(folder / "world.toml"),
                          "--speed", f"{self._speed:g}", "--control", str(self.site.control))  # fmt: skip

    async def start_above(self) -> None:
        folder = self.site.folder
        await self._start("above", folder / "above" / "listening.json", "serve", str(folder / "above.toml"))

    async def start_unit(self) -> None:
        """Returns when it listens; its links may still be coming up."""
        folder = self.site.folder
        await self._start("unit", self.site.data / "listening.json", "serve", str(folder / "unit.toml"))

    async def _start(self, name: str, ready: Path, *arguments: str) -> None:
        ready.unlink(missing_ok=True)
        await self.children.start(name, arguments)
        deadline_s = time.monotonic() + START_S
        while not ready.exists():
            self.children.check()
            assert time.monotonic() < deadline_s, f"{name} is not ready within {START_S:g} s"
            await self.pause()

    async def kill(self, name: str) -> None:
        """kill -9."""
        await self.children.kill(name)

    async def whole_picture(self) -> None:
        """Wait until the unit has said, just now, that all links are up."""
        now_ns = time.time_ns()
        await self.told.until("all links", lambda: self._whole_since(now_ns), START_S)

    def _whole_since(self, time_ns: int) -> bool:
        status = self.told.status
        return bool(status) and status["time_ns"] > time_ns and status["links_up"] == status["links"]

    async def looked_at_again(self, times: int) -> None:
        """Wait until the unit has told its status so many times more; it does every second."""
        for _ in range(times):
            newest_ns = self.told.status["time_ns"]
            await self.told.until("a new status", lambda newest_ns=newest_ns: self.told.status["time_ns"] > newest_ns)

    # -- what people and disturbances do

    async def sim(self, kind: str, target: str = "", **keys: object) -> dict[str, Any]:
        """One request to the simulator's control socket."""
        self.children.check()
        request: dict[str, object] = {"kind": kind, **({"target": target} if target else {}), **keys}
        return await steering.ask(self.site.control, request)

    async def write(self, variable: str, location: str, value: Any) -> None:
        """What an operator says to the unit; AssertionError when it is refused."""
        answer = await self.unit.write(variable, location, value, timeout_s=30.0)
        assert answer.code is Code.OK, f"{variable} at {location}: {answer.code.value}: {answer.text}"

    async def set_mode(self, mode: str) -> None:
        await self.write("FDIR.Mode", self.site.name, mode)

    async def of_order(self, verb: str, order: str, value: Any = None) -> None:
        await self.write(f"Order.{verb}", f"{self.site.name}/orders/{order}", value)

    async def command(self, location: str, variable: str, value: Any) -> None:
        """In two steps where the device wants it, as a person does."""
        if variable.endswith(".Pos"):
            await self.write(f"{variable}.SBOw", location, value)
        await self.write(f"{variable}.Oper", location, value)

    async def truth(self) -> dict[str, Any]:
        return await self.sim("truth")

    async def values(self, *points: str) -> dict[str, Any]:
        """What the devices show now; of all points when none is named."""
        wanted = {"points": list(points)} if points else {}
        return dict((await self.sim("values", **wanted))["values"])

    async def sim_until(
        self, what: str, points: list[str], holds: Callable[[dict[str, Any]], bool], within_s: float = 30.0
    ) -> None:
        """Wait until what the devices show is as wanted."""
        deadline_s = time.monotonic() + within_s
        while not holds(values := await self.values(*points)):
            assert time.monotonic() < deadline_s, f"{what} did not come within {within_s:g} s: {values}"
            await self.pause()

    @staticmethod
    async def pause() -> None:
        """Before looking again at something that does not tell by itself."""
        await asyncio.sleep(LOOK_AGAIN_S)

    def log_text(self, name: str) -> str:
        file = self.site.folder / "logs" / f"{name}.log"
        return file.read_text(encoding="utf-8", errors="replace")

    async def exported(self, order: str, state: str) -> Exported:
        """The two documents of an order in the outbox directory, once both hold this state."""
        stem = self.site.data / "outbox" / f"{order}-r1"
        deadline_s = time.monotonic() + 10.0
        while True:
            files = [stem.with_name(f"{stem.name}.{kind}") for kind in ("json", "xml")]
            found = [file.read_bytes() for file in files if file.exists()]
            if len(found) == 2 and f'"state": "{state}"'.encode() in found[0] and f">{state}<".encode() in found[1]:
                return Exported(found[0].decode(), found[1])
            assert time.monotonic() < deadline_s, f"{order} is not exported as {state}: {found}"
            await self.pause()


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
