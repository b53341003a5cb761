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

    A line with a device at one end alone is still charged from its other end when it is open. So its charging belongs
    to its buses, half to each; that of a line which is open now wholly to the bus at which it stays joined. The arrays
    are exact in the present state; for another one make them of models.network.switches.switched.
    """
    buses, branches, sources = grid.buses, grid.branches, grid.sources
    nominal_v = np.array([bus.nominal_voltage_v for bus in buses], dtype=np.float64)
    base_ohm = nominal_v**2 / BASE_POWER_VA
    start = np.array([branch.from_bus for branch in branches], dtype=np.int64)
    end = np.array([branch.to_bus for branch in branches], dtype=np.int64)
    first, adjacent = _rows(len(buses), start, end)
    impedance = np.array([complex(each.resistance_ohm, each.reactance_ohm) for each in branches], dtype=np.complex128)
    half_shunt, shunt = _shunts(grid, base_ohm)
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


def _shunts(grid: PlanningGrid, base_ohm: Floats) -> tuple[Complexes, Complexes]:
    """Half the shunt admittance of every branch in S, and the shunts at the buses per unit."""
    half = np.array(
        [complex(each.conductance_s, each.susceptance_s) / 2 for each in grid.branches], dtype=np.complex128
    )
    at_bus = np.array([complex(bus.shunt_w, bus.shunt_var) for bus in grid.buses], dtype=np.complex128) / BASE_POWER_VA
    ends: dict[int, list[int]] = {}
    for switch in grid.switches:
        if len(switch.ends) == 1 and not grid.branches[switch.branch].transformer:
            ends.setdefault(switch.branch, []).extend([] if switch.closed else switch.ends)
    for number, opened in ends.items():
        branch = grid.branches[number]
        joined = [bus for bus in (branch.from_bus, branch.to_bus) if bus not in opened]
        for bus in joined:
            at_bus[bus] += 2 / len(joined) * half[number] * base_ohm[bus]
        half[number] = 0.0
    return half, at_bus


def _rows(buses: int, start: Integers, end: Integers) -> tuple[Integers, Integers]:
    """Branches at each bus in compressed rows, in the order of their numbers."""
    ends = np.concatenate([start, end])
    branches = np.tile(np.arange(len(start), dtype=np.int64), 2)
    order = np.lexsort((branches, ends))
    first = np.zeros(buses + 1, dtype=np.int64)
    first[1:] = np.cumsum(np.bincount(ends, minlength=buses))
    return first, branches[order]
