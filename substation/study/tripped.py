"""Breakers and line reclosers that have tripped, by the names of a user, with all that they fed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from models.errors import ConfigError
from models.network.planning import PlanningGrid, PlanningSource, PlanningSwitch
from substation.grid.location.distance import Nearness, by_current, by_reactance, together
from substation.grid.location.radial_places import RadialPlaces, below, radial_places


@dataclass(frozen=True, slots=True)
class Tripped:
    """switch: the breaker. places: below it. source: what feeds it."""

    switch: PlanningSwitch
    places: RadialPlaces
    source: PlanningSource


@dataclass(frozen=True, slots=True)
class Measured:
    """What the relay of the tripped breaker measured: reactance to the fault, fault current (rms); None: nothing."""

    reactance_ohm: float | None
    current_a: float | None

    def nearness(self, grid: PlanningGrid, tripped: Tripped) -> Nearness | None:
        """Per place of the tripped breaker."""
        found, impedances = [], tripped.places.impedance_ohm
        if self.reactance_ohm is not None:
            found.append(by_reactance(impedances, self.reactance_ohm))
        if self.current_a is not None:
            source = tripped.source
            voltage_v = source.voltage_pu * grid.buses[source.bus].nominal_voltage_v / math.sqrt(3)
            behind_ohm = complex(source.resistance_ohm, source.reactance_ohm) + tripped.places.behind_ohm
            found.append(by_current(impedances, self.current_a, voltage_v, behind_ohm))
        if len(found) == 2:
            return together(*found)
        return found[0] if found else None


def switch_named(grid: PlanningGrid, name: str) -> PlanningSwitch:
    """A device by its id, by its branch, or by the source where it is the only device. ConfigError when there is none,
    or more than one."""
    found = [each for each in grid.switches if each.id == name]
    found = found or [each for each in grid.switches if grid.branches[each.branch].id == name]
    found = found or [each.switch for each in at_sources(grid) if each.switch.id == name]
    buses = {source.bus for source in grid.sources if source.id == name}
    found = found or [each.switch for each in at_sources(grid) if buses.intersection(each.switch.ends)]
    if len(found) != 1:
        problem = f"'{name}' names {'no' if not found else 'more than one'} breaker or switch"
        raise ConfigError("locate", None, problem, "write the id of its switch")
    return found[0]


def at_sources(grid: PlanningGrid) -> list[Tripped]:
    """A breaker at each source, as if all of them had tripped: the device of every closed branch there; a branch that
    has none there is taken to have one."""
    found = [
        Tripped(_breaker(grid, number, source.bus), radial_places(grid, (number, source.bus)), source)
        for source in grid.sources
        for number, branch in enumerate(grid.branches)
        if branch.closed and source.bus in (branch.from_bus, branch.to_bus)
    ]
    if not found:
        raise ConfigError(grid.name, None, "no closed branch at a source", "close one, or name another network")
    return found


def _breaker(grid: PlanningGrid, number: int, bus: int) -> PlanningSwitch:
    there = (each for each in grid.switches if each.branch == number and bus in each.ends)
    return next(
        there, PlanningSwitch(grid.branches[number].id, number, (bus,), closed=True, remote=False, breaker=True)
    )


def tripped(grid: PlanningGrid, switches: Iterable[PlanningSwitch]) -> list[Tripped]:
    """ConfigError for a switch that nothing feeds, that is named twice, or that lies below another one of these."""
    feeders = at_sources(grid)
    found = [_tripped(feeders, switch) for switch in switches]
    for number, upper in enumerate(found):
        for other, lower in enumerate(found):
            if number != other and any(
                (lower.switch.branch, end) in upper.places.place_below for end in lower.switch.ends
            ):
                problem = f"'{lower.switch.id}' is '{upper.switch.id}' or lies below it"
                raise ConfigError("locate", None, problem, "name in --trip the upper one, the lower one in --opened")
    return found


def above(grid: PlanningGrid, switch: PlanningSwitch) -> set[tuple[int, int]]:
    """(branch, bus) of every branch end on the way from the source to a switch: fault current passes there as well."""
    for feeder in at_sources(grid):
        number, parent = feeder.places.place_below, feeder.places.parent
        entered = [number[switch.branch, end] for end in switch.ends if (switch.branch, end) in number]
        if entered:
            way, place = set(), min(entered)
            while place >= 0:
                way.add(place)
                place = parent[place]
            return {end for end, place in number.items() if place in way}
    return set()


def _tripped(feeders: list[Tripped], switch: PlanningSwitch) -> Tripped:
    for feeder in feeders:
        number = feeder.places.place_below
        entered = [number[switch.branch, end] for end in switch.ends if (switch.branch, end) in number]
        if entered:
            return Tripped(switch, below(feeder.places, min(entered)), feeder.source)
    raise ConfigError("locate", None, f"no source feeds '{switch.id}'", "name a breaker or recloser that was closed")
