"""One daemon thread for the blocking calls of one link, so that the event loop never waits for a device."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from models.errors import LinkError

_Result = TypeVar("_Result")
_Job = tuple[Callable[[], Any], "Future[Any]"]

_MAX_WAITING = 32  # setup waits one by one and the gate keeps one command in flight per bay: more is a defect


class Worker:
    """Runs calls one after the other. A call that hangs holds up its own link only, until its socket is closed."""

    def __init__(self, name: str) -> None:
        self._jobs: queue.Queue[_Job | None] = queue.Queue(_MAX_WAITING)
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def call(self, work: Callable[[], _Result], timeout_s: float) -> _Result:
        """The result of `work`, or what it raised. TimeoutError: it has not begun and never will, or still runs.

        LinkError when too many calls wait already.
        """
        future: Future[_Result] = Future()
        try:
            self._jobs.put_nowait((work, future))
        except queue.Full:
            raise LinkError(
                f"{self._thread.name}: {_MAX_WAITING} requests wait for the device; it does not answer"
            ) from None
        async with asyncio.timeout(timeout_s):
            return await asyncio.wrap_future(future)

    def stop(self) -> None:
        """Let the thread end after what it is doing; what still waits is dropped."""
        while True:
            try:
                self._jobs.put_nowait(None)
            except queue.Full:
                self._drop_one()
            else:
                return

    def _drop_one(self) -> None:
        try:
            job = self._jobs.get_nowait()
        except queue.Empty:
            return
        if job is not None:
            job[1].cancel()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            work, future = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = work()
            except BaseException as error:  # noqa: BLE001 - it belongs to the caller, whatever it is
                future.set_exception(error)
            else:
                future.set_result(result)
