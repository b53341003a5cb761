"""Noise of encryptions, prepared while nothing else is to do: encrypting itself is then cheap."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Protocol

from models.errors import RingmainError
from models.privacy.sum_key import PublicSumKey

log = logging.getLogger("ringmain.customers")

BATCH = 8
"""So many at a time (0.25 s of work)."""
RETRY_S = 5.0


class NoiseMaker(Protocol):
    """A pool of processes, or a thread. RingmainError when there is none at present."""

    async def noise(self, key: PublicSumKey, count: int) -> list[bytes]: ...


class NoiseStore:
    """`run` until cancelled keeps it filled for the present key. Each piece is handed out once."""

    def __init__(self, maker: NoiseMaker, size: int) -> None:
        self._maker, self._size = maker, size
        self._key: PublicSumKey | None = None
        self._ready: deque[bytes] = deque()
        self._filled, self._emptied = asyncio.Event(), asyncio.Event()

    def use(self, key: PublicSumKey) -> None:
        """From now on of this key; what was prepared for another is thrown away."""
        if self._key is None or self._key.fingerprint != key.fingerprint:
            self._key = key
            self._ready.clear()
            self._emptied.set()

    async def take(self, key: PublicSumKey) -> bytes | None:
        """One piece, as soon as there is one; None when another key is in use by then."""
        while self._key is not None and self._key.fingerprint == key.fingerprint:
            if self._ready:
                self._emptied.set()
                return self._ready.popleft()
            self._filled.clear()
            await self._filled.wait()
        return None

    async def run(self) -> None:
        while True:
            if self._key is None or len(self._ready) >= self._size:
                self._emptied.clear()
                await self._emptied.wait()
                continue
            key = self._key
            try:
                made = await self._maker.noise(key, min(BATCH, self._size - len(self._ready)))
            except RingmainError as error:
                log.warning("no encryption at present: %s", error)
                await asyncio.sleep(RETRY_S)
                continue
            if key is self._key:
                self._ready.extend(made)
                self._filled.set()
