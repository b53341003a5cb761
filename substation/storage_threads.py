"""Threads that write and read databases. Units of one process share them; each unit's writes stay in order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Strand(Executor):
    """Work that is done one piece after another, in order, by whichever thread of `threads` is free."""

    def __init__(self, threads: Executor) -> None:
        self._threads = threads
        self._lock = threading.Condition()
        self._waiting: deque[Callable[[], None]] = deque()
        self._busy = self._closed = False

    def submit(self, work: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> Future[T]:
        """RuntimeError after shutdown."""
        future: Future[T] = Future()

        def done() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    result = work(*arguments, **named)
                except BaseException as error:  # noqa: B036 - handed to whoever waits for the future
                    future.set_exception(error)
                else:
                    future.set_result(result)

        with self._lock:
            if self._closed:
                raise RuntimeError("the strand is closed")
            self._waiting.append(done)
            if not self._busy:
                self._busy = True
                self._threads.submit(self._next)
        return future

    def _next(self) -> None:
        """One piece, then the turn of others who share the threads."""
        with self._lock:
            work = self._waiting.popleft()
        work()
        with self._lock:
            self._busy = bool(self._waiting)
            if self._busy:
                self._threads.submit(self._next)
            else:
                self._lock.notify_all()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take nothing more; wait until everything taken is done. The threads go on."""
        with self._lock:
            self._closed = True
            if wait:
                self._lock.wait_for(lambda: not self._busy)


class StorageThreads:
    """A few threads for any number of databases; none is started before it has work. `close` by who made it."""

    def __init__(self, writers: int = 2, readers: int = 2) -> None:
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="storage")
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="storage-reader")

    def strand(self) -> Strand:
        """The writing thread of one database."""
        return Strand(self._writers)

    @property
    def readers(self) -> Executor:
        return self._readers

    def close(self) -> None:
        """After everyone who uses them."""
        self._writers.shutdown()
        self._readers.shutdown(cancel_futures=True)
