"""What a restoration prefers: whom it feeds first, and which switches it trusts least (keys of `[fdir]`)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from models.config import Table
from models.network.elements import Load, Switch
from substation.image import ProcessImage
from substation.mv.indication import battery_low
from substation.mv.reading import station_of

MOST_OPENINGS = 4


@dataclass(frozen=True, slots=True)
class Preferences:
    """customer_w, critical_customer_w: what one of them weighs besides the load, in W. most_openings: splitting
    switches of one plan; a second one brought 1 MW and more on the example grid, a third one at most 60 kW. used_last:
    switches or stations whose remote control has often failed. overloads: loading in p.u. of rating that a line or
    transformer may carry for a while (SAFETY S16), as the gate has it.
    """

    customer_w: float = 0.0
    critical_customer_w: float = 0.0
    most_openings: int = 2
    used_last: frozenset[str] = frozenset()
    overloads: Mapping[str, float] = field(default_factory=dict)

    def weight_w(self, load: Load) -> float:
        """What the load counts besides its power."""
        return self.customer_w * load.customers + self.critical_customer_w * load.critical_customers

    def doubted(self, image: ProcessImage, switches: Iterable[Switch]) -> dict[str, str]:
        """Switches that are operated only where nothing else restores as much, with the reason [OP7]."""
        found = {switch.id: self._doubt(image, switch) for switch in switches}
        return {switch: reason for switch, reason in found.items() if reason}

    def _doubt(self, image: ProcessImage, switch: Switch) -> str:
        station = station_of(switch)
        if self.used_last & {switch.id, station}:
            return f"the remote control of {switch.id} is listed as unreliable"
        return battery_low(image, station)


def read_preferences(table: Table) -> Preferences:
    """Keys of `[fdir]`. ConfigError with line and remedy."""
    usual = Preferences()
    openings = table.take("most_openings", int, usual.most_openings)
    if not 0 <= openings <= MOST_OPENINGS:
        raise table.error("most_openings", f"'most_openings' is {openings}", f"give 0 to {MOST_OPENINGS}")
    return Preferences(
        customer_w=_weight(table, "customer_w"),
        critical_customer_w=_weight(table, "critical_customer_w"),
        most_openings=openings,
        used_last=frozenset(table.take_list("used_last", str, [])),
    )


def _weight(table: Table, key: str) -> float:
    value = table.take(key, float, 0.0)
    if not (math.isfinite(value) and 0 <= value <= 1e9):
        raise table.error(key, f"'{key}' is {value:g}", "give 0 to 1e9 W")
    return value
