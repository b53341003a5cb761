"""What the field told, compared with what a unit keeps: no event is lost, none is invented, their order is kept."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

TOLERANCE_NS = 2_000_000
"""IEC 60870-5-104 carries milliseconds, IEC 61850-8-1 about microseconds."""

_TOTALS, _GROUP = "MMTR1.", "LLN0.ActSG"
"""They are asked for and only the latest counts: test_totals.py and test_setting_groups.py look after them."""

_ROWS = f"""SELECT location || '/' || variable, value, time_ns FROM sample JOIN point USING (handle)
WHERE has_source_time AND variable NOT LIKE 'MMXU%' AND variable NOT LIKE 'RFLO%'
AND variable NOT IN ('ZBAT1.Vol', 'DWMX1.WLimSpt')
AND variable NOT LIKE '{_TOTALS}%' AND variable != '{_GROUP}' ORDER BY sequence"""
"""Events alone: of measurands the latest value counts."""


class Record(NamedTuple):
    """One event of a point, with the device's time tag."""

    point: str
    value: float
    time_ns: int


def shown(events: Iterable[Mapping[str, Any]]) -> list[Record]:
    """What the simulator gave to its devices."""
    asked = (f"/{_TOTALS}", f"/{_GROUP}")
    told = (each for each in events if not any(name in each["point"] for name in asked))
    return [Record(each["point"], float(each["value"]), each["time_ns"]) for each in told]


def kept(history: Path) -> list[Record]:
    """What a unit's history holds, in the order in which it was taken."""
    with closing(sqlite3.connect(f"file:{history}?mode=ro", uri=True)) as connection:
        return [Record(point, float(value), time_ns) for point, value, time_ns in connection.execute(_ROWS)]


def lost(events: Sequence[Record], records: Sequence[Record]) -> list[Record]:
    """Events that no record holds."""
    return _unmatched(events, records)


def invented(events: Sequence[Record], records: Sequence[Record]) -> list[Record]:
    """Records of events that never were; a record that is there twice is none."""
    return _unmatched(records, events)


def disordered(records: Iterable[Record]) -> list[Record]:
    """Records that came after a later one of the same point; repetitions of what is known already are allowed."""
    newest: dict[str, int] = {}
    known: set[Record] = set()
    found = []
    for record in records:
        if record.time_ns < newest.get(record.point, 0) and record not in known:
            found.append(record)
        known.add(record)
        newest[record.point] = max(record.time_ns, newest.get(record.point, 0))
    return found


def _unmatched(wanted: Sequence[Record], offered: Sequence[Record]) -> list[Record]:
    by_point: dict[tuple[str, float], list[int]] = defaultdict(list)
    for record in offered:
        by_point[record.point, record.value].append(record.time_ns)
    return [
        record
        for record in wanted
        if not any(abs(time_ns - record.time_ns) < TOLERANCE_NS for time_ns in by_point[record.point, record.value])
    ]
