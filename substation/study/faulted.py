"""What a fault takes out of a planning grid: all up to the next devices with remote control, which isolate it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from models.errors import ConfigError
from models.network.planning import PlanningGrid, PlanningSwitch
from substation.grid.arrays import Booleans


@dataclass(frozen=True, slots=True)
class Faulted:
    """usable: bool[m], branches that stay. buses: positions of those that cannot be kept apart from the fault.

    branches: positions of the faulted ones. to_open: devices that isolate, in the order of the branches. extended: in
    words, why more than the branches themselves is out. breakers: devices that trip, by what feeds the faults.
    """

    branches: tuple[int, ...]
    usable: Booleans
    buses: frozenset[int]
    to_open: tuple[str, ...]
    extended: tuple[str, ...]
    breakers: tuple[str, ...]


def faulted(grid: PlanningGrid, names: Iterable[str], by_hand: bool = False) -> Faulted:
    """by_hand: a crew opens what has no remote control. ConfigError for a name that is no branch."""
    branches = tuple(_named(grid, name) for name in names)
    return _Spread(grid, branches, by_hand).result()


def _named(grid: PlanningGrid, name: str) -> int:
    found = [number for number, branch in enumerate(grid.branches) if branch.id == name]
    if not found:
        raise ConfigError(
            "restore", None, f"there is no branch '{name}'", "give ids of branches, as in `study flow --all`"
        )
    return found[0]


class _Spread:
    """The fault spreads from its branches over every end without an open device or one with remote control."""

    def __init__(self, grid: PlanningGrid, branches: tuple[int, ...], by_hand: bool) -> None:
        self._grid, self._branches, self._by_hand = grid, branches, by_hand
        self._devices: dict[tuple[int, int], list[PlanningSwitch]] = {}
        for switch in grid.switches:
            for bus in switch.ends:
                self._devices.setdefault((switch.branch, bus), []).append(switch)
        self._at: dict[int, list[int]] = {}
        for number, branch in enumerate(grid.branches):
            self._at.setdefault(branch.from_bus, []).append(number)
            self._at.setdefault(branch.to_bus, []).append(number)
        self._out: set[int] = set()
        self._buses: set[int] = set()
        self._to_open: dict[str, None] = {}
        self._extended: list[str] = []

    def result(self) -> Faulted:
        waiting = list(self._branches)
        while waiting:
            branch = waiting.pop()
            if branch in self._out:
                continue
            self._out.add(branch)
            for bus in (self._grid.branches[branch].from_bus, self._grid.branches[branch].to_bus):
                if not self._cut(branch, bus) and bus not in self._buses:
                    waiting += self._lost(branch, bus)
        usable = np.array([number not in self._out for number in range(len(self._grid.branches))])
        for bus in self._buses:
            usable[self._at[bus]] = False
        return Faulted(
            self._branches, usable, frozenset(self._buses), tuple(self._to_open), tuple(self._extended),
            self._breakers(),
        )  # fmt: skip

    def _cut(self, branch: int, bus: int) -> bool:
        """A device keeps the bus apart from a faulted branch, and is opened for it where it is closed."""
        devices = self._devices.get((branch, bus), [])
        if not self._grid.branches[branch].closed and any(not each.closed for each in devices):
            return True
        able = [each for each in devices if each.remote] or (devices if self._by_hand else [])
        if able:
            self._to_open[able[0].id] = None
        return bool(able)

    def _lost(self, branch: int, bus: int) -> list[int]:
        """The bus is faulted as well; returns the branches there that no device keeps apart from it."""
        self._buses.add(bus)
        where = f"branch {self._grid.branches[branch].id} has no switch with remote control there"
        self._extended.append(f"bus {self._grid.buses[bus].id} is isolated as well: {where}")
        return [each for each in self._at[bus] if each not in self._out and not self._cut(each, bus)]

    def _breakers(self) -> tuple[str, ...]:
        """The nearest breakers on the way from the sources to the faults, in the present state."""
        grid, found = self._grid, dict[str, None]()
        breaker = {each.branch: each.id for each in grid.switches if each.breaker}
        sources = {source.bus for source in grid.sources}
        way: dict[int, str] = dict.fromkeys(sources, "")
        waiting = sorted(sources)
        while waiting:
            bus = waiting.pop(0)
            for branch in self._at.get(bus, []):
                each = grid.branches[branch]
                other = each.to_bus if each.from_bus == bus else each.from_bus
                if not each.closed:
                    continue
                tripped = breaker.get(branch, way[bus])
                if branch in self._branches and tripped:
                    found[tripped] = None
                if other not in way:
                    way[other] = tripped
                    waiting.append(other)
        return tuple(found)
