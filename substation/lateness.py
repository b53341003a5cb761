"""How late the devices of a station tell what has happened: slow links and RTUs that are polled now and then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from models.config import Table

MOST_S = 600.0


def read_late(table: Table) -> Mapping[str, float]:
    """[fdir.late_s]: station to seconds. ConfigError for what is out of range."""
    found = {station: table.take(station, float) for station in table}
    for station, late_s in found.items():
        if not 0 <= late_s <= MOST_S:
            raise table.error(station, f"'{station}' is {late_s:g}", f"give seconds from 0 to {MOST_S:g}")
    table.done()
    return found


def latest_s(late_s: Mapping[str, float], locations: Iterable[str]) -> float:
    """The most that any of these places may be late."""
    return max((late_s.get(location.partition("/")[0], 0.0) for location in locations), default=0.0)
