"""From a planning grid whose buses and branches are numbered (MATPOWER) to the node-breaker network of a site.

What planning data do not have is assumed here, the same way every time: a length, from a usual reactance per km, and a
rating where there is none; a switch at each branch's from end.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from models.errors import ConfigError
from models.network.assumptions import Assumptions
from models.network.busbranch import Branch, Bus, BusBranch, Demand, EndSwitch, Infeed, Production
from models.network.completion import completed
from models.network.elements import Network
from models.network.nodebreaker import convert
from models.network.planning import PlanningBranch, PlanningGrid

REACTANCE_OHM_PER_M = 0.35e-3
"""Of an overhead line of 10 to 20 kV."""
LEAST_LENGTH_M = 10.0
OMITTED = "use `ringmain study`, which reckons with it"


def site(grid: PlanningGrid, assumptions: Assumptions, file: str) -> Network:
    """The network of a site. ConfigError for transformers, shunts and couplers, which have no place in it."""
    return completed(convert(_bus_branch(grid, assumptions, file), assumptions, file))


def _bus_branch(grid: PlanningGrid, assumptions: Assumptions, file: str) -> BusBranch:
    _refuse(grid, file)
    numbers = [int(bus.id) for bus in grid.buses]
    return BusBranch(
        name=grid.name,
        frequency_hz=grid.frequency_hz,
        buses=tuple(Bus(number, bus.nominal_voltage_v) for number, bus in zip(numbers, grid.buses, strict=True)),
        branches=tuple(_branch(each, numbers, grid.frequency_hz, assumptions) for each in grid.branches),
        switches=tuple(EndSwitch(numbers[each.from_bus], int(each.id), False, each.closed) for each in grid.branches),
        infeeds=tuple(Infeed(numbers[each.bus], each.voltage_pu) for each in grid.sources),
        transformers=(),
        demands=tuple(_demands(grid, numbers)),
        productions=tuple(
            Production(number, bus.generation_w, "generator")
            for number, bus in zip(numbers, grid.buses, strict=True)
            if bus.generation_w > 0
        ),
    )


def _refuse(grid: PlanningGrid, file: str) -> None:
    for branch in grid.branches:
        if branch.transformer:
            raise ConfigError(file, None, f"branch {branch.id} is a transformer, which has no place in a site", OMITTED)
        if branch.resistance_ohm < 0 or branch.reactance_ohm < 0:
            raise ConfigError(file, None, f"branch {branch.id} has a negative impedance", OMITTED)
    for bus in grid.buses:
        if bus.shunt_w or bus.shunt_var:
            raise ConfigError(file, None, f"bus {bus.id} has a shunt, which has no place in a site", OMITTED)


def _branch(each: PlanningBranch, numbers: list[int], frequency_hz: float, assumptions: Assumptions) -> Branch:
    return Branch(
        number=int(each.id),
        from_bus=numbers[each.from_bus],
        to_bus=numbers[each.to_bus],
        length_m=max(LEAST_LENGTH_M, round(each.reactance_ohm / REACTANCE_OHM_PER_M)),
        resistance_ohm=each.resistance_ohm,
        reactance_ohm=each.reactance_ohm,
        capacitance_f=each.susceptance_s / (2 * math.pi * frequency_hz),
        rated_current_a=each.rated_a if math.isfinite(each.rated_a) else assumptions.breaker_rated_current_a,
    )


def _demands(grid: PlanningGrid, numbers: list[int]) -> Iterator[Demand]:
    for number, bus in zip(numbers, grid.buses, strict=True):
        if bus.load_w or bus.load_var:
            yield Demand(number, bus.load_w, bus.load_var, bus.load_w, False)
