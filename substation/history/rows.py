"""Samples and lines of the event list as rows of the database, and back."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import cast

import sqlalchemy as sa

from models.alarm import Category, Event, Severity
from models.point import Cdc, Dbpos, Handle, Sample, Value
from models.quality import Quality
from substation.history.document import Document
from substation.history.engine import Row

DbRow = sa.Row[tuple[object, ...]]

_SampleRow = tuple[Handle, int, int, bool, int, float | None, int]
_UNREADABLE = int(Quality.INVALID | Quality.INCONSISTENT)


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
    **dict.fromkeys((Cdc.INS, Cdc.ENS, Cdc.INC, Cdc.ISC, Cdc.BSC, Cdc.BCR), _INT),
    **dict.fromkeys((Cdc.MV, Cdc.APC), (_float, math.nan)),
}
"""How a stored number becomes a value, and what stands for one that cannot."""


def samples_of(cdc: Cdc, rows: Iterable[Row | DbRow]) -> list[Sample]:
    """Of rows of the table `sample`. A value stored when the point had another class comes back invalid."""
    convert, instead = _TYPES[cdc]
    found = []
    for handle, time_ns, _, has_source_time, arrival_ns, stored, quality in cast(Iterable[_SampleRow], rows):
        try:
            value = convert(stored)
        except (TypeError, ValueError, ArithmeticError):
            value, quality = instead, quality | _UNREADABLE
        found.append(Sample(handle, value, int(quality), time_ns if has_source_time else None, arrival_ns))
    return found
