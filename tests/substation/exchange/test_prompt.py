"""Coroutines whose first step is taken where they are called: at once where possible, else a task, with time-outs."""

from __future__ import annotations

import asyncio

import pytest

from substation.exchange.prompt import Steps, begun, within


async def at_once(value: int) -> int:
    return value


async def later(value: int, event: asyncio.Event) -> int:
    await event.wait()
    await asyncio.sleep(0)
    return value


def test_what_is_there_needs_no_loop() -> None:
    async def work() -> None:
        assert await within(1.0, at_once(3)) == 3

    assert begun(work()) is None
    assert Steps(at_once(4)).done


def test_what_waits_goes_on_as_a_task_with_its_own_time_out() -> None:
    async def run() -> None:
        event, results = asyncio.Event(), list[object]()

        async def work(timeout_s: float) -> None:
            try:
                results.append(await within(timeout_s, later(5, event)))
            except TimeoutError:
                results.append("late")

        slow, fast = begun(work(0.01)), begun(work(5.0))
        assert slow is not None
        assert fast is not None
        async with asyncio.TaskGroup() as group:  # this task is never the one that the time-out ends
            group.create_task(slow)
            waiting = group.create_task(fast)
            while not results:
                await asyncio.sleep(0.002)
            event.set()
            await waiting
        assert results == ["late", 5]

    asyncio.run(run())


def test_errors_and_cancellation_pass() -> None:
    async def fails() -> None:
        await asyncio.sleep(0)
        raise ZeroDivisionError

    closed: list[bool] = []

    async def waits(event: asyncio.Event) -> None:
        try:
            await event.wait()
        finally:
            closed.append(True)

    async def run() -> None:
        with pytest.raises(ZeroDivisionError):
            await Steps(fails())
        rest = begun(waits(asyncio.Event()))
        assert rest is not None
        task = asyncio.create_task(rest)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        Steps(waits(asyncio.Event())).close()
        assert closed == [True, True]

    asyncio.run(run())
