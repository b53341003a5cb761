"""The seam between a meter and what it speaks: one link to one unit, over whatever protocol the meter has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from models.errors import ConfigError
from models.wire.keys import SigningKey
from sim_ied.customers.meter import Meter
from sim_ied.customers.settings import CustomersSettings, UnitPlace
from sim_ied.customers.sums import SumPart
from sim_ied.customers.world_time import WorldTime


class Side(Enum):
    """GRID: readings at the contract's rate, sums, set-points, tariffs. HOME: fast readings for the customer."""

    GRID = "grid"
    HOME = "home"


@dataclass(frozen=True, slots=True)
class Ends:
    """What a link joins. sums: None where the meters of the world take no part in them."""

    meter: Meter
    key: SigningKey
    unit: UnitPlace
    side: Side
    settings: CustomersSettings
    sums: SumPart | None
    time: WorldTime


class MeterLink(Protocol):
    """`run` until cancelled: keeps the link, whatever the unit does. cut: somebody has pulled the plug."""

    async def run(self) -> None: ...

    @property
    def up(self) -> bool: ...

    def cut(self, cut: bool) -> None: ...


LinkFactory = Callable[[Ends], MeterLink]


def link(factories: Mapping[str, LinkFactory], protocol: str, ends: Ends) -> MeterLink:
    """ConfigError for a protocol that no meter speaks."""
    if protocol not in factories:
        known = ", ".join(sorted(factories))
        raise ConfigError("customers.toml", None, f"protocol '{protocol}' of {ends.meter.name}", f"one of {known}")
    return factories[protocol](ends)
