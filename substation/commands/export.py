"""`ringmain export UNIT.toml --points PATTERN --from T --to T --out FILE`: the history as CSV or Parquet."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from models.errors import ConfigError
from substation.config import read_unit
from substation.history import export, export_file
from substation.history.export import Exported, ExportedLine, Selection

_DESCRIPTION = (
    "Write what a unit has stored to a file, while it runs or not. For the operator on the machine: whoever can read"
    " the database passes by the policies of owners, so values that belong to customers, suppliers and other"
    " stakeholders are left out unless --with-customers is given."
)


def run(arguments: Sequence[str]) -> int:
    """Exit status 0; ConfigError, StorageError or ExportError in one line."""
    given = _parser().parse_args(arguments)
    config = read_unit(given.unit)
    start_ns, end_ns = _time(given.since, "--from", 0), _time(given.to, "--to", time.time_ns())
    columns: Sequence[str]
    rows: Iterable[Exported | ExportedLine]
    with closing(config.history.open(config.data, config.name)) as engine:
        engine.present()
        if given.events:
            columns, rows = ExportedLine._fields, export.lines(engine, start_ns, end_ns)
        else:
            selection = Selection(given.points, start_ns, end_ns, given.with_customers)
            columns, rows = Exported._fields, export.instances(engine, selection)
        count = export_file.write(given.out, columns, rows)
    print(f"{count} {'lines' if given.events else 'values'} in {given.out}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringmain export", description=_DESCRIPTION)
    parser.add_argument("unit", type=Path, metavar="UNIT.toml")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--points", metavar="PATTERN", help="of LOCATION/VARIABLE; * stands for any characters")
    what.add_argument("--events", action="store_true", help="the event list instead")
    parser.add_argument("--from", dest="since", metavar="T", help="ISO 8601 (UTC unless it says else) or ns since 1970")
    parser.add_argument("--to", metavar="T", help="the end, not included; without it: now")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="FILE.csv or FILE.parquet")
    parser.add_argument("--with-customers", action="store_true", help="also what belongs to other stakeholders")
    return parser


def _time(text: str | None, option: str, default_ns: int) -> int:
    if text is None:
        return default_ns
    if text.lstrip("-").isdigit():
        return min(max(int(text), -(2**63)), 2**63 - 1)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        remedy = "2026-03-01T12:00:00Z, or nanoseconds since 1970"
        raise ConfigError("command line", None, f"{option} {text!r} is no time", remedy) from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp()) * 10**9 + aware.microsecond * 1000
