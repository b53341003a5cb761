"""Settings of a link that concern its reports and reads.

`buffer_time_ms`: BufTm written to every block: changes within it come as one report. Default: the device's own.
`read_period_s`: how often the points that no report brings are read, one request for many; at least 1. Default 5.
`dynamic_data_sets`: where a point is in no data set and the device has a block without one: `association` makes a data
    set that ends with the association, `persistent` one that is deleted when the link is closed, `never`. Default
    `association`.
`dynamic_members`: members of such a data set at most (Services: DynDataSet maxAttributes). Default 50.
`flood_reports`: reports in a second that are taken for a flood. Default 5000.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from models.driver import LinkConfig
from models.errors import ConfigError

MODES = ("association", "persistent", "never")
_NUMBERS: dict[str, tuple[float, float]] = {  # default, least
    "buffer_time_ms": (-1, 0),
    "read_period_s": (5.0, 1.0),
    "dynamic_members": (50, 1),
    "flood_reports": (5000, 10),
}
REPORT_KEYS = (*_NUMBERS, "dynamic_data_sets")


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """See the module. buffer_time_ms: None leaves the device's own."""

    buffer_time_ms: int | None = None
    read_period_s: float = 5.0
    dynamic_data_sets: str = "association"
    dynamic_members: int = 50
    flood_reports: int = 5000


def read_reports(link: LinkConfig) -> ReportSettings:
    """ConfigError names link, key and remedy."""
    numbers = {key: _number(link, key) for key in _NUMBERS}
    mode = str(link.settings.get("dynamic_data_sets", MODES[0]))
    if mode not in MODES:
        raise _wrong(link, "dynamic_data_sets", f"write one of {', '.join(MODES)}")
    buffer_time = round(numbers["buffer_time_ms"])
    return ReportSettings(
        buffer_time_ms=None if buffer_time < 0 else buffer_time,
        read_period_s=numbers["read_period_s"],
        dynamic_data_sets=mode,
        dynamic_members=round(numbers["dynamic_members"]),
        flood_reports=round(numbers["flood_reports"]),
    )


def _number(link: LinkConfig, key: str) -> float:
    default, least = _NUMBERS[key]
    value = link.settings.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _wrong(link, key, f"write a number, at least {least:g}")
    if value < least and value != default:
        raise _wrong(link, key, f"write a number, at least {least:g}")
    return float(value)


def _wrong(link: LinkConfig, key: str, remedy: str) -> ConfigError:
    return ConfigError(f"link {link.name}", None, f"setting {key} = {link.settings.get(key)!r} is not usable", remedy)
