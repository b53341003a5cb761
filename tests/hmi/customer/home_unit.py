"""A customer's unit as it runs at home, in a thread with its own event loop: the window under test is the only Qt."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import TypeVar

from models.wire.keys import SigningKey
from substation.config import read_unit
from substation.exchange.access import Role
from substation.stakeholders.register import StakeholderRegister
from substation.unit import Unit, open_unit

T = TypeVar("T")
ANNA, DSO = SigningKey.from_seed(bytes([61]) * 32), SigningKey.from_seed(bytes([62]) * 32)
TEXT = """schema = 1
[unit]
name = "CMU7"
level = "CMU"
[[customer]]
name = "CMU7"
owner = "anna"
"""


class HomeUnit:
    """`with HomeUnit(folder) as home:`; `home.url`; `await_` does something in its loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="home", daemon=True)
        self._stack = AsyncExitStack()
        self.unit: Unit
        self.url = ""

    def __enter__(self) -> HomeUnit:
        (self._folder / "data").mkdir(parents=True)
        (self._folder / "unit.toml").write_text(TEXT, encoding="utf-8")
        with closing(StakeholderRegister(self._folder / "data")) as register:
            register.enrol(ANNA.public, "anna", Role.VIEWER, time.time_ns())
            register.enrol(DSO.public, "DSO", Role.OPERATOR, time.time_ns())
        self._thread.start()
        self.do(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self.do(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def do(self, work: Coroutine[object, object, T]) -> T:
        done: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return done.result(20)

    async def _start(self) -> None:
        self.unit = await self._stack.enter_async_context(open_unit(read_unit(self._folder / "unit.toml"), None))
        task = asyncio.create_task(self.unit.run())

        async def stop() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        self._stack.push_async_callback(stop)
        host, port = await self.unit.listener.bound()
        self.url = f"ws://{host}:{port}"
