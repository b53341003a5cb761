"""A simulation runs until its process is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine


def stopped_by_signals() -> asyncio.Event:
    """Set by SIGINT and SIGTERM from now on; called on the loop."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    return stopped


async def run_until(stopped: asyncio.Event, work: Coroutine[object, object, None]) -> None:
    """Until `stopped` is set or the work ends; what the work raises is raised here."""
    running, waiting = asyncio.ensure_future(work), asyncio.ensure_future(stopped.wait())
    try:
        await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
