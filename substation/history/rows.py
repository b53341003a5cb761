"""Samples and lines of the event list as rows of the database, and back."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import sqlalchemy as sa

from models.alarm import Category, Event, Severity
from models.point import Cdc, Dbpos, Handle, Sample, Value
from models.quality import Quality
from substation.history.document import Document

Row = tuple[object, ...]
DbRow = sa.Row[tuple[object, ...]]

_COLUMNS = "handle, time_ns, sequence, has_source_time, arrival_ns, value, quality"
INSERT_SAMPLE = f"INSERT INTO sample ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
INSERT_NEWEST = f"INSERT OR REPLACE INTO newest_sample ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
INSERT_LINE = (
    "INSERT INTO event_line (sequence, time_ns, arrival_ns, category, severity, location, text)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_DOCUMENT = "handle, time_ns, sequence, arrival_ns, value, quality, origin"
INSERT_DOCUMENT = f"INSERT INTO document ({_DOCUMENT}) VALUES (?, ?, ?, ?, ?, ?, ?)"
INSERT_NEWEST_DOCUMENT = f"INSERT OR REPLACE INTO newest_document ({_DOCUMENT}) VALUES (?, ?, ?, ?, ?, ?, ?)"
HANDLE, SEQUENCE = 0, 2
"""Places in the row of a sample or document."""

_UNREADABLE = int(Quality.INVALID | Quality.INCONSISTENT)


def row_of_sample(sample: Sample, sequence: int) -> Row:
    handle, value, quality, source_ns, arrival_ns = sample
    time_ns = arrival_ns if source_ns is None else source_ns
    return (handle, time_ns, sequence, source_ns is not None, arrival_ns, value, int(quality))


def row_of_document(document: Document, sequence: int, origin: int) -> Row:
    handle, value, quality, time_ns, arrival_ns, _, _ = document
    return (handle, time_ns, sequence, arrival_ns, value, int(quality), origin)


def document_of(row: DbRow) -> Document:
    """Of a row that is joined with its origin."""
    value = bytes(row.value)
    policy = None if row.policy is None else bytes(row.policy)
    return Document(Handle(row.handle), value, int(row.quality), row.time_ns, row.arrival_ns, row.owner, policy)


def row_of_line(line: Event, sequence: int) -> Row:
    times = (line.time_ns, line.arrival_time_ns)
    return (sequence, *times, line.category.value, int(line.severity), line.location, line.text)


def line_of(row: DbRow) -> Event:
    category, severity = Category(row.category), Severity(row.severity)
    return Event(row.time_ns, row.arrival_ns, category, severity, row.location, row.text)


def _float(stored: float | None) -> float:
    return math.nan if stored is None else float(stored)


_INT: tuple[Callable[..., Value], Value] = (int, 0)
_BOOL: tuple[Callable[..., Value], Value] = (bool, False)
_DBPOS: tuple[Callable[..., Value], Value] = (lambda stored: Dbpos(int(stored)), Dbpos.BAD)
_TYPES: Mapping[Cdc, tuple[Callable[..., Value], Value]] = {
    **dict.fromkeys((Cdc.SPS, Cdc.SPC, Cdc.ACT, Cdc.ACD), _BOOL),
    **dict.fromkeys((Cdc.DPC, Cdc.DPS), _DBPOS),
    **dict.fromkeys((Cdc.INS, Cdc.ENS, Cdc.ISC), _INT),
    Cdc.MV: (_float, math.nan),
}
"""How a stored number becomes a value, and what stands for one that cannot."""


def sample_of(cdc: Cdc, row: DbRow) -> Sample:
    """A value stored when the point had another class, and does not fit this one, comes back invalid."""
    convert, instead = _TYPES[cdc]
    quality = int(row.quality)
    try:
        value = convert(row.value)
    except (TypeError, ValueError):
        value, quality = instead, quality | _UNREADABLE
    source_ns = row.time_ns if row.has_source_time else None
    return Sample(Handle(row.handle), value, quality, source_ns, row.arrival_ns)
