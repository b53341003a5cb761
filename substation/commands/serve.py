"""`ringmain serve UNIT.toml...`: run management units until they are told to stop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from models.errors import RingmainError
from substation.commands.check import problems_of
from substation.commands.console import reading_bar
from substation.config import UnitConfig, read_unit
from substation.fleet import Address, Fleet, first_reason
from substation.open_files import allow_files
from substation.site import Site, read_site
from substation.trust.settings import TlsMode
from substation.unit import Unit

SWITCH_INTERVAL_S = 0.0005
"""How long a calculation in a thread may keep the loop from its next event (Python's default is 5 ms)."""

FILES_OF_A_UNIT = 64
"""File descriptors: databases with their logs, connections of its neighbours and users."""

FILES_ARE_OURS = 0o027
"""umask: what a unit writes is read by its account and its group alone; keys by the account."""


def run(arguments: Sequence[str]) -> int:
    """Exit status 0 after SIGINT or SIGTERM; 1 when a site's files are wrong, each problem in one line."""
    parser = argparse.ArgumentParser(prog="ringmain serve", description="run management units")
    parser.add_argument("units", type=Path, metavar="UNIT.toml", nargs="+", help="all start, or none")
    parser.add_argument("--log", default="WARNING", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
    given = parser.parse_args(arguments)
    logging.basicConfig(level=given.log, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    sites = [_read(file) for file in given.units]
    os.umask(FILES_ARE_OURS)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    allow_files(1024 + FILES_OF_A_UNIT * len(sites))
    try:
        asyncio.run(_serve(sites))
    except BaseExceptionGroup as group:
        reason = first_reason(group)
        if reason is None:
            raise  # a defect is shown whole
        raise reason from None  # not from `except*`, which would wrap it in a group again
    return 0


def _read(file: Path) -> tuple[UnitConfig, Site | None]:
    config = read_unit(file)
    site = read_site(config, progress=reading_bar(config.scd))
    problems = problems_of(config, site) if site else []
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        raise RingmainError(f"{file}: {len(problems)} problems; a unit starts only without any")
    return config, site


async def _serve(sites: Sequence[tuple[UnitConfig, Site | None]]) -> None:
    """Until SIGINT, SIGTERM, or the last unit's end."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    fleet = Fleet(sites, _announce)
    running, waiting = asyncio.ensure_future(fleet.run()), asyncio.ensure_future(stopped.wait())
    try:
        await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    if fleet.ended:
        names = ", ".join(fleet.ended)
        raise RingmainError(f"{len(fleet.ended)} of {len(sites)} units have ended by themselves: {names}")


def _announce(unit: Unit, address: Address) -> None:
    config, (host, port) = unit.parts.config, address
    scheme = "ws" if config.tls_mode is TlsMode.NONE else "wss"
    print(f"{config.name} ({config.level.value}) serves its data interface on {scheme}://{host}:{port}", flush=True)
