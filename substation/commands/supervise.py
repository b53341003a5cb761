"""`ringmain supervise SITE`: run the active release of a site, with restart, trial of new releases, and roll-back."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from models.errors import RingmainError
from substation.maintenance.first_release import install
from substation.maintenance.supervisor import Supervisor


def run(arguments: Sequence[str]) -> int:
    """Exit status 0 after SIGINT or SIGTERM; ReleaseError in one line when nothing can run."""
    parser = argparse.ArgumentParser(prog="ringmain supervise", description="run the active release of a site")
    parser.add_argument("site", type=Path, metavar="SITE", help="its folder: releases, local data, active.json")
    parser.add_argument(
        "--from", type=Path, dest="first", metavar="DIR", help="folder with unit.toml: the first release of a new site"
    )
    parser.add_argument("--install-only", action="store_true", help="with --from: do not run it yet")
    given = parser.parse_args(arguments)
    logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if given.first is not None:
        choice = asyncio.run(install(given.site, given.first, time.time_ns()))
        print(f"{given.site}: {choice} installed", flush=True)
    if given.first is None or not given.install_only:
        _run(given.site)
    return 0


def _run(site: Path) -> None:
    try:
        asyncio.run(_supervise(site))
    except BaseExceptionGroup as group:
        ours, others = group.split(RingmainError)
        if ours is None or others is not None:
            raise
        raise ours.exceptions[0] from None


async def _supervise(site: Path) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    running = asyncio.ensure_future(Supervisor(site, time.time_ns).run())
    waiting = asyncio.ensure_future(stopped.wait())
    try:
        await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
