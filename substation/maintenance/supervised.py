"""`python -m substation.maintenance.supervised UNIT.toml SITE LINE`: one unit, as its supervisor starts it.

These arguments and the words of the line (substation.maintenance.line) are what supervisors of every version rely on.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from models.errors import RingmainError
from substation.commands.check import problems_of
from substation.commands.serve import FILES_ARE_OURS
from substation.config import UnitConfig, read_unit
from substation.fleet import first_reason
from substation.maintenance.line import RESTART_STATUS
from substation.maintenance.unit_maintenance import Supervision
from substation.site import Site, read_site
from substation.unit import Unit, open_unit

SWITCH_INTERVAL_S = 0.0005
"""As `ringmain serve`: how long a calculation in a thread may keep the loop from its next event."""


def run(arguments: Sequence[str]) -> int:
    """0 after SIGTERM or SIGINT, RESTART_STATUS when the unit wants to be started again; RingmainError in one line."""
    file, folder, line = arguments
    logging.basicConfig(level="WARNING", format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    config = read_unit(Path(file))
    site = read_site(config)
    problems = problems_of(config, site) if site else []
    if problems:
        raise problems[0]
    os.umask(FILES_ARE_OURS)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        return asyncio.run(_serve(config, site, Supervision(Path(folder), int(line))))
    except BaseExceptionGroup as group:
        raise (first_reason(group) or group) from None


async def _serve(config: UnitConfig, site: Site | None, supervision: Supervision) -> int:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with open_unit(config, site, supervision=supervision) as unit:
        gc.collect()
        gc.freeze()  # as `ringmain serve`: what was read lives as long as the unit
        running = asyncio.ensure_future(unit.run())
        waits = [asyncio.ensure_future(event.wait()) for event in (stopped, unit.maintenance.restart)]
        announcing = asyncio.ensure_future(_announce(unit))
        try:
            await asyncio.wait([running, *waits], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (running, announcing, *waits):
                task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        return RESTART_STATUS if unit.maintenance.restart.is_set() and not stopped.is_set() else 0


async def _announce(unit: Unit) -> None:
    host, port = await unit.listener.bound()
    config = unit.parts.config
    print(f"{config.name} ({config.level.value}) serves its data interface on ws://{host}:{port}", flush=True)


def main() -> int:
    try:
        return run(sys.argv[1:])
    except RingmainError as error:
        print(f"ringmain: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
