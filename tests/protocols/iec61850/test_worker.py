"""The thread of a link: what has begun and what has not are told apart."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest

from models.errors import LinkError
from protocols.iec61850.worker import BusyError, Worker


def with_worker(scenario: Callable[[Worker, threading.Event], Awaitable[None]]) -> None:
    """The event lets go whatever blocks the worker."""
    worker, release = Worker("mms-OBR1E03"), threading.Event()
    try:
        asyncio.run(scenario(worker, release))  # type: ignore[arg-type]  # every scenario is a coroutine
    finally:
        release.set()
        worker.stop()


def test_a_call_that_has_begun_times_out() -> None:
    async def scenario(worker: Worker, release: threading.Event) -> None:
        with pytest.raises(TimeoutError, match=r"^silent for 0\.05 s$"):
            await worker.call(release.wait, 0.05)

    with_worker(scenario)


def test_a_call_that_has_not_begun_never_will() -> None:
    done: list[str] = []

    async def scenario(worker: Worker, release: threading.Event) -> None:
        first = asyncio.create_task(worker.call(release.wait, 5.0))
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match="mms-OBR1E03: other requests have occupied the link for 0.05 s"):
            await worker.call(lambda: done.append("late"), 0.05)
        release.set()
        assert await first
        await worker.call(lambda: done.append("next"), 5.0)
        assert done == ["next"]

    with_worker(scenario)


def test_a_time_out_of_the_work_itself_is_its_own() -> None:
    def late() -> None:
        raise TimeoutError("the device")

    async def scenario(worker: Worker, release: threading.Event) -> None:
        with pytest.raises(TimeoutError, match="the device"):
            await worker.call(late, 5.0)

    with_worker(scenario)


def test_who_waits_when_the_link_ends_hears_that_nothing_was_sent() -> None:
    """Not as a cancellation: that would end the task that asked."""
    done: list[str] = []

    async def scenario(worker: Worker, release: threading.Event) -> None:
        first = asyncio.create_task(worker.call(release.wait, 5.0))
        second = asyncio.create_task(worker.call(lambda: done.append("late"), 5.0))
        await asyncio.sleep(0.01)
        worker.stop()
        with pytest.raises(LinkError, match="mms-OBR1E03: the link has ended"):
            await second
        release.set()
        assert await first
        assert done == []

    with_worker(scenario)
