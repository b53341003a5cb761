"""A thousand links that fail in one instant are not tried again in one instant."""

from __future__ import annotations

import asyncio

import pytest

from protocols.front_end.pace import Pace


def test_turns_are_apart_and_in_order_and_an_idle_pace_lets_through_at_once() -> None:
    async def main() -> None:
        loop, pace = asyncio.get_running_loop(), Pace(per_s=200.0)
        had: list[tuple[int, float]] = []

        async def attempt(number: int) -> None:
            await pace.turn()
            had.append((number, loop.time()))

        began_s = loop.time()
        await asyncio.gather(*(attempt(number) for number in range(20)))
        assert [number for number, _ in had] == list(range(20))
        assert had[0][1] - began_s < 0.05
        assert all(at_s - began_s >= number * 0.005 - 0.002 for number, at_s in had)

        await asyncio.sleep(0.02)
        with pytest.raises(StopIteration):  # it ends without ever waiting
            pace.turn().send(None)

    asyncio.run(main())
