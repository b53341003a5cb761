"""Event buffers that an earlier version left: `urgent` is called `status` now, and `other` is only read.

`other` held steps, numbers and bit strings, which are part of the one sequence in `status` now, and frozen totals. What
waits in it is sent before everything else, so that no state arrives after a newer one of the same point. It is removed
at the first start that finds all of it acknowledged.
"""

from __future__ import annotations

import asyncio
import shutil
from concurrent.futures import Executor
from pathlib import Path

from models.driver import Clock
from models.errors import StorageError
from protocols.iec104.event_store.event_log import EventLog
from protocols.iec104.event_store.segments import keep_names

_OTHER = "other"
_RENAMED = {"urgent": "status"}


async def rename(folder: Path, thread: Executor) -> None:
    """folder: of one control centre. StorageError."""
    await asyncio.get_running_loop().run_in_executor(thread, _rename, folder)


def _rename(folder: Path) -> None:
    for old, new in _RENAMED.items():
        if not (folder / old).is_dir() or (folder / new).exists():
            continue
        try:
            (folder / old).rename(folder / new)
            keep_names(folder)
        except OSError as error:
            raise StorageError(f"{folder / old} cannot be renamed to {new}: {error}; correct the rights") from error


async def take_over(folder: Path, status: EventLog, thread: Executor, clock: Clock) -> EventLog | None:
    """What has to be sent first, if anything; `status` remembers the points that are part of it now. StorageError."""
    if not (folder / _OTHER).is_dir():
        return None
    other = await EventLog.open(folder / _OTHER, thread, clock)
    waits = other.contents.begin < other.contents.end
    if status.inherit(other.last) or waits:
        return other
    await other.close()
    await asyncio.get_running_loop().run_in_executor(thread, shutil.rmtree, folder / _OTHER, True)  # again next time
    return None
