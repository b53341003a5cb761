"""`ringmain serve UNIT.toml`: run a management unit until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from models.errors import RingmainError
from substation.commands.check import problems_of
from substation.config import UnitConfig, read_unit
from substation.site import Site, read_site
from substation.unit import Unit, open_unit

SWITCH_INTERVAL_S = 0.0005
"""How long a calculation in a thread may keep the loop from its next event (Python's default is 5 ms)."""


def run(arguments: Sequence[str]) -> int:
    """Exit status 0 after SIGINT or SIGTERM; 1 when the site's files are wrong, each problem in one line."""
    parser = argparse.ArgumentParser(prog="ringmain serve", description="run a management unit")
    parser.add_argument("unit", type=Path, metavar="UNIT.toml")
    parser.add_argument("--log", default="WARNING", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
    given = parser.parse_args(arguments)
    logging.basicConfig(level=given.log, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    config = read_unit(given.unit)
    site = read_site(config)
    problems = problems_of(config, site) if site else []
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        raise RingmainError(f"{given.unit}: {len(problems)} problems; a unit starts only without any")
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        asyncio.run(_serve(config, site))
    except BaseExceptionGroup as group:
        expected, defects = group.split(RingmainError)
        if expected is None or defects is not None:
            raise  # a defect is shown whole
        raise _first(expected) from None  # not from `except*`, which would wrap it in a group again
    return 0


def _first(group: BaseExceptionGroup[RingmainError]) -> RingmainError:
    """The first of the errors that ended the unit's tasks."""
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


async def _serve(config: UnitConfig, site: Site | None) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with open_unit(config, site) as unit:
        gc.collect()
        gc.freeze()  # what was read lives as long as the unit; to look through it again costs tens of milliseconds
        tasks = [asyncio.ensure_future(work) for work in (unit.run(), stopped.wait(), _announce(unit))]
        try:
            await asyncio.wait(tasks[:2], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await tasks[0]


async def _announce(unit: Unit) -> None:
    host, port = await unit.listener.bound()
    config = unit.parts.config
    print(f"{config.name} ({config.level.value}) serves its data interface on ws://{host}:{port}", flush=True)
