"""Kernel of the radial power flow: backward/forward sweep over a forest (Shirmohammadi et al. 1988), per unit.

A branch is an ideal transformer `ratio` on its from side, then a pi element (series impedance, half a shunt at each
end). Loads are constant power. Nodes outside the forest stay at zero.
"""

from __future__ import annotations

import numpy as np

from substation.grid.arrays import Booleans, Complexes, Floats, Integers
from substation.grid.compiled import compiled

_BACKWARD = (
    "void(int64[::1], int64[::1], int64[::1], int64[::1], complex128[::1], complex128[::1], complex128[::1],"
    " complex128[::1], complex128[::1], complex128[::1])"
)


@compiled(_BACKWARD)
def backward(
    order: Integers,
    parent_branch: Integers,
    parent_node: Integers,
    branch_from: Integers,
    half_shunt: Complexes,
    ratio: Complexes,
    power: Complexes,
    voltage: Complexes,
    current: Complexes,
    drawn: Complexes,
) -> None:
    """Fill current (through the series impedance, downwards) and drawn (into each node, from above)."""
    drawn[:] = 0.0
    for position in range(len(order) - 1, -1, -1):
        node = order[position]
        drawn[node] += np.conj(power[node] / voltage[node])
        branch = parent_branch[node]
        if branch < 0:
            continue
        parent = parent_node[node]
        if branch_from[branch] == parent:
            current[branch] = drawn[node] + half_shunt[branch] * voltage[node]
            inner = voltage[parent] / ratio[branch]
            drawn[parent] += (current[branch] + half_shunt[branch] * inner) / np.conj(ratio[branch])
        else:
            inner = voltage[node] / ratio[branch]
            current[branch] = drawn[node] * np.conj(ratio[branch]) + half_shunt[branch] * inner
            drawn[parent] += current[branch] + half_shunt[branch] * voltage[parent]


_FORWARD = (
    "float64(int64[::1], int64[::1], int64[::1], int64[::1], complex128[::1], complex128[::1], int64[::1],"
    " float64[::1], complex128[::1], complex128[::1], complex128[::1], complex128[::1])"
)


@compiled(_FORWARD)
def forward(
    order: Integers,
    parent_branch: Integers,
    parent_node: Integers,
    branch_from: Integers,
    series: Complexes,
    ratio: Complexes,
    root_of: Integers,
    source_voltage: Floats,
    source_series: Complexes,
    current: Complexes,
    drawn: Complexes,
    voltage: Complexes,
) -> float:
    """Update voltages from the sources down; returns the largest change."""
    change = 0.0
    for position in range(len(order)):
        node = order[position]
        branch = parent_branch[node]
        if branch < 0:
            root = root_of[node]
            new = source_voltage[root] - source_series[root] * drawn[node]
        elif branch_from[branch] == parent_node[node]:
            new = voltage[parent_node[node]] / ratio[branch] - series[branch] * current[branch]
        else:
            new = ratio[branch] * (voltage[parent_node[node]] - series[branch] * current[branch])
        change = max(change, abs(new - voltage[node]))
        voltage[node] = new
    return change


_SWEEP = (
    "Tuple((int64, float64))(int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], complex128[::1],"
    " complex128[::1], complex128[::1], float64[::1], complex128[::1], complex128[::1], float64, int64,"
    " complex128[::1], complex128[::1], complex128[::1])"
)


@compiled(_SWEEP)
def sweep(
    order: Integers,
    parent_branch: Integers,
    parent_node: Integers,
    root_of: Integers,
    branch_from: Integers,
    series: Complexes,
    half_shunt: Complexes,
    ratio: Complexes,
    source_voltage: Floats,
    source_series: Complexes,
    power: Complexes,
    tolerance: float,
    most: int,
    voltage: Complexes,
    current: Complexes,
    drawn: Complexes,
) -> tuple[int, float]:
    """Iterate from the flat start that it writes into `voltage`; returns (iterations, last change).

    Not converged when the last change exceeds the tolerance (it is then inf where a voltage collapsed).
    """
    for position in range(len(order)):
        node = order[position]
        branch = parent_branch[node]
        if branch < 0:
            voltage[node] = source_voltage[root_of[node]]
        elif branch_from[branch] == parent_node[node]:
            voltage[node] = voltage[parent_node[node]] / ratio[branch]
        else:
            voltage[node] = voltage[parent_node[node]] * ratio[branch]
    change = np.inf
    for iteration in range(1, most + 1):
        backward(order, parent_branch, parent_node, branch_from, half_shunt, ratio, power, voltage, current, drawn)
        change = forward(
            order, parent_branch, parent_node, branch_from, series, ratio, root_of, source_voltage, source_series,
            current, drawn, voltage,
        )  # fmt: skip
        if change < tolerance:
            return iteration, change
        if not change < 10.0:
            return iteration, np.inf
    return most, change


@compiled(
    "void(int64[::1], int64[::1], int64[::1], complex128[::1], complex128[::1], complex128[::1], complex128[::1],"
    " boolean[::1], complex128[::1], complex128[::1])"
)
def end_currents(
    branch_from: Integers,
    branch_to: Integers,
    parent_branch: Integers,
    half_shunt: Complexes,
    ratio: Complexes,
    voltage: Complexes,
    current: Complexes,
    conducting: Booleans,
    at_from: Complexes,
    at_to: Complexes,
) -> None:
    """Currents that flow into each branch at its from and to end (p.u. of the end's own base); 0 where it is off."""
    for branch in range(len(branch_from)):
        at_from[branch] = 0.0
        at_to[branch] = 0.0
        if not conducting[branch] or branch_to[branch] < 0:
            continue
        start, end = branch_from[branch], branch_to[branch]
        down = parent_branch[end] == branch
        if not down and parent_branch[start] != branch:
            continue
        through = current[branch] if down else -current[branch]
        inner = voltage[start] / ratio[branch]
        at_from[branch] = (through + half_shunt[branch] * inner) / np.conj(ratio[branch])
        at_to[branch] = -through + half_shunt[branch] * voltage[end]
