"""Noise of encryptions: right, each piece another one, and nobody waits for it."""

from __future__ import annotations

import asyncio
import time

from models.privacy.cipher import add, decrypt, encrypt
from sim_ied.customers.noise_store import NoiseStore
from sim_ied.customers.noise_thread import NoiseThread
from tests.models.privacy.sample import sum_key

KEY = sum_key()


def test_noise_of_a_thread_makes_readings_that_can_be_added() -> None:
    async def scene() -> None:
        async with NoiseThread() as maker:
            store = NoiseStore(maker, 4)
            filling = asyncio.create_task(store.run())
            store.use(KEY.public)
            pieces = [await store.take(KEY.public) for _ in range(6)]
            filling.cancel()
            await asyncio.gather(filling, return_exceptions=True)
        assert len(set(pieces)) == 6
        parts = [encrypt(KEY.public, wh, piece) for wh, piece in zip((5, -7, 3), pieces, strict=False) if piece]
        assert decrypt(KEY, add(KEY.public, parts), 3) == 1

    asyncio.run(scene())


def test_the_loop_goes_on_meanwhile() -> None:
    async def scene() -> tuple[float, float]:
        async with NoiseThread() as maker:
            began_s, looks, making = time.monotonic(), 0, asyncio.create_task(maker.noise(KEY.public, 20))
            while not making.done():
                looks += 1
                await asyncio.sleep(0.005)
            return time.monotonic() - began_s, looks

    took_s, looks = asyncio.run(scene())
    assert looks > 5 * took_s  # held for the whole of the 20 pieces, there would be one or two
