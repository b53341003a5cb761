"""The tree of places that a tripped device of a planning grid has fed: buses, and the conductors between them.

Place numbers count from the tripped device down, parents first. A device stands at one end of a branch, so between the
bus there and the branch's conductor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.errors import AlgorithmError
from models.network.planning import PlanningGrid

End = tuple[int, int]
"""One end of a branch: branch and bus, positions in the grid."""


@dataclass(frozen=True, slots=True)
class RadialPlaces:
    """parent: as Places. entered: per place the end of a branch at which current enters it, None at the top. bus: its
    position, None for a conductor. branch: the same for conductors. infeed: rotating machines stand in or below it.
    reactance_ohm: per place from the tripped device to its nearer and to its farther end, at the top's voltage level.
    """

    parent: tuple[int, ...]
    entered: tuple[End | None, ...]
    bus: tuple[int | None, ...]
    branch: tuple[int | None, ...]
    infeed: tuple[bool, ...]
    reactance_ohm: tuple[tuple[float, float], ...]

    @property
    def place_below(self) -> Mapping[End, int]:
        """The place that is entered at an end."""
        return {end: place for place, end in enumerate(self.entered) if end is not None}


@dataclass(slots=True)
class _Growing:
    parent: list[int]
    entered: list[End | None]
    bus: list[int | None]
    branch: list[int | None]
    reactance_ohm: list[tuple[float, float]]

    def add(self, parent: int, end: End | None, bus: int | None, branch: int | None, start: float, long: float) -> int:
        self.parent.append(parent)
        self.entered.append(end)
        self.bus.append(bus)
        self.branch.append(branch)
        self.reactance_ohm.append((start, start + long))
        return len(self.parent) - 1


def radial_places(grid: PlanningGrid, source: int) -> RadialPlaces:
    """Everything that source number `source` feeds over closed branches. AlgorithmError when it is not radial."""
    at: list[list[int]] = [[] for _ in grid.buses]
    for number, branch in enumerate(grid.branches):
        if branch.closed:
            at[branch.from_bus].append(number)
            at[branch.to_bus].append(number)
    growing = _Growing([], [], [], [], [])
    start = grid.sources[source].bus
    sources = {each.bus for number, each in enumerate(grid.sources) if number != source}
    place_of_bus = {start: growing.add(-1, None, start, None, 0.0, 0.0)}
    waiting = [start]
    for bus in waiting:
        for number in at[bus]:
            below = _crossed(grid, growing, place_of_bus[bus], bus, number)
            if below is None:
                continue
            if below in place_of_bus or below in sources:
                branch = grid.branches[number].id
                raise AlgorithmError(f"branch {branch} closes a loop or a parallel; open one branch of it to locate")
            place_of_bus[below] = len(growing.parent) - 1
            waiting.append(below)
    return RadialPlaces(
        tuple(growing.parent),
        tuple(growing.entered),
        tuple(growing.bus),
        tuple(growing.branch),
        _infeed(grid, growing),
        tuple(growing.reactance_ohm),
    )


def _crossed(grid: PlanningGrid, growing: _Growing, above: int, bus: int, number: int) -> int | None:
    """Adds the conductor and the bus at its other end; None for the branch over which this bus was reached."""
    if growing.entered[above] is not None and growing.branch[growing.parent[above]] == number:
        return None
    branch = grid.branches[number]
    other = branch.to_bus if branch.from_bus == bus else branch.from_bus
    start_ohm = growing.reactance_ohm[above][1]
    top_v = grid.buses[growing.bus[0] or 0].nominal_voltage_v
    long_ohm = branch.reactance_ohm * (top_v / grid.buses[branch.to_bus].nominal_voltage_v) ** 2
    conductor = growing.add(above, (number, bus), None, number, start_ohm, long_ohm)
    growing.add(conductor, (number, other), other, None, start_ohm + long_ohm, 0.0)
    return other


def _infeed(grid: PlanningGrid, growing: _Growing) -> tuple[bool, ...]:
    found = [False] * len(growing.parent)
    for place in reversed(range(len(found))):
        bus = growing.bus[place]
        found[place] = found[place] or (bus is not None and _machines(grid, bus))
        if growing.parent[place] >= 0 and found[place]:
            found[growing.parent[place]] = True
    return tuple(found)


def below(places: RadialPlaces, top: int) -> RadialPlaces:
    """The same from place `top` down, numbered anew; reactances count from there."""
    kept, number = [top], {top: 0}
    for place in range(top + 1, len(places.parent)):
        if places.parent[place] in number:
            number[place] = len(kept)
            kept.append(place)
    start = places.reactance_ohm[top][0]
    return RadialPlaces(
        tuple(-1 if place == top else number[places.parent[place]] for place in kept),
        tuple(places.entered[place] for place in kept),
        tuple(places.bus[place] for place in kept),
        tuple(places.branch[place] for place in kept),
        tuple(places.infeed[place] for place in kept),
        tuple((near - start, far - start) for near, far in (places.reactance_ohm[place] for place in kept)),
    )


def _machines(grid: PlanningGrid, bus: int) -> bool:
    return grid.buses[bus].generation_w > grid.buses[bus].converters_w
