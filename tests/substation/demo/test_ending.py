"""Ctrl-C ends a demonstration even where one of its tasks misses it."""

from __future__ import annotations

import asyncio

import pytest

from substation.demo.ending import interruptible


def test_the_result_comes_through() -> None:
    async def work() -> int:
        return 3

    assert asyncio.run(interruptible(work(), 1.0)) == 3


def test_work_that_misses_its_cancellation_is_left() -> None:
    missed: list[str] = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            missed.append("once")
        await asyncio.sleep(60)

    async def main() -> None:
        telling = asyncio.ensure_future(interruptible(work(), 0.05))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        telling.cancel()
        async with asyncio.timeout(20):
            await telling

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())
    assert missed == ["once"]


def test_work_that_ends_in_order_has_its_time() -> None:
    left: list[str] = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.01)
            left.append("in order")

    async def main() -> None:
        telling = asyncio.ensure_future(interruptible(work(), 5.0))
        await asyncio.sleep(0.01)
        telling.cancel()
        await telling

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())
    assert left == ["in order"]
