"""What only Volt/Var studies ask of a supplement: a horizon of loads, and where capacitor banks may be put."""

from __future__ import annotations

from dataclasses import dataclass

from models.config import Table
from models.network.planning import PlanningGrid
from models.network.supplement.bounded import count, not_negative, positive
from models.network.supplement.places import Places

MOST_BANKS = 12
"""To be sited: the time that takes grows with their square."""
MOST_STEPS = 1000
"""Of one device."""
MOST_MOMENTS = 40_000
"""A year of quarters of an hour, and some."""
MOST_TIMES = 1000.0
"""The load or generation that the grid has."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """load, generation: of each moment, times what the grid has; of the same length. step_s: between two moments."""

    step_s: float = 900.0
    load: tuple[float, ...] = (1.0,)
    generation: tuple[float, ...] = (1.0,)


@dataclass(frozen=True, slots=True)
class SitingWish:
    """banks: how many at most, each of `steps` steps of step_var; buses: positions where one may stand."""

    banks: int
    step_var: float
    steps: int
    buses: tuple[int, ...]
    constant_power: bool = True


def read_horizon(table: Table) -> Horizon:
    """`[horizon]`; ConfigError with line and remedy."""
    section = table.table("horizon")
    step_s = positive(section, "step_s", 900.0)
    load = tuple(section.take_list("load", float, [1.0]))
    generation = tuple(section.take_list("generation", float, [1.0] * len(load)))
    section.done()
    if not load or len(load) != len(generation):
        text = f"{len(load)} loads and {len(generation)} generations"
        raise section.error("generation", text, "state both of them for each moment")
    if len(load) > MOST_MOMENTS:
        raise section.error("load", f"{len(load)} moments", f"state at most {MOST_MOMENTS}")
    if any(not 0.0 <= each <= MOST_TIMES for each in (*load, *generation)):
        raise section.error(
            "load", "a factor is negative, huge or no number", f"write factors from 0 to {MOST_TIMES:g}"
        )
    return Horizon(step_s, load, generation)


def read_siting(table: Table, grid: PlanningGrid) -> SitingWish | None:
    """`[siting]`; None where nothing is to be sited."""
    if "siting" not in table:
        return None
    section = table.table("siting")
    places = Places(grid)
    sources = {source.bus for source in grid.sources}
    anywhere = tuple(number for number in range(len(grid.buses)) if number not in sources)
    named = tuple(places.bus_named(name, section, "buses") for name in section.take_list("buses", str, []))
    wish = SitingWish(
        count(section, "banks", most=MOST_BANKS),
        positive(section, "step_var"),
        count(section, "steps", 12, MOST_STEPS),
        named or anywhere,
        section.take("constant_power", bool, True),
    )
    section.done()
    if not wish.banks or not wish.steps:
        raise section.error("banks", "no bank or no step", "write numbers from 1")
    return wish


def read_wear_wh(table: Table) -> float:
    """`operation_wh` of a device: losses that one step has to save."""
    return not_negative(table, "operation_wh", 0.0)
