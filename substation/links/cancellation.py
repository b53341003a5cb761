"""A cancellation that must not be lost."""

from __future__ import annotations

import asyncio


def heed_cancellation() -> None:
    """CancelledError when this task has been told to end. For loops that catch what a task group raises.

    A group whose child fails while its own task is cancelled raises the child's error alone (CPython 3.11 and 3.12),
    and whoever catches that would go on for ever.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
