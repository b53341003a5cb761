"""`ringmain reliability UNIT.toml --month 2026-11 [--json|--csv]`: interruptions of supply and their indices."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from models.errors import ConfigError, StorageError
from substation.config import UnitConfig, read_unit
from substation.control.database import Database
from substation.history.settings import CONTROL_FILE
from substation.reliability.archive import load
from substation.reliability.indices import Period
from substation.reliability.interruption import Interruption
from substation.reliability.major_days import LOOKED_BACK_NS, major_days
from substation.reliability.month import Month
from substation.reliability.report import Report, as_csv, as_lines, as_plain
from substation.site import read_site


def run(arguments: Sequence[str]) -> int:
    """Exit status 0; a RingmainError in one line. The unit may run meanwhile."""
    given = _parser().parse_args(arguments)
    config, now_ns = read_unit(given.unit), time.time_ns()
    month = Month.of(now_ns) if given.month is None else Month.parse(given.month)
    report = _report(config, month, month.period(now_ns), given.major_days)
    if given.json:
        print(json.dumps(as_plain(report)))
    elif given.csv:
        sys.stdout.write(as_csv(report))
    else:
        print("\n".join(as_lines(report)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ringmain reliability",
        description="Interruptions of supply in a month (UTC), and the indices of IEEE 1366.",
    )
    parser.add_argument("unit", type=Path, metavar="UNIT.toml")
    parser.add_argument("--month", metavar="YYYY-MM", help="default: the present one, up to now")
    parser.add_argument(
        "--major-days", action="store_true", help="tell major event days (2.5 beta), and leave them out"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object")
    form.add_argument("--csv", action="store_true", help="one line per interruption")
    return parser


def _report(config: UnitConfig, month: Month, period: Period, with_major_days: bool) -> Report:
    served, short_s = _served(config), config.reliability.short_s
    first_ns = period.start_ns - (LOOKED_BACK_NS if with_major_days else 0)
    known = asyncio.run(_known(config, Period(first_ns, period.end_ns)))
    events = tuple(each for each in known if each.until_ns is None or each.until_ns >= period.start_ns)
    major = major_days(known, served, period, short_s) if with_major_days else None
    return Report(config.name, month, period, served, short_s, events, major)


def _served(config: UnitConfig) -> int:
    """Customers of all loads of the unit's network."""
    site = read_site(config, with_addresses=False)
    if site is None:
        raise ConfigError(
            str(config.file), None, "is a unit without field devices", "ask the unit below, which has the network"
        )
    return sum(each.customers for each in site.network.loads)


async def _known(config: UnitConfig, period: Period) -> tuple[Interruption, ...]:
    file = config.data / CONTROL_FILE
    if not file.exists():
        raise StorageError(f"{file}: is not there; has the unit ever run?")
    database = await Database.open(file, key=config.history.key())
    try:
        await database.make_tables()
        return await database.run(partial(load, period))
    finally:
        await database.close()
