"""An order of buses and branches that follows from what they are, so that a search does not depend on their numbers."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from substation.grid.arrays import Floats, Integers
from substation.grid.radial import RadialGrid

_ROUNDS = 8
_DIGITS = 9
_Colours = NDArray[np.int64]
Value = TypeVar("Value", bound=np.generic)


def canonical(grid: RadialGrid) -> tuple[Integers, Integers]:
    """(buses in canonical order int64[n], branches in canonical order int64[m]).

    Colour refinement: buses and branches are told apart by their values and by what surrounds them within a few steps.
    What cannot be told apart is alike, and keeps its order.
    """
    at = np.zeros((len(grid.power), 3))
    for number, bus in enumerate(grid.source_bus):
        series = grid.source_series[number]
        at[bus] += (grid.source_voltage[number], 1.0 + series.real, series.imag)
    bus = _told_apart(grid.power.real, grid.power.imag, grid.shunt.real, grid.shunt.imag, grid.voltage_min, *at.T)
    state = (grid.closed.astype(np.float64), grid.movable.astype(np.float64))
    series, shunt = grid.series, grid.half_shunt
    branch = _told_apart(series.real, series.imag, shunt.imag, np.abs(grid.ratio), grid.rating, *state)
    for _ in range(_ROUNDS):
        start, end = bus[grid.branch_from], bus[grid.branch_to]
        branch = _ranked(branch, np.minimum(start, end), np.maximum(start, end))
        beside = np.zeros(len(bus))
        weight = _scattered(branch)
        np.add.at(beside, grid.branch_from, weight)
        np.add.at(beside, grid.branch_to, weight)
        bus = _ranked(bus, np.unique(np.round(beside, _DIGITS), return_inverse=True)[1])
    return np.argsort(bus, kind="stable"), np.argsort(branch, kind="stable")


def renumbered(grid: RadialGrid, buses: Integers, branches: Integers) -> RadialGrid:
    """The same grid with its buses and branches in this order."""
    place = np.empty(len(buses), dtype=np.int64)
    place[buses] = np.arange(len(buses))
    start, end = place[grid.branch_from[branches]], place[grid.branch_to[branches]]
    first, adjacent = rows(len(buses), start, end)
    series, half_shunt, ratio = (_taken(each, branches) for each in (grid.series, grid.half_shunt, grid.ratio))
    return grid._replace(
        branch_from=start,
        branch_to=end,
        first=first,
        adjacent=adjacent,
        series=series,
        half_shunt=half_shunt,
        ratio=ratio,
        power=_taken(grid.power, buses),
        shunt=_taken(grid.shunt, buses),
        rating=_taken(grid.rating, branches),
        voltage_min=_taken(grid.voltage_min, buses),
        voltage_max=_taken(grid.voltage_max, buses),
        source_bus=place[grid.source_bus],
        closed=_taken(grid.closed, branches),
        movable=_taken(grid.movable, branches),
    )


def _taken(values: NDArray[Value], order: Integers) -> NDArray[Value]:
    return np.ascontiguousarray(values[order])


def rows(buses: int, start: Integers, end: Integers) -> tuple[Integers, Integers]:
    """Branches at each bus in compressed rows, in the order of their numbers."""
    ends = np.concatenate([start, end])
    branches = np.tile(np.arange(len(start), dtype=np.int64), 2)
    order = np.lexsort((branches, ends))
    first = np.zeros(buses + 1, dtype=np.int64)
    first[1:] = np.cumsum(np.bincount(ends, minlength=buses))
    return first, branches[order]


def _told_apart(*values: Floats) -> _Colours:
    rounded = [np.unique(np.round(each, _DIGITS), return_inverse=True)[1] for each in values]
    return _ranked(*rounded)


def _ranked(*colours: _Colours) -> _Colours:
    """Rows of colours as numbers in the order of the rows."""
    return np.unique(np.stack(colours, axis=1), axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _scattered(colours: _Colours) -> Floats:
    """A number between 0 and 1 for each colour, whose sums tell sets of colours apart (golden ratio, squared)."""
    scattered = (colours + 1.0) * 0.6180339887498949 % 1.0
    return scattered + scattered**2
