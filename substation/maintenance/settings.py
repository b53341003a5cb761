"""`[maintenance]` of unit.toml: who may sign bundles, and how long a new release has to show that it is healthy."""

from __future__ import annotations

import math
from dataclasses import dataclass

from models.config import Table


@dataclass(frozen=True, slots=True)
class MaintenanceSettings:
    """signers: names of stakeholders whose signature counts; empty: every ENGINEER and INSTALLER.

    four_eyes: software needs two different signers. health_s: from the start of a new release until it must have
    reported ready; settle_s: how long it must then stay alive. stall_s: a unit that has not said for so long that it
    lives is started anew.
    """

    signers: tuple[str, ...] = ()
    four_eyes: bool = False
    health_s: float = 60.0
    settle_s: float = 10.0
    stall_s: float = 30.0


def read_maintenance(table: Table) -> MaintenanceSettings:
    """ConfigError with file, line and remedy."""
    settings = MaintenanceSettings(
        signers=tuple(table.take_list("signers", str, [])),
        four_eyes=table.take("four_eyes", bool, False),
        health_s=_seconds(table, "health_s", 60.0),
        settle_s=_seconds(table, "settle_s", 10.0),
        stall_s=_seconds(table, "stall_s", 30.0),
    )
    table.done()
    return settings


def _seconds(table: Table, key: str, default: float) -> float:
    value = table.take(key, float, default)
    if not 0.1 <= value <= 3600.0 or not math.isfinite(value):
        raise table.error(key, f"'{key}' is {value:g}", "give a number of seconds from 0.1 to 3600")
    return value
