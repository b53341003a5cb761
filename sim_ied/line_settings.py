"""Tables of `world.toml` about what stands along the lines: sectionalisers, slow links, mobile generators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.config import Table


@dataclass(frozen=True, slots=True)
class Sectionalisers:
    """pickup_a: current that counts as fault current; None: the pickup of the indicators. memory_s: a count is
    forgotten after so long without another one."""

    pickup_a: float | None = None
    memory_s: float = 120.0


@dataclass(frozen=True, slots=True)
class MobileGenerator:
    """A generator that a crew brings to a busbar: nothing of it is in the network file, no device tells of it."""

    id: str
    node: str
    rated_power_w: float


def read_sectionalisers(table: Table) -> Sectionalisers:
    """ConfigError for what is unknown or out of range, as for the others here."""
    found = Sectionalisers(
        _within(table, "pickup_a", 1.0, 1e5) if "pickup_a" in table else None,
        _within(table, "memory_s", 1.0, 3600.0, 120.0),
    )
    table.done()
    return found


def read_slow_links(table: Table) -> Mapping[str, tuple[float, float]]:
    """By station, the least and the most that its RTU is late, in seconds."""
    found: dict[str, tuple[float, float]] = {}
    for station in table:
        delays = table.take_list(station, float)
        if len(delays) != 2 or not 0.0 <= delays[0] <= delays[1] <= 600.0:
            raise table.error(station, f"'{station}' is {delays}", "write [least, most] in seconds, up to 600")
        found[station] = delays[0], delays[1]
    table.done()
    return found


def read_mobile_generators(table: Table) -> tuple[MobileGenerator, ...]:
    """One per table, in the file's order; named by the table."""
    return tuple(_mobile_generator(key, table.table(key)) for key in table)


def _mobile_generator(name: str, table: Table) -> MobileGenerator:
    found = MobileGenerator(name, table.take("node", str), _within(table, "rated_power_w", 1e3, 1e8))
    table.done()
    return found


def _within(table: Table, key: str, low: float, high: float, default: float | None = None) -> float:
    value = table.take(key, float, default)
    if not low <= value <= high:
        raise table.error(key, f"'{key}' is {value:g}", f"write a number from {low:g} to {high:g}")
    return value
