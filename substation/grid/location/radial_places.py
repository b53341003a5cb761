"""The tree of places that a tripped breaker of a planning grid has fed: buses, and the conductors between them.

Place numbers count from the breaker down, parents first. A device stands at one end of a branch, so between the bus
there and the branch's conductor. The conductor of an open branch hangs on the bus at its end without an open device.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.errors import AlgorithmError
from models.network.planning import PlanningGrid

End = tuple[int, int]
"""One end of a branch: branch and bus, positions in the grid."""
Ohms = tuple[complex, complex]


@dataclass(frozen=True, slots=True)
class RadialPlaces:
    """parent: as Places. entered: per place the end of a branch at which current enters it; at the top the breaker's.

    behind_ohm: from the source's bus to the breaker, at the source's voltage.
    bus: its position, None for a conductor. branch: the same for conductors. infeed: rotating machines stand in or
    below it. impedance_ohm: per place from the breaker to its nearer and to its farther end, at the source's voltage.
    """

    parent: tuple[int, ...]
    entered: tuple[End, ...]
    bus: tuple[int | None, ...]
    branch: tuple[int | None, ...]
    infeed: tuple[bool, ...]
    impedance_ohm: tuple[Ohms, ...]
    behind_ohm: complex = 0j

    @property
    def place_below(self) -> Mapping[End, int]:
        """The place that is entered at an end."""
        return {end: place for place, end in enumerate(self.entered)}


@dataclass(slots=True)
class _Growing:
    grid: PlanningGrid
    top_v: float
    parent: list[int]
    entered: list[End]
    bus: list[int | None]
    branch: list[int | None]
    impedance_ohm: list[Ohms]

    def add(self, parent: int, end: End, bus: int | None, branch: int | None) -> int:
        start = self.impedance_ohm[parent][1] if parent >= 0 else 0j
        self.parent.append(parent)
        self.entered.append(end)
        self.bus.append(bus)
        self.branch.append(branch)
        self.impedance_ohm.append((start, start + (0j if branch is None else self._long(branch))))
        return len(self.parent) - 1

    def _long(self, number: int) -> complex:
        branch = self.grid.branches[number]
        there_v = self.grid.buses[branch.to_bus].nominal_voltage_v
        return complex(branch.resistance_ohm, branch.reactance_ohm) * (self.top_v / there_v) ** 2


def radial_places(grid: PlanningGrid, breaker: End) -> RadialPlaces:
    """Everything that is fed over this end of a branch, away from its bus. AlgorithmError when it is not radial."""
    number, start = breaker
    joined, at = _joined(grid), _branches_at(grid)
    growing = _Growing(grid, grid.buses[start].nominal_voltage_v, [], [], [], [], [])
    fed = {source.bus for source in grid.sources} | {start}
    waiting = [(growing.add(-1, breaker, None, number), start)]
    for conductor, bus in waiting:
        branch = growing.branch[conductor]
        other = _far_end(grid, branch or 0, bus)
        if (branch or 0, other) not in joined:
            continue
        if other in fed:
            closing = grid.branches[branch or 0].id
            raise AlgorithmError(f"branch {closing} closes a loop or a parallel; open one branch of it to locate")
        fed.add(other)
        place = growing.add(conductor, (branch or 0, other), other, None)
        further = [each for each in at[other] if each != branch and (each, other) in joined]
        waiting += [(growing.add(place, (each, other), None, each), other) for each in further]
    return RadialPlaces(
        tuple(growing.parent),
        tuple(growing.entered),
        tuple(growing.bus),
        tuple(growing.branch),
        _infeed(grid, growing),
        tuple(growing.impedance_ohm),
    )


def _far_end(grid: PlanningGrid, number: int, bus: int) -> int:
    branch = grid.branches[number]
    return branch.to_bus if branch.from_bus == bus else branch.from_bus


def _branches_at(grid: PlanningGrid) -> list[list[int]]:
    at: list[list[int]] = [[] for _ in grid.buses]
    for number, branch in enumerate(grid.branches):
        at[branch.from_bus].append(number)
        at[branch.to_bus].append(number)
    return at


def _joined(grid: PlanningGrid) -> set[End]:
    """Ends of branches at which the conductor is joined with the bus."""
    cut = {(switch.branch, bus) for switch in grid.switches if not switch.closed for bus in switch.ends}
    ends = {(n, bus) for n, branch in enumerate(grid.branches) for bus in (branch.from_bus, branch.to_bus)}
    unexplained = {n for n, branch in enumerate(grid.branches) if not branch.closed} - {number for number, _ in cut}
    return {end for end in ends - cut if end[0] not in unexplained}


def _infeed(grid: PlanningGrid, growing: _Growing) -> tuple[bool, ...]:
    found = [bus is not None and _machines(grid, bus) for bus in growing.bus]
    for place in reversed(range(1, len(found))):
        found[growing.parent[place]] |= found[place]
    return tuple(found)


def _machines(grid: PlanningGrid, bus: int) -> bool:
    return grid.buses[bus].generation_w > grid.buses[bus].converters_w


def below(places: RadialPlaces, top: int) -> RadialPlaces:
    """The same from place `top` down, numbered anew; impedances count from there."""
    kept, number = [top], {top: 0}
    for place in range(top + 1, len(places.parent)):
        if places.parent[place] in number:
            number[place] = len(kept)
            kept.append(place)
    start = places.impedance_ohm[top][0]
    return RadialPlaces(
        tuple(-1 if place == top else number[places.parent[place]] for place in kept),
        tuple(places.entered[place] for place in kept),
        tuple(places.bus[place] for place in kept),
        tuple(places.branch[place] for place in kept),
        tuple(places.infeed[place] for place in kept),
        tuple((near - start, far - start) for near, far in (places.impedance_ohm[place] for place in kept)),
        places.behind_ohm + start,
    )
