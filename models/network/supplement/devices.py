"""Devices of a supplement: indicators, capacitor banks, regulators, generators; overloads and loads after outages."""

from __future__ import annotations

import math
from dataclasses import replace

from models.config import Table
from models.network.elements import Neutral
from models.network.planning import PlanningGrid
from models.network.supplement.bounded import count, not_negative, number, positive
from models.network.supplement.model import (
    CapacitorBank,
    ColdLoad,
    DispersedGenerator,
    NeutralTreatment,
    Overload,
    PlacedIndicator,
    Regulator,
    Sees,
    Supplement,
)
from models.network.supplement.places import Places
from models.network.supplement.volt_var import MOST_STEPS, read_horizon, read_siting, read_wear_wh

MOST_TAPPED_PU = 0.5
"""By which all taps of a regulator together move the voltage to either side."""


def without_supplement(grid: PlanningGrid) -> Supplement:
    """What holds without a file: an indicator at the from end of every branch, nothing else."""
    return Supplement(
        indicators=_everywhere(grid, PlacedIndicator("", 0, 0)),
        overloads=(Overload(),) * len(grid.branches),
        cold_loads=(ColdLoad(),) * len(grid.buses),
    )


def devices(table: Table, grid: PlanningGrid) -> Supplement:
    """Everything of the file that has no place in the grid. ConfigError: file, line, what, remedy."""
    places = Places(grid)
    return Supplement(
        indicators=_indicators(table, grid, places),
        overloads=_overloads(table, grid, places),
        cold_loads=_cold_loads(table, grid, places),
        capacitors=tuple(_capacitor(each, grid, places) for each in table.tables("capacitor")),
        regulators=tuple(_regulator(each, grid, places) for each in table.tables("regulator")),
        generators=tuple(_generator(each, grid, places) for each in table.tables("generator")),
        neutral=_neutral(table),
        horizon=read_horizon(table),
        siting=read_siting(table, grid),
    )


def _everywhere(grid: PlanningGrid, kind: PlacedIndicator) -> tuple[PlacedIndicator, ...]:
    """Where the network file has indicators, else at every from end."""
    places = grid.indicated or [(number, branch.from_bus) for number, branch in enumerate(grid.branches)]
    return tuple(_at(kind, f"{grid.branches[branch].id}@{grid.buses[bus].id}", (branch, bus)) for branch, bus in places)


def _indicators(table: Table, grid: PlanningGrid, places: Places) -> tuple[PlacedIndicator, ...]:
    section = table.table("indicators")
    usual = _indicator(section, PlacedIndicator("", 0, 0))
    if "places" in section:
        ends = section.take_list("places", str)
        found = {name: _at(usual, name, places.end_named(name, section, "places")) for name in ends}
    else:
        found = {each.id: each for each in _everywhere(grid, usual)}
    for name in section.take_list("without", str, []):
        if found.pop(name, None) is None:
            raise section.error("without", f"there is no indicator '{name}'", "write BRANCH@BUS of one that is there")
    section.done()
    for each in table.tables("indicator"):
        name = each.take("at", str)
        found[name] = _at(_indicator(each, usual), name, places.end_named(name, each, "at"))
        each.done()
    return tuple(sorted(found.values(), key=lambda each: (each.branch, each.end)))


def _at(kind: PlacedIndicator, name: str, place: tuple[int, int]) -> PlacedIndicator:
    return replace(kind, id=name, branch=place[0], end=place[1])


def _indicator(table: Table, usual: PlacedIndicator) -> PlacedIndicator:
    sees = table.take("sees", str, usual.sees.value)
    if sees not in {each.value for each in Sees}:
        raise table.error("sees", f"'{sees}' is nothing an indicator sees", f"write {_one_of(Sees)}")
    return replace(
        usual,
        sees=Sees(sees),
        directional=table.take("directional", bool, usual.directional),
        reset_s=not_negative(table, "reset_s", usual.reset_s),
        reset_by_voltage=table.take("reset_by_voltage", bool, usual.reset_by_voltage),
    )


def _overloads(table: Table, grid: PlanningGrid, places: Places) -> tuple[Overload, ...]:
    """[overload] for all lines and transformers, then what single branches say."""
    section = table.table("overload")
    usual = {
        kind: _overload(section, Overload(), f"{name}_pu", f"{name}_s")
        for kind, name in ((False, "lines"), (True, "transformers"))
    }
    section.done()
    found = [usual[branch.transformer] for branch in grid.branches]
    for each in table.tables("branch"):
        place = places.branch(each, "id")
        for key in ("rated_a", "rated_va"):
            each.optional(key, float)
        found[place] = _overload(each, found[place], "overload_pu", "overload_s")
        each.done()
    return tuple(found)


def _overload(table: Table, usual: Overload, loading_key: str, duration_key: str) -> Overload:
    loading = positive(table, loading_key, usual.loading_pu)
    if loading < 1.0:
        raise table.error(loading_key, f"'{loading_key}' is {loading:g}", "write 1 or more, p.u. of the rating")
    if loading_key in table and loading > 1.0 and duration_key not in table:
        raise table.error(loading_key, f"for how long is missing: '{duration_key}'", "state the duration in seconds")
    return Overload(loading, not_negative(table, duration_key, usual.duration_s))


def _cold_loads(table: Table, grid: PlanningGrid, places: Places) -> tuple[ColdLoad, ...]:
    section = table.table("cold_load")
    usual = _cold_load(section, ColdLoad(), "factor", "duration_s")
    section.done()
    found = [usual] * len(grid.buses)
    for each in table.tables("bus"):
        place = places.bus(each, "id")
        for key, kind in _BUS_KEYS.items():
            each.optional(key, kind)
        found[place] = _cold_load(each, usual, "cold_load_factor", "cold_load_s")
        each.done()
    return tuple(found)


_BUS_KEYS: dict[str, type[int] | type[float]] = {
    "load_w": float,
    "load_var": float,
    "customers": int,
    "critical_customers": int,
    "voltage_min_pu": float,
    "voltage_max_pu": float,
}


def _cold_load(table: Table, usual: ColdLoad, factor_key: str, duration_key: str) -> ColdLoad:
    factor = positive(table, factor_key, usual.factor)
    if factor < 1.0:
        raise table.error(factor_key, f"'{factor_key}' is {factor:g}", "write 1 or more, times the load before")
    return ColdLoad(factor, not_negative(table, duration_key, usual.duration_s))


def _capacitor(table: Table, grid: PlanningGrid, places: Places) -> CapacitorBank:
    bus = places.bus(table, "bus")
    name = table.take("id", str, f"capacitor@{grid.buses[bus].id}")
    bank = CapacitorBank(
        name,
        bus,
        positive(table, "step_var"),
        count(table, "steps", most=MOST_STEPS),
        count(table, "steps_on", 0),
        table.take("constant_power", bool, True),
        read_wear_wh(table),
    )
    if bank.steps_on > bank.steps:
        raise table.error("steps_on", f"{bank.steps_on} of {bank.steps} steps", "no more are on than there are")
    table.done()
    return bank


def _regulator(table: Table, grid: PlanningGrid, places: Places) -> Regulator:
    branch = places.branch(table, "branch")
    name = table.take("id", str, f"regulator@{grid.branches[branch].id}")
    held = places.bus(table, "bus") if "bus" in table else grid.branches[branch].to_bus
    lowest, highest = table.take("tap_min", int), table.take("tap_max", int)
    tap = table.take("tap", int, 0)
    if not lowest <= tap <= highest:
        raise table.error("tap", f"tap {tap} is not within {lowest} to {highest}", "correct the positions")
    if highest - lowest > MOST_STEPS:
        raise table.error("tap_max", f"{highest - lowest} steps", f"a regulator has at most {MOST_STEPS}")
    tap_step_pu = positive(table, "tap_step_pu")
    if tap_step_pu * max(tap - lowest, highest - tap) >= MOST_TAPPED_PU:
        problem = f"its taps move the voltage by {tap_step_pu * max(tap - lowest, highest - tap):.0%}"
        raise table.error("tap_step_pu", problem, f"write steps that move it by less than {MOST_TAPPED_PU:.0%}")
    regulator = Regulator(
        name,
        branch,
        held,
        tap,
        lowest,
        highest,
        tap_step_pu,
        positive(table, "target_pu", 1.0),
        positive(table, "bandwidth_pu", 0.02),
        not_negative(table, "delay_s", 60.0),
        read_wear_wh(table),
    )
    table.done()
    return regulator


def _generator(table: Table, grid: PlanningGrid, places: Places) -> DispersedGenerator:
    bus = places.bus(table, "bus")
    name = table.take("id", str, f"generator@{grid.buses[bus].id}")
    power_var = number(table, "power_var", 0.0)
    lowest, highest = number(table, "var_min", power_var), number(table, "var_max", power_var)
    if not lowest <= power_var <= highest:
        raise table.error("var_min", f"{power_var:g} var is not within var_min and var_max", "correct the range")
    power_w, return_s = not_negative(table, "power_w"), not_negative(table, "reconnection_s", 60.0)
    table.done()
    return DispersedGenerator(name, bus, power_w, power_var, lowest, highest, return_s)


def _neutral(table: Table) -> NeutralTreatment | None:
    if "neutral" not in table:
        return None
    section = table.table("neutral")
    treatment = section.take("treatment", str)
    if treatment not in {each.value for each in Neutral}:
        raise section.error("treatment", f"'{treatment}' is no treatment of a neutral", f"write {_one_of(Neutral)}")
    lowest, highest = section.optional("coil_min_a", float), section.optional("coil_max_a", float)
    stays = section.optional("residual_current_max_a", float)
    if any(each is not None and not 0 <= each < math.inf for each in (lowest, highest, stays)):
        raise section.error(None, "a current is negative or no number", "write A from 0")
    section.done()
    return NeutralTreatment(Neutral(treatment), lowest, highest, stays)


def _one_of(kinds: type[Sees] | type[Neutral]) -> str:
    return ", ".join(each.value for each in kinds)
