"""`[control_centre.time]` and `clock` of unit.toml: time tags of a link, and whether its peer may set our clock."""

from __future__ import annotations

from datetime import UTC, tzinfo
from enum import Enum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models.config import Table
from protocols.iec104.application.cp56 import TagStyle, Unsynchronised
from substation.northbound.agreed.services import choice


class ClockRule(Enum):
    """Whether a control centre may set the unit's clock (SAFETY S23)."""

    REFUSE = "refuse"
    WHEN_UNSYNCHRONISED = "when_unsynchronised"


def read_clock_rule(table: Table) -> bool:
    """Key `clock`: True where the control centre may set a clock that is not synchronised."""
    return choice(table, "clock", ClockRule.REFUSE) is ClockRule.WHEN_UNSYNCHRONISED


def read_time(table: Table) -> tuple[tzinfo, TagStyle]:
    """Keys zone, summer_time, day_of_week, clock_unsynchronised; ConfigError for a zone that is unknown here."""
    name = table.take("zone", str, "UTC")
    try:
        zone: tzinfo = UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise table.error(
            "zone", f"time zone {name!r} is unknown", "write one such as Europe/Berlin, or UTC"
        ) from error
    style = TagStyle(
        summer_time=table.take("summer_time", bool, True),
        day_of_week=table.take("day_of_week", bool, True),
        unsynchronised=choice(table, "clock_unsynchronised", Unsynchronised.MARK),
    )
    table.done()
    return zone, style
