"""Waiting until several places have stored something: for the last, for all who wait, and for nobody."""

from __future__ import annotations

import asyncio

import pytest

from substation.stored import in_all


def test_the_last_one_ends_it() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        first, last = loop.create_future(), loop.create_future()
        both = in_all((first, last))
        last.set_result(None)
        await asyncio.sleep(0)
        assert not both.done()
        first.set_result(None)
        await asyncio.wait_for(both, 20)

    asyncio.run(main())


def test_a_failure_is_told_and_what_comes_later_changes_nothing() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        first, last = loop.create_future(), loop.create_future()
        both = in_all((first, last))
        first.set_exception(OSError("full"))
        with pytest.raises(OSError, match="full"):
            await both
        last.set_exception(OSError("later"))
        await asyncio.sleep(0)

    asyncio.run(main())


def test_who_gives_up_takes_it_from_nobody_else() -> None:
    async def main() -> None:
        one = asyncio.get_running_loop().create_future()
        mine, other = in_all((one,)), in_all((one,))
        waiting = asyncio.create_task(asyncio.wait_for(mine, 20))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        one.set_result(None)
        await asyncio.wait_for(other, 20)

    asyncio.run(main())
