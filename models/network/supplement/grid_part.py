"""What a supplement changes in the grid itself: ties, sources, limits, ratings, customers, loads."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from models.config import Table
from models.network.planning import PlanningBranch, PlanningBus, PlanningGrid, PlanningSource, PlanningSwitch
from models.network.supplement.bounded import count, not_negative, number, positive
from models.network.supplement.places import Places


def with_grid_part(table: Table, grid: PlanningGrid) -> PlanningGrid:
    """The grid with everything of the file that has a place in it. ConfigError: file, line, what, remedy."""
    for part in _PARTS:
        grid = part(table, grid)
    return grid


def _phases(table: Table, grid: PlanningGrid) -> PlanningGrid:
    """A file that describes one of three phases, by its voltages to earth: times root 3, powers times 3."""
    if not table.take("one_phase", bool, False):
        return grid
    root = math.sqrt(3)
    return replace(
        grid,
        buses=tuple(_of_three_phases(bus) for bus in grid.buses),
        branches=tuple(replace(branch, rated_a=branch.rated_a * root) for branch in grid.branches),
        findings=tuple(each for each in grid.findings if "those of one phase" not in each),
    )


def _of_three_phases(bus: PlanningBus) -> PlanningBus:
    return replace(
        bus,
        nominal_voltage_v=bus.nominal_voltage_v * math.sqrt(3),
        load_w=bus.load_w * 3,
        load_var=bus.load_var * 3,
        generation_w=bus.generation_w * 3,
        generation_var=bus.generation_var * 3,
        converters_w=bus.converters_w * 3,
        shunt_w=bus.shunt_w * 3,
        shunt_var=bus.shunt_var * 3,
    )


def _ties(table: Table, grid: PlanningGrid) -> PlanningGrid:
    """Branches that the file lacks; each has one switch, which cuts both ends."""
    branches, switches = list(grid.branches), list(grid.switches)
    for each in table.tables("tie"):
        branch = _tie(each, grid, {known.id for known in branches})
        switches.append(
            PlanningSwitch(branch.id, len(branches), (branch.from_bus, branch.to_bus), branch.closed, branch.remote)
        )
        branches.append(branch)
        each.done()
    return replace(grid, branches=tuple(branches), switches=tuple(switches))


def _tie(table: Table, grid: PlanningGrid, known: set[str]) -> PlanningBranch:
    places = Places(grid)
    name = table.take("id", str)
    start, end = places.bus(table, "from"), places.bus(table, "to")
    if name in known or not name:
        raise table.error("id", f"the network has a branch '{name}' already", "give the tie an id of its own")
    if start == end or grid.buses[start].nominal_voltage_v != grid.buses[end].nominal_voltage_v:
        raise table.error("to", "a tie joins two different buses of one voltage", "name two such buses")
    return PlanningBranch(
        id=name,
        from_bus=start,
        to_bus=end,
        resistance_ohm=not_negative(table, "resistance_ohm"),
        reactance_ohm=number(table, "reactance_ohm"),
        closed=table.take("closed", bool, False),
        susceptance_s=not_negative(table, "susceptance_s", 0.0),
        rated_a=positive(table, "rated_a") if "rated_a" in table else math.inf,
        opened_by=name,
        closed_by=name,
        remote=table.take("remote", bool, True),
    )


def _sources(table: Table, grid: PlanningGrid) -> PlanningGrid:
    """Voltage and short-circuit power of sources; at a bus without one a source is added."""
    places = Places(grid)
    sources = {source.bus: source for source in grid.sources}
    for each in table.tables("source"):
        bus = places.bus(each, "bus")
        before = sources.get(bus)
        source = before or PlanningSource(grid.buses[bus].id, bus, positive(each, "voltage_pu"))
        if "voltage_pu" in each:
            source = replace(source, voltage_pu=positive(each, "voltage_pu"))
        if "short_circuit_power_va" in each:
            magnitude = grid.buses[bus].nominal_voltage_v ** 2 / positive(each, "short_circuit_power_va")
            ratio = not_negative(each, "rx_ratio")
            reactance = magnitude / math.hypot(1.0, ratio)
            source = replace(source, resistance_ohm=ratio * reactance, reactance_ohm=reactance)
        sources[bus] = source
        each.done()
    return replace(grid, sources=tuple(sources.values()))


def _limits(table: Table, grid: PlanningGrid) -> PlanningGrid:
    limits = table.table("limits")
    lowest, highest = limits.optional("voltage_min_pu", float), limits.optional("voltage_max_pu", float)
    lines = positive(limits, "line_loading_pu", 1.0)
    transformers = positive(limits, "transformer_loading_pu", 1.0)
    limits.done()
    buses = tuple(_limited(bus, lowest, highest, limits) for bus in grid.buses)
    branches = (
        replace(branch, rated_a=branch.rated_a * (transformers if branch.transformer else lines))
        for branch in grid.branches
    )
    findings = grid.findings
    if lowest is not None and highest is not None:
        findings = tuple(each for each in findings if not each.startswith("no voltage limits"))
    return replace(grid, buses=buses, branches=tuple(branches), findings=findings)


def _limited(bus: PlanningBus, lowest: float | None, highest: float | None, table: Table) -> PlanningBus:
    limited = replace(
        bus,
        voltage_min_pu=bus.voltage_min_pu if lowest is None else lowest,
        voltage_max_pu=bus.voltage_max_pu if highest is None else highest,
    )
    if not 0 <= limited.voltage_min_pu < limited.voltage_max_pu < 2:
        key = "voltage_min_pu" if lowest is not None else "voltage_max_pu"
        found = f"{limited.voltage_min_pu:g} to {limited.voltage_max_pu:g} p.u. at bus {bus.id} is no voltage range"
        raise table.error(key, found, "write p.u. of nominal voltage, the lower limit below the upper one")
    return limited


def _buses(table: Table, grid: PlanningGrid) -> PlanningGrid:
    places, buses = Places(grid), list(grid.buses)
    for each in table.tables("bus"):
        place = places.bus(each, "id")
        bus = buses[place]
        changed = replace(
            bus,
            load_w=number(each, "load_w", bus.load_w),
            load_var=number(each, "load_var", bus.load_var),
            customers=count(each, "customers", bus.customers),
            critical_customers=count(each, "critical_customers", bus.critical_customers),
        )
        lowest, highest = each.optional("voltage_min_pu", float), each.optional("voltage_max_pu", float)
        buses[place] = _limited(changed, lowest, highest, each)
    return replace(grid, buses=tuple(buses))


def _branches(table: Table, grid: PlanningGrid) -> PlanningGrid:
    places, branches = Places(grid), list(grid.branches)
    for each in table.tables("branch"):
        place = places.branch(each, "id")
        if "rated_va" in each and "rated_a" in each:
            raise each.error("rated_va", "a branch has one rating", "write rated_a or rated_va")
        if "rated_a" in each:
            branches[place] = replace(branches[place], rated_a=positive(each, "rated_a"))
        if "rated_va" in each:
            nominal_v = grid.buses[branches[place].to_bus].nominal_voltage_v
            rated_a = positive(each, "rated_va") / (math.sqrt(3) * nominal_v)
            branches[place] = replace(branches[place], rated_a=rated_a)
    return replace(grid, branches=tuple(branches))


def _generation(table: Table, grid: PlanningGrid) -> PlanningGrid:
    """Generators of the file come on top of what the network has; so do the steps of capacitors in service."""
    places, buses = Places(grid), list(grid.buses)
    for each in table.tables("generator"):
        place = places.bus(each, "bus")
        power_w, power_var = buses[place].generation_w, buses[place].generation_var
        power_w, power_var = power_w + not_negative(each, "power_w"), power_var + number(each, "power_var", 0.0)
        buses[place] = replace(buses[place], generation_w=power_w, generation_var=power_var)
    for each in table.tables("capacitor"):
        place = places.bus(each, "bus")
        part = "generation_var" if each.take("constant_power", bool, True) else "shunt_var"
        power_var = getattr(buses[place], part) + positive(each, "step_var") * count(each, "steps_on", 0)
        buses[place] = replace(buses[place], **{part: power_var})
    return replace(grid, buses=tuple(buses))


_PARTS: tuple[Callable[[Table, PlanningGrid], PlanningGrid], ...] = (
    _phases,
    _ties,
    _sources,
    _branches,
    _limits,
    _buses,
    _generation,
)
"""In this order: ties can be named by what follows, and limits scale the ratings."""
