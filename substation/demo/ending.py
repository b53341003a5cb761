"""Whoever ends the demonstration, it ends its processes first: a kill or a closed terminal counts as Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")

ENDINGS = (signal.SIGTERM, signal.SIGHUP)
END_S = 10.0
"""Clients take leave of their units within this time, or are left."""


def end_in_order() -> None:
    """From now on SIGTERM and SIGHUP act as SIGINT; one that is ignored stays so (nohup)."""
    for number in ENDINGS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))


async def interruptible(work: Coroutine[object, object, T], within_s: float = END_S) -> T:
    """The result of `work`. Cancelled, it is given so long to end in order; then it is cancelled once more and left.

    A demonstration has many tasks that wait for many things: one that misses its cancellation must not keep a person
    who has pressed Ctrl-C from the end of all processes.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait([task], timeout=within_s)
        task.cancel()
        raise
