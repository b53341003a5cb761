"""`ringmain audit UNIT.toml`: read a unit's audit log, and prove that nothing of it has been changed."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from models import utc
from models.errors import ConfigError, StorageError
from models.wire.keys import VerifyKey
from substation.audit.log import FOLDER
from substation.audit.reading import records
from substation.audit.record import Record
from substation.audit.verification import Anchor, Verification, verify
from substation.audit.witness import heads_of
from substation.config import UnitConfig, read_unit
from substation.control.database import Database
from substation.exchange.key_files import UNIT_PUBLIC, read_verify_key
from substation.history.settings import CONTROL_FILE

_ANCHOR = re.compile(r"(\d+)\s+([0-9a-f]{64})")
_END_NS = 2**63


def run(arguments: Sequence[str]) -> int:
    """Exit status 0; 1 when --verify finds something, each finding with file and line on standard error."""
    given = _parser().parse_args(arguments)
    config = read_unit(given.unit)
    folder = config.data / FOLDER
    if given.heads:
        return asyncio.run(_print_heads(config, given.heads))
    try:
        if given.verify or given.head:
            return _verified(given, config, folder)
        _print(given, folder)
    except OSError as error:
        raise StorageError(f"{folder} cannot be read: {error}; ask with an account that may") from error
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringmain audit", description="Print the audit log of a unit, or verify it.")
    parser.add_argument("unit", type=Path, metavar="UNIT.toml")
    parser.add_argument("--since", metavar="TIME", help="2026-11-20, or 2026-11-20T09:00:00Z")
    parser.add_argument("--who", metavar="NAME", help="records of those whose name begins like this")
    parser.add_argument("--json", action="store_true", help="one object per line")
    parser.add_argument("--verify", action="store_true", help="check hashes, numbers, signatures and segments")
    parser.add_argument(
        "--key", type=Path, action="append", default=[], metavar="PUB", help="an earlier key of the unit; repeatable"
    )
    parser.add_argument(
        "--anchor", type=Path, metavar="FILE", help="lines of --head, kept elsewhere, that the log must hold"
    )
    parser.add_argument(
        "--heads", metavar="UNIT", help="print what a unit below has said of its log, as lines for its --anchor"
    )
    parser.add_argument("--head", action="store_true", help="print number and hash of the last record, to be kept")
    return parser


# -- heads of the units below


async def _print_heads(config: UnitConfig, unit: str) -> int:
    database = await Database.open(config.data / CONTROL_FILE, key=config.history.key())
    try:
        await database.make_tables()
        heads = await database.run(partial(heads_of, unit=unit))
    finally:
        await database.close()
    for number, digest in heads:
        print(f"{number} {digest.hex()}")
    return 0 if heads else 1


# -- printing


def _print(given: argparse.Namespace, folder: Path) -> None:
    since_ns = 0 if given.since is None else _time(given.since)
    for record in records(folder, since_ns, _END_NS):
        if given.who is None or record.text("who").casefold().startswith(given.who.casefold()):
            print(json.dumps(record.fields, ensure_ascii=False) if given.json else _line(record))


def _line(record: Record) -> str:
    """One line, whatever strangers have said: nothing in it steers a terminal."""
    code = record.text("code")
    outcome = "" if code in ("ok", "") else f" [{code}]"
    why = f": {record.text('why')}" if record.text("why") else ""
    source = "/".join(filter(None, (record.text("service"), record.text("device"))))
    line = (
        f"{utc.to_text(record.time_ns)} {record.number:>8} {record.kind:8} {record.text('who')}"
        f"{f' <{source}>' if source else ''}: {record.text('what')}{outcome}{why}"
    )
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in line)


def _time(text: str) -> int:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        pass
    else:
        return int(day.timestamp()) * 10**9
    try:
        return utc.from_text(text)
    except ValueError as error:
        raise ConfigError("command line", None, str(error), "or give a date, 2026-11-20") from error


# -- verifying


def _verified(given: argparse.Namespace, config: UnitConfig, folder: Path) -> int:
    result = verify(folder, config.name, _keys(given, config), _anchors(given.anchor))
    for finding in result.findings:
        print(finding, file=sys.stderr)
    if given.head and result.last is not None:
        print(f"{result.last.number} {result.last.hash.hex()}")
    elif given.verify:
        print(_summary(config, result))
    return 1 if result.findings else 0


def _summary(config: UnitConfig, result: Verification) -> str:
    if result.findings:
        return f"{config.name}: the audit log has been changed or is damaged: {len(result.findings)} findings"
    unsigned = f"; the last {result.unsigned} are not signed yet" if result.unsigned else ""
    return f"{config.name}: {result.records} records, each where and as the unit wrote it{unsigned}"


def _keys(given: argparse.Namespace, config: UnitConfig) -> list[VerifyKey]:
    return [read_verify_key(file) for file in (config.data / UNIT_PUBLIC, *given.key)]


def _anchors(file: Path | None) -> list[Anchor]:
    if file is None:
        return []
    anchors = []
    for number, line in enumerate(file.read_text(encoding="ascii", errors="replace").splitlines(), 1):
        found = _ANCHOR.fullmatch(line.strip())
        if found is None:
            raise ConfigError(str(file), number, "no number and hash", "keep the lines that --head prints")
        anchors.append(Anchor(int(found[1]), bytes.fromhex(found[2])))
    return anchors
