"""`[control]` of unit.toml: times of the command gate that are no matter of FDIR."""

from __future__ import annotations

import math
from dataclasses import dataclass

from models.config import Table

_MOST_OCTETS = 64  # orIdent of IEC 61850-7-3


@dataclass(frozen=True, slots=True)
class ControlSettings:
    """regulation_s: how long a tap changer or a set-point may take until its feedback shows the command.

    identity_octets: how much of the originator's name devices are told (orIdent of IEC 61850; some crash on long ones).
    """

    regulation_s: float = 30.0
    identity_octets: int = 24


def read_control(table: Table) -> ControlSettings:
    """ConfigError with line and remedy."""
    regulation_s = table.take("regulation_s", float, ControlSettings().regulation_s)
    octets = table.take("identity_octets", int, ControlSettings().identity_octets)
    table.done()
    if not 0 <= octets <= _MOST_OCTETS:
        remedy = f"give a number from 0 to {_MOST_OCTETS}"
        raise table.error("identity_octets", f"'identity_octets' is {octets}", remedy)
    if not 0.0 < regulation_s < math.inf:
        raise table.error("regulation_s", f"'regulation_s' is {regulation_s:g}", "give a number of seconds above 0")
    return ControlSettings(regulation_s, octets)
