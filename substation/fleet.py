"""Several units in one process: all of them or none start, and from then on each lives and ends on its own."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from models.alarm import Category, Severity
from models.errors import ConfigError, RingmainError
from protocols.arithmetic.pool import Arithmetic
from substation.config import UnitConfig
from substation.open_files import tell_exhaustion
from substation.site import Site
from substation.storage_threads import StorageThreads
from substation.unit import Unit, open_unit

log = logging.getLogger(__name__)

OPENING = 8
"""Units that open their stores at the same time."""
STORAGE_WRITERS, STORAGE_READERS = 8, 4
"""Threads of all units together; they wait for the disk most of the time."""

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Shared:
    """threads: None for a unit that is alone, which has threads of its own."""

    threads: StorageThreads | None
    arithmetic: Arithmetic


class Fleet:
    """`run` until cancelled or until the last unit has ended. ended: why, by unit, of those that ended by themselves.

    They share the threads of their databases and the processes of their arithmetic.
    ready: told every unit and where it listens, once all of them do.
    """

    def __init__(self, sites: Sequence[tuple[UnitConfig, Site | None]], ready: Callable[[Unit, Address], None]) -> None:
        _check_names([config for config, _ in sites])
        self._sites, self._ready = tuple(sites), ready
        self._opening = asyncio.Semaphore(OPENING)
        self._waiting = len(sites)
        self._up = asyncio.Event()
        self.ended: dict[str, Exception] = {}

    async def run(self) -> None:
        """ExceptionGroup with the reasons when a unit cannot start, then none runs, or when the only one ends."""
        units: dict[Unit, Address] = {}
        async with contextlib.AsyncExitStack() as stack:
            threads = StorageThreads(STORAGE_WRITERS, STORAGE_READERS) if len(self._sites) > 1 else None
            if threads is not None:
                stack.push_async_callback(asyncio.to_thread, threads.close)
            shared = _Shared(threads, await stack.enter_async_context(Arithmetic()))
            tell_exhaustion(asyncio.get_running_loop(), partial(_tell_all, units))
            async with asyncio.TaskGroup() as group:
                for config, site in self._sites:
                    group.create_task(self._live(config, site, units, shared))
                group.create_task(self._tell_ready(units))

    async def _tell_ready(self, units: dict[Unit, Address]) -> None:
        await self._up.wait()
        gc.collect()
        gc.freeze()  # what was read lives as long as the units; to look through it again costs tens of milliseconds
        for unit, address in units.items():
            self._ready(unit, address)

    async def _live(self, config: UnitConfig, site: Site | None, units: dict[Unit, Address], shared: _Shared) -> None:
        async with contextlib.AsyncExitStack() as stack:
            async with self._opening:
                opened = open_unit(config, site, arithmetic=shared.arithmetic, threads=shared.threads)
                unit = await stack.enter_async_context(opened)
            running = asyncio.ensure_future(unit.run())
            try:
                units[unit] = await _listens(unit, running)
                self._count_up()
                await running
            except Exception as error:  # a supervisor's: one unit's end is not the others'
                if not self._up.is_set() or len(self._sites) == 1:
                    raise
                self._tell_end(config.name, error)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

    def _count_up(self) -> None:
        self._waiting -= 1
        if self._waiting == 0:
            self._up.set()

    def _tell_end(self, name: str, error: Exception) -> None:
        self.ended[name] = error
        others = len(self._sites) - len(self.ended)
        expected = first_reason(error)
        text = expected or "a defect"
        log.error("unit %s has ended: %s; %d others go on", name, text, others, exc_info=None if expected else error)


def _tell_all(units: Mapping[Unit, Address], text: str) -> None:
    for unit in units:
        unit.parts.events.tell(Category.SYSTEM, Severity.HIGH, unit.parts.config.name, text)


def first_reason(error: BaseException) -> RingmainError | None:
    """The first of the reasons when all that ended a unit are expected errors; None for a defect, shown whole."""
    if isinstance(error, BaseExceptionGroup):
        reasons = [first_reason(each) for each in error.exceptions]
        return reasons[0] if all(reasons) else None
    return error if isinstance(error, RingmainError) else None


async def _listens(unit: Unit, running: asyncio.Future[None]) -> Address:
    """Host and port when the unit's address is open; raises what ended it before."""
    bound = asyncio.ensure_future(unit.listener.bound())
    try:
        await asyncio.wait((bound, running), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
            raise RingmainError(f"unit {unit.parts.config.name} has ended before it listened")
        return await bound
    finally:
        bound.cancel()


def _check_names(configs: Sequence[UnitConfig]) -> None:
    files: dict[str, UnitConfig] = {}
    for config in configs:
        if config.name in files:
            problem = f"unit '{config.name}' is that of {files[config.name].file}, too"
            raise ConfigError(str(config.file), None, problem, "give each file once, and each unit a name of its own")
        files[config.name] = config
