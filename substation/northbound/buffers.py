"""The event buffers of a unit's control centres on disk: `northbound/NAME/status` and `.../totals` in its data folder.

An event of the field goes into the image, from there into every buffer, and into history. The RTU is told that it is
safe when history and all buffers have it on the disk (`stored`), so whatever ends this process, the event is either
here or comes again from the RTU: at least once, with its own time tag, in order. It may be on its way to the control
centre before. Events that do not come from the field go the same way, and nobody waits for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from urllib.parse import quote

from models.alarm import Category, Severity
from models.driver import Clock
from models.point import PointSpec
from protocols.iec104.controlled_station.events.records import is_total
from protocols.iec104.controlled_station.group import EventClass, Stores
from protocols.iec104.controlled_station.memory import Memory
from protocols.iec104.event_store.event_log import EventLog
from substation.event_list import EventList
from substation.northbound.earlier_buffers import rename, take_over
from substation.northbound.high_water import HighWater, Span
from substation.storage_threads import StorageThreads
from substation.stored import in_all

FOLDER = "northbound"
_PLACE = "control centre"


class Buffers:
    """`await Buffers.open(...)`; close after the control centres are served no more."""

    def __init__(self, logs: dict[tuple[str, EventClass], EventLog], own: StorageThreads | None) -> None:
        self._logs, self._own = logs, own

    @classmethod
    async def open(
        cls,
        data: Path,
        centres: Iterable[str],
        specs: Iterable[PointSpec],
        threads: StorageThreads | None,
        clock: Clock,
    ) -> Buffers:
        """threads: shared with others, else own ones. StorageError where a folder cannot be used."""
        classes = _classes(specs)
        used = threads or StorageThreads(1, 1)
        made = cls({}, used if threads is None else None)
        try:
            for name in centres:
                await made._open(name, data / FOLDER / folder_name(name), classes, used, clock)  # noqa: SLF001
        except BaseException:
            await made.close()
            raise
        return made

    async def _open(
        self, name: str, folder: Path, classes: Iterable[EventClass], threads: StorageThreads, clock: Clock
    ) -> None:
        await rename(folder, threads.strand())
        for each in classes:
            self._logs[name, each] = await EventLog.open(folder / each.name.lower(), threads.strand(), clock)
        earlier = await take_over(folder, self._logs[name, EventClass.STATUS], threads.strand(), clock)
        if earlier is not None:
            self._logs[name, EventClass.EARLIER] = earlier

    @property
    def stores(self) -> Stores:
        return self._logs

    def tell(self, events: EventList) -> None:
        """What was damaged, now; what happens to the disk, from now on."""
        for (name, _), log in self._logs.items():
            for line in log.damage:
                _damage(events, name, line)
            log.on_damage = partial(_damage, events, name)
            log.on_trouble = partial(_trouble, events, name)

    def watch(self, memory: Memory, events: EventList) -> Callable[[], None]:
        """Tell which events have vanished with their files since the last start; the result is to be called often."""
        high_water = HighWater(memory, self._spans())
        for buffer, count in high_water.missing():
            name = buffer.rpartition("/")[0]
            _damage(events, name, f"{count} events or more that were on the disk are gone, files were deleted")
        return lambda: high_water.keep(self._spans())

    def _spans(self) -> dict[str, Span]:
        return {f"{name}/{each.name.lower()}": log.span for (name, each), log in self._logs.items()}

    def stored(self) -> asyncio.Future[None] | None:
        """Ends once everything that the buffers were given is on the disk; None when it is."""
        waiting = [future for log in self._logs.values() if (future := log.stored()) is not None]
        if len(waiting) > 1:
            return in_all(waiting)
        return waiting[0] if waiting else None

    async def close(self) -> None:
        for log in self._logs.values():
            await log.close()
        if self._own is not None:
            self._own.close()


def _damage(events: EventList, name: str, what: str) -> None:
    text = f"event buffer of {name} was damaged: {what}; events in history are not affected"
    events.tell(Category.SYSTEM, Severity.HIGH, _PLACE, text)


def _trouble(events: EventList, name: str, reason: str) -> None:
    if reason:
        text = f"event buffer of {name}: {reason}; events stay in memory, RTUs keep theirs; free or replace the disk"
        events.tell(Category.SYSTEM, Severity.HIGH, _PLACE, text)
    else:
        text = f"event buffer of {name} can be written again"
        events.tell(Category.SYSTEM, Severity.INFORMATION, _PLACE, text)


def _classes(specs: Iterable[PointSpec]) -> list[EventClass]:
    """Totals only where there are any."""
    totals = any(is_total(each.type_id) for spec in specs for each in spec.monitors)
    return [EventClass.STATUS, EventClass.TOTALS] if totals else [EventClass.STATUS]


def folder_name(centre: str) -> str:
    """The name of a control centre as the name of a folder."""
    return quote(centre, safe=" ").replace(".", "%2E")
