"""The report of a point-to-point test as rows: for CSV, for a spreadsheet, and in words. Pure, but for `write`.

What was not tested is said first, never left out.
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

from openpyxl import Workbook

from models.errors import StorageError
from substation.commissioning.point_test import PointTest, Tested

HEADER = (
    "number", "location", "point", "kind", "address", "verdict", "value at the unit", "quality",
    "time of the field (UTC)", "arrived (UTC)", "tester", "said (UTC)", "note", "command in test",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would execute."""


def rows(test: PointTest) -> list[tuple[str, ...]]:
    """One row per point, as HEADER."""
    return [_row(each) for each in test.points]


def _row(tested: Tested) -> tuple[str, ...]:
    look = tested.look
    seen = ("", "", "", "") if look is None else (
        look.value, look.quality, moment(look.time_ns), moment(look.arrival_ns)
    )  # fmt: skip
    command = tested.command or ("not tested" if tested.commandable else "")
    return (
        str(tested.number), tested.point.location, tested.point.variable, tested.kind, tested.address,
        tested.verdict.value, *seen, tested.tester, moment(tested.said_ns), tested.note, command,
    )  # fmt: skip


def heading(test: PointTest) -> list[str]:
    """What stands above the rows: what, who, when, the result, and what was not tested."""
    ended = "goes on" if test.ended_ns is None else f"ended {moment(test.ended_ns)}"
    tally = ", ".join(f"{count} {verdict}" for verdict, count in test.tally.items())
    left = test.open_points
    lines = [
        f"point-to-point test {test.id} of {test.scope}",
        f"begun {moment(test.started_ns)} by {test.holder}, {ended}",
        f"{len(test.points)} points: {tally}",
        "passed: every point seen, every command tried" if test.passed else "not passed",
    ]
    if left:
        lines.append(f"not tested, or only in part ({len(left)}): {', '.join(str(each.point) for each in left)}")
    return lines


def as_csv(test: PointTest) -> str:
    """Heading as comment lines, then the table."""
    out = io.StringIO()
    for line in heading(test):
        out.write(f"# {line}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(tuple(map(_harmless, row)) for row in rows(test))
    return out.getvalue()


def as_xlsx(test: PointTest) -> bytes:
    """One sheet with the heading, one with the table."""
    book = Workbook(write_only=True)
    summary, table = book.create_sheet("summary"), book.create_sheet("points")
    for line in heading(test):
        summary.append([_harmless(line)])
    table.freeze_panes = "A2"
    table.append(HEADER)
    for row in rows(test):
        table.append([_harmless(cell) for cell in row])
    octets = io.BytesIO()
    book.save(octets)
    return octets.getvalue()


def write(file: Path, octets: bytes) -> None:
    """StorageError when the file cannot be written."""
    try:
        file.write_bytes(octets)
    except OSError as error:
        raise StorageError(f"{file}: cannot be written: {error.strerror}; name a file you may write") from error


def moment(time_ns: int | None) -> str:
    """`2026-11-20 09:56:30.001`, UTC; '' for no time."""
    if time_ns is None:
        return ""
    return f"{datetime.fromtimestamp(time_ns // 10**9, UTC):%Y-%m-%d %H:%M:%S}.{time_ns // 10**6 % 1000:03d}"


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
