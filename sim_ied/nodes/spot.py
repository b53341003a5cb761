"""What a logical node sees of the process where it works: voltages, currents, short circuits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sim_ied.nodes.change import Overcurrent
from sim_ied.nodes.grid import Grid, State
from sim_ied.nodes.switch import Switch

PHASES = "ABC"
_COLLAPSED = 0.1
"""Voltage of a phase with a short circuit, of nominal."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a switch. source: number of what feeds it; None for dead."""

    source: int | None
    nominal_v: float


@dataclass(frozen=True, slots=True)
class View:
    """An instant. nominal_v: line to line; load_a: of each phase; faults: short-circuit currents that flow here."""

    fed: bool
    nominal_v: float
    load_a: float
    faults: tuple[Overcurrent, ...]

    def current_a(self, phase: str) -> float:
        """Effective current of 'A', 'B' or 'C'."""
        if not self.faults:
            return self.load_a
        return max((each.current_a for each in self.faults if phase in each.phases), default=self.load_a)

    @property
    def earth_current_a(self) -> float:
        """What returns through earth: residual current."""
        return max((each.current_a for each in self.faults if each.earth), default=0.0)

    @property
    def faulted(self) -> str:
        """The phases with a short circuit, in order."""
        if not self.faults:
            return ""
        return "".join(each for each in PHASES if any(each in fault.phases for fault in self.faults))

    def voltage_pu(self, phase: str) -> float:
        """Phase to earth, of nominal."""
        return 0.0 if not self.fed else _COLLAPSED if phase in self.faulted else 1.0


class Spot(Protocol):
    """A place of the process."""

    @property
    def breakers(self) -> Sequence[Switch]:
        """Whose opening interrupts what flows here."""

    def view(self) -> View: ...

    def sides(self) -> tuple[Side, Side]: ...


class Flows(Protocol):
    """Whoever knows the present state of a grid."""

    @property
    def state(self) -> State: ...


class GridSpot:
    """In the grid: at an edge, or at a node alone. breakers: those of the bay."""

    def __init__(self, grid: Grid, flows: Flows, edge: int | None, node: int, breakers: Sequence[Switch]) -> None:
        self._grid, self._flows, self._edge, self._node = grid, flows, edge, node
        self.breakers = breakers

    @property
    def edge(self) -> int | None:
        return self._edge

    @property
    def node(self) -> int:
        return self._node

    def view(self) -> View:
        state, nominal_v = self._flows.state, self._grid.nominal_v[self._node]
        if self._edge is None:
            return View(state.parents[self._node] is not None, nominal_v, 0.0, ())
        edge = self._grid.edges[self._edge]
        fed = state.parents[edge.a] is not None or state.parents[edge.b] is not None
        return View(fed, nominal_v, self._grid.load_a(self._edge, state), tuple(state.faults.get(self._edge, ())))

    def sides(self) -> tuple[Side, Side]:
        state = self._flows.state
        ends = (self._node, self._node)
        if self._edge is not None:
            ends = (self._grid.edges[self._edge].a, self._grid.edges[self._edge].b)
        first, second = (Side(state.sources[node], self._grid.nominal_v[node]) for node in ends)
        return first, second


class LoneSpot:
    """Of an IED that no substation section places: fed on one side, its breakers in between."""

    def __init__(self, nominal_v: float, load_a: float) -> None:
        self._nominal_v, self._load_a = nominal_v, load_a
        self.breakers: list[Switch] = []
        self.faults: list[Overcurrent] = []

    @property
    def closed(self) -> bool:
        return all(each.closed for each in self.breakers)

    def view(self) -> View:
        if not self.closed:
            return View(True, self._nominal_v, 0.0, ())
        return View(True, self._nominal_v, self._load_a, tuple(self.faults))

    def sides(self) -> tuple[Side, Side]:
        return Side(0, self._nominal_v), Side(0 if self.closed else None, self._nominal_v)
