"""An event loop in a thread of its own, so that what was started once outlives the tests that use it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
PATIENCE_S = 150.0


class LoopThread:
    """`with LoopThread() as loop: loop.do(coroutine)` from any other thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="stage", daemon=True)

    def __enter__(self) -> LoopThread:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10.0)
        self._loop.close()

    def do(self, work: Coroutine[Any, Any, T], patience_s: float = PATIENCE_S) -> T:
        """The result of the coroutine, or what it raises; cancelled when it takes longer."""
        return asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, patience_s), self._loop).result()
