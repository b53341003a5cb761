"""`[control]` of unit.toml: times of the command gate that are no matter of FDIR."""

from __future__ import annotations

import math
from dataclasses import dataclass

from models.config import Table


@dataclass(frozen=True, slots=True)
class ControlSettings:
    """regulation_s: how long a tap changer or a set-point may take until its feedback shows the command."""

    regulation_s: float = 30.0


def read_control(table: Table) -> ControlSettings:
    """ConfigError with line and remedy."""
    regulation_s = table.take("regulation_s", float, ControlSettings().regulation_s)
    table.done()
    if not 0.0 < regulation_s < math.inf:
        raise table.error("regulation_s", f"'regulation_s' is {regulation_s:g}", "give a number of seconds above 0")
    return ControlSettings(regulation_s)
