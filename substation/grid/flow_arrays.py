"""The arrays of branch flows in magnitudes, from a RadialGrid, as named tuples that compiled kernels understand."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, get_type_hints

import numpy as np
from numba import types

from substation.grid.arrays import Booleans, Complexes, Floats, Integers
from substation.grid.radial import RadialGrid

_INTEGERS = types.Array(types.int64, 1, "C")
_FLOATS = types.Array(types.float64, 1, "C")
_BOOLEANS = types.Array(types.boolean, 1, "C")


class FlowGrid(NamedTuple):
    """n buses, m branches, q sources, per unit as in RadialGrid, whose topology it shares.

    resistance, reactance, square (of the impedance's magnitude): float64[m]. conductance, susceptance: of half the
    shunt at each end of a branch. turns: float64[m], square of the ratio's magnitude (a phase shift changes no
    magnitude in a radial grid); per_turns: its inverse. active, reactive: float64[n], load less generation;
    shunt_active, shunt_reactive: what the shunt at a bus draws at 1 p.u. rating: float64[m]. lowest, highest:
    float64[n], voltage limits. source_square: float64[q], of the source's voltage; source_resistance, source_reactance:
    behind it. closed: bool[m], the present state; charge: float64[m], what changing it costs, as losses in p.u.
    movable: bool[m]. rising: bool[1], whether losses only grow from one sweep to the next, so that a candidate may be
    given up before its sweep has converged (no generation, no capacitance, no negative impedance).
    """

    branch_from: Integers
    branch_to: Integers
    first: Integers
    adjacent: Integers
    resistance: Floats
    reactance: Floats
    square: Floats
    conductance: Floats
    susceptance: Floats
    turns: Floats
    per_turns: Floats
    active: Floats
    reactive: Floats
    shunt_active: Floats
    shunt_reactive: Floats
    rating: Floats
    lowest: Floats
    highest: Floats
    source_bus: Integers
    source_square: Floats
    source_resistance: Floats
    source_reactance: Floats
    closed: Booleans
    charge: Floats
    movable: Booleans
    rising: Booleans


class Forest(NamedTuple):
    """A candidate and its state: working memory of one evaluation.

    closed: bool[m]. order: int64[n], parents first, up to reached[0]; parent_branch, parent_node, root_of, depth:
    int64[n], -1 at roots and where nothing arrives. Per bus, of the branch that feeds it: active, reactive, what comes
    out of the series impedance; current, its square; square, of the bus's voltage. drawn_active, drawn_reactive: what
    the bus draws from above. lost: in the branch that feeds the bus; excess: of its limits and the bus's.
    """

    closed: Booleans
    reached: Integers
    order: Integers
    parent_branch: Integers
    parent_node: Integers
    root_of: Integers
    depth: Integers
    active: Floats
    reactive: Floats
    current: Floats
    square: Floats
    drawn_active: Floats
    drawn_reactive: Floats
    lost: Floats
    excess: Floats


class Loop(NamedTuple):
    """The loop that a tie makes. node: int64[n], buses whose feeding branches are in it. side: float64[n], 1 or -1, on
    which side of the tie each lies. change: float64[n], of the cost when that branch is opened."""

    node: Integers
    side: Floats
    change: Floats


class Feeders(NamedTuple):
    """What each part of a forest contributes that changes by itself: a branch at a stiff source with all behind it, or
    everything behind a source that is not stiff. head: int64[n], the bus that stands for its part (its first one; the
    source's bus). loss, excess: float64[n], at heads. mark: int64[n], mark_of[0] where a bus was visited last. changed:
    int64[n], at heads, when a part was changed last, counted in exchanges from 1; 0: not since all was tried."""

    head: Integers
    loss: Floats
    excess: Floats
    mark: Integers
    mark_of: Integers
    changed: Integers


_FIELD_TYPES = {Integers: _INTEGERS, Floats: _FLOATS, Booleans: _BOOLEANS}
_NAMED: Callable[[list[object], type[object]], object] = types.NamedTuple


def _numba_type(kind: type[FlowGrid] | type[Forest] | type[Loop] | type[Feeders]) -> object:
    return _NAMED([_FIELD_TYPES[hint] for hint in get_type_hints(kind).values()], kind)


FLOW_GRID = _numba_type(FlowGrid)
FOREST = _numba_type(Forest)
LOOP = _numba_type(Loop)
FEEDERS = _numba_type(Feeders)
INTEGERS: object = _INTEGERS
FLOATS: object = _FLOATS
VOID: Callable[..., object] = types.void
INTEGER: Callable[..., object] = types.int64
FLOAT: Callable[..., object] = types.float64
FLAG: Callable[..., object] = types.boolean
_TUPLE: Callable[[tuple[object, ...]], Callable[..., object]] = types.Tuple
PAIR = _TUPLE((types.float64, types.float64))
CANDIDATES: object = types.Array(types.boolean, 2, "C")


def flow_grid(grid: RadialGrid, charge: Floats | None = None) -> FlowGrid:
    """charge: float64[m], what changing a branch's state costs, as losses in p.u.; None: nothing."""
    drawn = np.conj(grid.shunt)
    parts = (grid.power.real, grid.power.imag, drawn.real, drawn.imag, grid.series.real, grid.series.imag)
    turns = np.abs(grid.ratio) ** 2
    rising = all(bool(np.all(part >= 0)) for part in parts) and not grid.half_shunt.any()
    return FlowGrid(
        branch_from=grid.branch_from,
        branch_to=grid.branch_to,
        first=grid.first,
        adjacent=grid.adjacent,
        resistance=_real(grid.series),
        reactance=_imaginary(grid.series),
        square=np.abs(grid.series) ** 2,
        conductance=_real(grid.half_shunt),
        susceptance=_imaginary(grid.half_shunt),
        turns=turns,
        per_turns=1.0 / turns,
        active=_real(grid.power),
        reactive=_imaginary(grid.power),
        shunt_active=_real(drawn),
        shunt_reactive=_imaginary(drawn),
        rating=grid.rating,
        lowest=grid.voltage_min,
        highest=grid.voltage_max,
        source_bus=grid.source_bus,
        source_square=grid.source_voltage**2,
        source_resistance=_real(grid.source_series),
        source_reactance=_imaginary(grid.source_series),
        closed=grid.closed,
        charge=np.zeros(len(grid.closed)) if charge is None else charge,
        movable=grid.movable,
        rising=np.array([rising], dtype=np.bool_),
    )


def _real(values: Complexes) -> Floats:
    return np.ascontiguousarray(values.real)


def _imaginary(values: Complexes) -> Floats:
    return np.ascontiguousarray(values.imag)


def forest(grid: FlowGrid) -> Forest:
    """Working memory of the right size."""
    buses = len(grid.active)
    order, branch, node, root, depth = (np.full(buses, -1, dtype=np.int64) for _ in range(5))
    active, reactive, current, square, drawn_active, drawn_reactive, lost, excess = (np.zeros(buses) for _ in range(8))
    return Forest(
        grid.closed.copy(), np.zeros(1, dtype=np.int64), order, branch, node, root, depth, active, reactive, current,
        square, drawn_active, drawn_reactive, lost, excess,
    )  # fmt: skip


def loop(grid: FlowGrid) -> Loop:
    """Room for the longest loop."""
    buses = len(grid.active)
    return Loop(np.zeros(buses, dtype=np.int64), np.zeros(buses), np.zeros(buses))


def feeders(grid: FlowGrid) -> Feeders:
    """Room for them; substation.grid.feeder_kernel.appoint fills it."""
    buses = len(grid.active)
    head, mark, changed = (np.zeros(buses, dtype=np.int64) for _ in range(3))
    return Feeders(head, np.zeros(buses), np.zeros(buses), mark, np.zeros(1, dtype=np.int64), changed)
