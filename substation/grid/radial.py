"""A planning grid as arrays that compiled kernels understand: what studies and the optimisation of topology work on."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from models.network.planning import PlanningGrid
from substation.grid.arrays import BASE_POWER_VA, Booleans, Complexes, Floats, Integers


class RadialGrid(NamedTuple):
    """n buses, m branches, q sources; per unit of 1 MVA and the nominal voltage of each bus (branches: of to_bus).

    branch_from, branch_to: int64[m]; adjacency in compressed rows: the branches at bus i are
    adjacent[first[i]:first[i + 1]]. series, half_shunt, ratio: complex128[m] (pi element behind an ideal transformer on
    the from side). power: complex128[n], load less generation at constant power; shunt: complex128[n], admittance to
    earth. rating: float64[m], largest current, inf where there is none. voltage_min, voltage_max: float64[n].
    source_bus: int64[q]; source_voltage: float64[q]; source_series: complex128[q]. closed: bool[m], the present state;
    movable: bool[m], what may be switched.
    """

    branch_from: Integers
    branch_to: Integers
    first: Integers
    adjacent: Integers
    series: Complexes
    half_shunt: Complexes
    ratio: Complexes
    power: Complexes
    shunt: Complexes
    rating: Floats
    voltage_min: Floats
    voltage_max: Floats
    source_bus: Integers
    source_voltage: Floats
    source_series: Complexes
    closed: Booleans
    movable: Booleans


def radial_grid(grid: PlanningGrid, remote_only: bool = True) -> RadialGrid:
    """The arrays of a planning grid. remote_only: what has no remote control is not movable.

    Half of the charging of a line that is cut at one end alone stays at each of its buses, whether it is closed or not:
    an open line is still charged from its other end.
    """
    buses, branches, sources = grid.buses, grid.branches, grid.sources
    nominal_v = np.array([bus.nominal_voltage_v for bus in buses], dtype=np.float64)
    base_ohm = nominal_v**2 / BASE_POWER_VA
    start = np.array([branch.from_bus for branch in branches], dtype=np.int64)
    end = np.array([branch.to_bus for branch in branches], dtype=np.int64)
    first, adjacent = _rows(len(buses), start, end)
    impedance = np.array([complex(each.resistance_ohm, each.reactance_ohm) for each in branches], dtype=np.complex128)
    half_shunt = np.array(
        [complex(each.conductance_s, each.susceptance_s) / 2 for each in branches], dtype=np.complex128
    )
    shunt = np.array([complex(bus.shunt_w, bus.shunt_var) for bus in buses], dtype=np.complex128) / BASE_POWER_VA
    for number in {switch.branch for switch in grid.switches if len(switch.ends) == 1}:
        if not branches[number].transformer:
            for bus in (start[number], end[number]):
                shunt[bus] += half_shunt[number] * base_ohm[bus]
            half_shunt[number] = 0.0
    rated_a = np.array([each.rated_a for each in branches], dtype=np.float64)
    at = np.array([source.bus for source in sources], dtype=np.int64)
    behind = np.array([complex(each.resistance_ohm, each.reactance_ohm) for each in sources], dtype=np.complex128)
    movable = [bool(each.opened_by) and (each.remote or not remote_only) for each in branches]
    drawn = [complex(bus.load_w - bus.generation_w, bus.load_var - bus.generation_var) for bus in buses]
    return RadialGrid(
        branch_from=start,
        branch_to=end,
        first=first,
        adjacent=adjacent,
        series=impedance / base_ohm[end],
        half_shunt=half_shunt * base_ohm[end],
        ratio=np.array([each.ratio for each in branches], dtype=np.complex128),
        power=np.array(drawn, dtype=np.complex128) / BASE_POWER_VA,
        shunt=shunt,
        rating=rated_a * math.sqrt(3) * nominal_v[end] / BASE_POWER_VA,
        voltage_min=np.array([bus.voltage_min_pu for bus in buses], dtype=np.float64),
        voltage_max=np.array([bus.voltage_max_pu for bus in buses], dtype=np.float64),
        source_bus=at,
        source_voltage=np.array([source.voltage_pu for source in sources], dtype=np.float64),
        source_series=behind / base_ohm[at],
        closed=np.array([each.closed for each in branches], dtype=np.bool_),
        movable=np.array(movable, dtype=np.bool_),
    )


def _rows(buses: int, start: Integers, end: Integers) -> tuple[Integers, Integers]:
    """Branches at each bus in compressed rows, in the order of their numbers."""
    ends = np.concatenate([start, end])
    branches = np.tile(np.arange(len(start), dtype=np.int64), 2)
    order = np.lexsort((branches, ends))
    first = np.zeros(buses + 1, dtype=np.int64)
    first[1:] = np.cumsum(np.bincount(ends, minlength=buses))
    return first, branches[order]
