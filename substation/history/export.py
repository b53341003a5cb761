"""What is stored of some points and a time, row by row, in constant memory and without holding up a running unit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple, cast

import cbor2
import sqlalchemy as sa

from models.point import PointName
from models.quality import Quality
from models.wire.glob import matches
from substation.history.engine import Engine
from substation.history.rows import line_of
from substation.history.schema import documents, event_lines, newest_samples, origins, points, samples

PAGE = 20_000
"""Rows of one question: each ends before the next begins, so that the database can tidy up in between."""


class Selection(NamedTuple):
    """pattern: of LOCATION/VARIABLE, `*` for any characters. Times ns UTC, the end not included."""

    pattern: str
    start_ns: int
    end_ns: int
    with_customers: bool = False


class Exported(NamedTuple):
    """One instance. value: a number or text as it is, a flag as 0 or 1, else JSON. owner "": the unit's operator."""

    location: str
    variable: str
    time_ns: int
    time: str
    arrival_ns: int
    value: int | float | str | None
    quality: int
    quality_words: str
    owner: str


class ExportedLine(NamedTuple):
    """One line of the event list."""

    sequence: int
    time_ns: int
    time: str
    arrival_ns: int
    category: str
    severity: str
    location: str
    text: str


def instances(engine: Engine, selection: Selection) -> Iterator[Exported]:
    """By point, then by time. StorageError when the database cannot be read."""
    for handle, name in _chosen(engine, selection.pattern):
        for row in _pages(engine, sa.select(samples), samples, handle, selection):
            _, time_ns, _, _, arrival_ns, value, quality = cast(_Sample, tuple(row))
            yield _exported(name, time_ns, arrival_ns, _plain(value), quality, "")
        with_owner = sa.select(documents, origins.c.owner).join(origins, documents.c.origin == origins.c.number)
        if not selection.with_customers:
            with_owner = with_owner.where(origins.c.owner == "")
        for row in _pages(engine, with_owner, documents, handle, selection):
            _, time_ns, _, arrival_ns, stored, quality, _, owner = cast(_Document, tuple(row))
            yield _exported(name, time_ns, arrival_ns, _decoded(bytes(stored)), quality, owner)


_Sample = tuple[int, int, int, bool, int, float | None, int]
_Document = tuple[int, int, int, int, bytes, int, int, str]


def lines(engine: Engine, start_ns: int, end_ns: int) -> Iterator[ExportedLine]:
    """The event list in order of record."""
    last = -1
    while True:
        column = event_lines.c
        wanted = (column.sequence > last, column.time_ns >= start_ns, column.time_ns < end_ns)
        statement = sa.select(event_lines).where(*wanted).order_by(column.sequence).limit(PAGE)
        with engine.reading() as connection:
            rows = connection.execute(statement).fetchall()
        for row in rows:
            line = line_of(row)
            yield ExportedLine(
                row.sequence, line.time_ns, iso(line.time_ns), line.arrival_time_ns,
                line.category.value, line.severity.name.lower(), line.location, line.text,
            )  # fmt: skip
        if len(rows) < PAGE:
            return
        last = rows[-1].sequence


def _chosen(engine: Engine, pattern: str) -> list[tuple[int, PointName]]:
    with engine.reading() as connection:
        named = [
            (row.handle, PointName(row.location, row.variable))
            for row in connection.execute(sa.select(points).order_by(points.c.location, points.c.variable))
        ]
        known = {handle for handle, _ in named}
        nameless = [row.handle for row in connection.execute(sa.select(newest_samples.c.handle))]
    named += [(handle, PointName("", f"handle {handle}")) for handle in nameless if handle not in known]
    return [(handle, name) for handle, name in named if matches(pattern, str(name))]


def _pages(
    engine: Engine, statement: sa.Select[tuple[object, ...]], table: sa.Table, handle: int, selection: Selection
) -> Iterator[sa.Row[tuple[object, ...]]]:
    """Rows of one handle, by time and sequence; each page begins behind the last row of the one before."""
    column = table.c
    place = sa.tuple_(column.time_ns, column.sequence)
    after = (selection.start_ns, -(2**63))
    while True:
        wanted = (column.handle == handle, column.time_ns >= after[0], column.time_ns < selection.end_ns)
        page = statement.where(*wanted, place > sa.tuple_(*map(sa.literal, after))).limit(PAGE)
        with engine.reading() as connection:
            rows = connection.execute(page.order_by(column.time_ns, column.sequence)).fetchall()
        yield from rows
        if len(rows) < PAGE:
            return
        after = (rows[-1].time_ns, rows[-1].sequence)


def _exported(
    name: PointName, time_ns: int, arrival_ns: int, value: int | float | str | None, quality: int, owner: str
) -> Exported:
    words = quality_words(quality)
    return Exported(name.location, name.variable, time_ns, iso(time_ns), arrival_ns, value, quality, words, owner)


def _plain(stored: float | None) -> int | float | None:
    """PostgreSQL gives decimals: whole ones were integers."""
    if stored is None or isinstance(stored, (int, float)):
        return stored
    text = str(stored)
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _decoded(stored: bytes) -> int | float | str | None:
    value: object = cbor2.loads(stored)
    if isinstance(value, bool):
        return int(value)
    if value is None or isinstance(value, (int, float, str)):
        return value
    return json.dumps(value, ensure_ascii=False, default=_hexadecimal)


def _hexadecimal(value: object) -> str:
    """JSON has no octets; documents hold nothing else that JSON has not."""
    return value.hex() if isinstance(value, bytes) else str(value)


def iso(time_ns: int) -> str:
    """ISO 8601 in UTC with all nine digits of the second; empty beyond the years that it can name."""
    seconds, rest = divmod(time_ns, 10**9)
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
    except (OverflowError, ValueError, OSError):
        return ""


def quality_words(quality: int) -> str:
    """'good', or the validity and the details that are set."""
    bits = Quality(quality)
    validity = (bits.validity.name or "").lower()
    details = [flag.name.lower().replace("_", " ") for flag in Quality if flag.name and flag > 3 and flag in bits]
    return " ".join([validity if bits.validity else "good", *(f"({each})" for each in details)])
