"""Noise of encryptions from a thread: the arithmetic gives up the interpreter's lock, so nobody waits for it."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

from models.privacy.cipher import noises
from models.privacy.sum_key import PublicSumKey

NICENESS = 10
"""As nice(1): it works in idle time."""


class NoiseThread:
    """`async with NoiseThread() as maker`: a NoiseMaker without a process of its own."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "noise", _be_nice)

    async def __aenter__(self) -> NoiseThread:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def noise(self, key: PublicSumKey, count: int) -> list[bytes]:
        """30 ms each."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, noises, key, count)


def _be_nice() -> None:
    """This thread alone, which Linux allows."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
