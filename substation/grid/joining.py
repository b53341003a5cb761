"""What happens when an open switch between two fed nodes is closed: a loop of one source, or a parallel of two.

Before the close the grid is radial. Its power flow gives the voltages at both sides of the switch, which are the
Thevenin voltages of the loop; its impedance is the sum of the series impedances along both ways up to where they part,
or up to and through both sources. Difference over impedance is the circulating current. It is added, by magnitude, to
what every branch of the loop carries, so that the result is never below the exact one. Loads count as constant current
and off-nominal ratios as 1 for this addition; both ways' phase shifts are in the voltages.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.network.elements import Transformer
from substation.grid.arrays import BASE_POWER_VA
from substation.grid.short_circuit import Case, ShortCircuits, peak_factor
from substation.grid.sweep import Flow


@dataclass(frozen=True, slots=True)
class FaultPlace:
    """Greatest three-phase fault at a switch of the loop, its own branch number; rms in A and peak in A."""

    branch: int
    current_a: float
    peak_a: float


@dataclass(frozen=True, slots=True)
class Joining:
    """voltage_pu: by how much the magnitudes differ. angle_deg: between both sides, at most.

    circulating_a: through the switch. ways: branches of both ways from where they part, down to the switch. shifts: of
    both ways in hours of the clock. currents_a: what each branch of the loop carries after the close, by its number.
    """

    sources: tuple[int, int]
    voltage_pu: float
    angle_deg: float
    circulating_a: float
    ways: tuple[tuple[int, ...], tuple[int, ...]]
    shifts: tuple[int, int]
    currents_a: dict[int, float]
    faults: tuple[FaultPlace, ...]


def join(flow: Flow, circuits: ShortCircuits, switch: int, angle_between_deg: float) -> Joining:
    """Close branch `switch` of a radial state. angle_between_deg: the largest between the two sources' own voltages."""
    tree, arrays = flow.tree, flow.tree.arrays
    ends = (int(arrays.branch_from[switch]), int(arrays.branch_to[switch]))
    roots = (int(tree.root_of[ends[0]]), int(tree.root_of[ends[1]]))
    paths = (tree.path(ends[0]), tree.path(ends[1]))
    shared = _shared(paths[0], paths[1]) if roots[0] == roots[1] else 0
    ways = (tuple(paths[0][shared:]), tuple(paths[1][shared:]))
    voltages = [complex(flow.voltage_v[end]) / float(arrays.nominal_voltage_v[end]) for end in ends]
    impedance = _loop(flow, circuits, roots, ways)
    apart = abs(voltages[0] - voltages[1]) + 2 * math.sin(math.radians(angle_between_deg) / 2)
    circulating_pu = apart / max(abs(impedance), 1e-12)
    base_a = BASE_POWER_VA / (math.sqrt(3) * arrays.nominal_voltage_v)
    before = np.maximum(flow.from_current_a, flow.to_current_a)
    added = {branch: circulating_pu * float(base_a[arrays.branch_to[branch]]) for way in ways for branch in way}
    circulating_a = circulating_pu * float(base_a[ends[0]])
    return Joining(
        sources=roots,
        voltage_pu=abs(abs(voltages[0]) - abs(voltages[1])),
        angle_deg=math.degrees(abs(np.angle(voltages[0] / voltages[1]))) + angle_between_deg,
        circulating_a=circulating_a,
        ways=ways,
        shifts=(_shift(flow, paths[0]), _shift(flow, paths[1])),
        currents_a={branch: float(before[branch]) + more for branch, more in added.items()} | {switch: circulating_a},
        faults=tuple(_faults(flow, circuits, switch, roots, paths, shared)),
    )


def _shared(one: list[int], other: list[int]) -> int:
    """How many branches both ways begin with."""
    count = 0
    while count < min(len(one), len(other)) and one[count] == other[count]:
        count += 1
    return count


def _loop(flow: Flow, circuits: ShortCircuits, roots: tuple[int, int], ways: tuple[tuple[int, ...], ...]) -> complex:
    total = 0j
    for root, way in zip(roots, ways, strict=True):
        start = circuits.source_pu(root, Case.GREATEST) if roots[0] != roots[1] else 0j
        total += circuits.along(flow.tree, list(way), start, Case.GREATEST)[-1] if way else start
    return total


def _shift(flow: Flow, path: list[int]) -> int:
    """Sum of the clock numbers of the transformers on the way from the source."""
    arrays = flow.tree.arrays
    hours = 0
    for branch in path:
        if arrays.first_transformer <= branch < arrays.first_switch:
            transformer = arrays.network.transformers[branch - arrays.first_transformer]
            down = flow.tree.parent_branch[arrays.node_index[transformer.lv_node]] == branch
            hours += clock_number(transformer) * (1 if down else -1)
    return hours % 12


def clock_number(transformer: Transformer) -> int:
    """5 of 'YNd5'; 0 where the vector group names none."""
    digits = "".join(character for character in transformer.vector_group if character.isdigit())
    return int(digits or 0) % 12


def _faults(
    flow: Flow,
    circuits: ShortCircuits,
    switch: int,
    roots: tuple[int, int],
    paths: tuple[list[int], list[int]],
    shared: int,
) -> Iterator[FaultPlace]:
    """At every switch of the loop that has the voltage of the closing one: both ways feed a fault there."""
    tree, arrays = flow.tree, flow.tree.arrays
    level_v = float(arrays.nominal_voltage_v[arrays.branch_from[switch]])
    common, starts = 0j, [circuits.source_pu(root, Case.GREATEST) for root in roots]
    if roots[0] == roots[1]:
        common, starts = [starts[0], *circuits.along(tree, paths[0][:shared], starts[0], Case.GREATEST)][-1], [0j, 0j]
    behind = [
        [start, *circuits.along(tree, path[shared:], start, Case.GREATEST)]
        for start, path in zip(starts, paths, strict=True)
    ]
    around = behind[0][-1] + behind[1][-1]
    for path, impedances in zip(paths, behind, strict=True):
        for branch, own in zip([*path[shared:], switch], [*impedances[1:], impedances[-1]], strict=True):
            node = int(arrays.branch_from[branch])
            if branch >= arrays.first_switch and float(arrays.nominal_voltage_v[node]) == level_v:
                at = common + (own * (around - own) / around if around else 0j)
                current_a = circuits.greatest_a(node, at)
                yield FaultPlace(branch, current_a, peak_factor(at) * math.sqrt(2) * current_a)
