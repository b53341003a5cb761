"""Services of `[[control_centre]]` in unit.toml: what it may ask for, and what it is sent unasked.

Each reader takes its own keys of the control centre's table; ConfigError with line and remedy.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import Enum
from typing import TypeVar

from models.config import Table
from models.errors import ConfigError
from protocols.iec104.controlled_station.service_settings import (
    COUNTER_GROUPS,
    GROUPS,
    CounterSettings,
    DeadbandSettings,
    Deviation,
    PackedSettings,
    Patterns,
    ScanSettings,
    ServiceSettings,
)

_LONGEST_PERIOD_S = 31 * 86_400.0
_LONGEST_INTERMEDIATE_S = 300.0
_MOST_PACKED = 16
Choice = TypeVar("Choice", bound=Enum)


def read_services(table: Table) -> ServiceSettings:
    """`groups`, `counters`, `deadband`, `periodic`, `background`, `packed`, `reset`, `parameters`, `intermediate_s`."""
    return ServiceSettings(
        groups=_groups(table.table("groups"), GROUPS),
        counters=_counters(table.table("counters")),
        deadbands=tuple(_deadband(each) for each in table.tables("deadband")),
        periodic=tuple(_scan(each) for each in table.tables("periodic")),
        background=tuple(_scan(each) for each in table.tables("background")),
        packed=tuple(_packed(each) for each in table.tables("packed")),
        reset=table.take("reset", bool, False),
        parameters=table.take("parameters", bool, False),
        intermediate_s=_seconds(table, "intermediate_s", 0.0, _LONGEST_INTERMEDIATE_S),
    )


def _groups(table: Table, numbers: Iterable[int]) -> dict[int, Patterns]:
    """Keys are numbers of groups, values a pattern or a list of them."""
    groups = {int(key): patterns(table, key) for key in table if key.isdigit() and int(key) in numbers}
    for key in table:
        if not key.isdigit() or int(key) not in numbers:
            first, *_, last = numbers
            raise table.error(key, f"there is no group {key!r}", f"groups are {first} to {last}")
    table.done()
    return groups


def patterns(table: Table, key: str) -> Patterns:
    """One pattern of point names, or a list of them."""
    try:
        found = tuple(table.take_list(key, str))
    except ConfigError:
        found = (table.take(key, str),)
    if not all(found) or not found:
        raise table.error(key, f"'{key}' names no point", 'write a pattern such as "*/MMXU1.*", or remove it')
    return found


def _counters(table: Table) -> CounterSettings:
    settings = CounterSettings(
        groups=_groups(table.table("groups"), COUNTER_GROUPS),
        freeze_period_s=_seconds(table, "freeze_period_s", 0.0, _LONGEST_PERIOD_S),
        reset=table.take("reset", bool, False),
        spontaneous=table.take("spontaneous", bool, False),
        commands=table.take("commands", bool, True),
        tagged=table.take("tagged", bool, False),
        running=table.take("running", bool, False),
    )
    if 0 < settings.freeze_period_s < 1:
        raise table.error(
            "freeze_period_s", f"'freeze_period_s' is {settings.freeze_period_s:g}", "give 0 (never), or 1 and more"
        )
    table.done()
    return settings


def _deadband(table: Table) -> DeadbandSettings:
    settings = DeadbandSettings(
        points=patterns(table, "points"),
        kind=choice(table, "kind", Deviation.ABSOLUTE),
        value=_seconds(table, "value", None, math.inf),
        range=_seconds(table, "range", 0.0, math.inf),
        smoothing_s=_seconds(table, "smoothing_s", 0.0, 3600.0),
        low=table.optional("low", float),
        high=table.optional("high", float),
    )
    if settings.low is not None and settings.high is not None and settings.low > settings.high:
        raise table.error("low", f"'low' is {settings.low:g}, above 'high'", "exchange them")
    table.done()
    return settings


def _scan(table: Table) -> ScanSettings:
    settings = ScanSettings(patterns(table, "points"), _seconds(table, "period_s", None, _LONGEST_PERIOD_S))
    if settings.period_s < 1:
        raise table.error("period_s", f"'period_s' is {settings.period_s:g}, too often", "give 1 and more")
    table.done()
    return settings


def _packed(table: Table) -> PackedSettings:
    settings = PackedSettings(
        table.take("common_address", int), table.take("object_address", int), tuple(table.take_list("points", str))
    )
    if not 1 <= settings.common_address < 0xFFFF or not 1 <= settings.object_address <= 0xFFFFFF:
        raise table.error(
            "object_address",
            f"address {settings.common_address}/{settings.object_address} cannot be sent",
            "give 1..65534 and 1..16777215",
        )
    if not 1 <= len(settings.points) <= _MOST_PACKED:
        raise table.error("points", f"{len(settings.points)} points", f"one object holds 1 to {_MOST_PACKED}")
    table.done()
    return settings


def _seconds(table: Table, key: str, default: float | None, most: float) -> float:
    """Any number from 0 to `most`."""
    value = table.take(key, float, default)
    if not 0 <= value <= most or math.isinf(value):
        raise table.error(
            key, f"'{key}' is {value:g}", f"give 0 to {most:g}" if math.isfinite(most) else "give 0 or more"
        )
    return value


def choice(table: Table, key: str, default: Choice) -> Choice:
    """One of the words of an enumeration."""
    kinds = {str(kind.value): kind for kind in type(default)}
    word = table.take(key, str, str(default.value))
    if word not in kinds:
        raise table.error(key, f"'{key}' is {word!r}", f"one of {', '.join(kinds)}")
    return kinds[word]
