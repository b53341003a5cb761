"""A thread for the blocking calls of one link, there while it is used: the event loop never waits for a device."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from models.errors import LinkError

_Result = TypeVar("_Result")
_Job = tuple[Callable[[], Any], "Future[Any]"]

_MAX_WAITING = 32  # setup waits one by one and the gate keeps one command in flight per bay: more is a defect
_IDLE_S = 10.0
"""A thread that has had nothing to do for so long ends; the next call begins another one."""


class BusyError(LinkError):
    """The call has not begun in its time and never will: other requests occupy the link. Nothing was sent."""


class Worker:
    """Runs calls one after the other. A call that hangs holds up its own link only, until its socket is closed."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: deque[_Job] = deque()
        self._turn = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopped = False

    async def call(self, work: Callable[[], _Result], timeout_s: float) -> _Result:
        """The result of `work`, or what it raised. TimeoutError: it still runs. BusyError: see there.

        LinkError when too many calls wait already.
        """
        future: Future[_Result] = Future()
        with self._turn:
            if len(self._jobs) >= _MAX_WAITING or self._stopped:
                raise LinkError(f"{self._name}: {len(self._jobs)} requests wait for the device; it does not answer")
            self._jobs.append((work, future))
            self._turn.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
        try:
            async with asyncio.timeout(timeout_s):
                return await asyncio.wrap_future(future)
        except TimeoutError as error:
            if future.cancel():
                raise BusyError(f"{self._name}: other requests have occupied the link for {timeout_s:g} s") from error
            if future.done():
                raise  # of its own
            raise TimeoutError(f"silent for {timeout_s:g} s") from error

    def stop(self) -> None:
        """Let the thread end after what it is doing; whoever still waits hears LinkError: it was never begun."""
        with self._turn:
            self._stopped = True
            dropped = [future for _, future in self._jobs]
            self._jobs.clear()
            self._turn.notify()
        for future in dropped:
            if future.set_running_or_notify_cancel():  # else nobody waits any more
                future.set_exception(LinkError(f"{self._name}: the link has ended"))

    def _next(self) -> _Job | None:
        with self._turn:
            if not self._jobs and not self._stopped:
                self._turn.wait(_IDLE_S)
            if self._jobs:
                return self._jobs.popleft()
            self._thread = None
            return None

    def _work(self) -> None:
        while (job := self._next()) is not None:
            work, future = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = work()
            except BaseException as error:  # noqa: BLE001 - it belongs to the caller, whatever it is
                future.set_exception(error)
            else:
                future.set_result(result)
