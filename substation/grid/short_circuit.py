"""Short-circuit currents along the path that feeds a node, in the manner of IEC 60909-0: Thevenin, positive sequence.

A radial grid has one way from the source to every node, so the impedance at the fault is the sum along it: source,
lines, transformers (referred by the square of their rated ratio). Loads and shunts are left out, as in the standard.
The least current is the two-phase one, sqrt(3)/2 of the three-phase one, with hot conductors and c = 1; the greatest is
the three-phase one with cold conductors and c = 1.1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np

from models.network.elements import Transformer
from substation.grid.arrays import BASE_POWER_VA, Complexes
from substation.grid.topology import Topology, Tree


class Case(Enum):
    """Which current of a fault is wanted."""

    LEAST = "least"
    GREATEST = "greatest"


VOLTAGE_FACTOR = {Case.LEAST: 1.0, Case.GREATEST: 1.1}
"""c_min and c_max of IEC 60909-0 above 1 kV."""
TWO_PHASE = math.sqrt(3) / 2
HOT = 1 + 0.004 * (80.0 - 20.0)
"""Resistance of a conductor at 80 degrees C over that at 20 degrees C."""


@dataclass(frozen=True, slots=True)
class _Series:
    """Series impedances as lists, which a walk reads node by node."""

    source_pu: list[complex]
    branch_pu: list[complex]

    @classmethod
    def of(cls, source_pu: Complexes, branch_pu: Complexes) -> _Series:
        return cls(source_pu.tolist(), branch_pu.tolist())


_Way = tuple[list[int], list[int], list[int]]
"""Of a tree as lists: parent branch, parent node and root of every node."""


class ShortCircuits:
    """One per topology; asked with the tree of any state."""

    def __init__(self, topology: Topology) -> None:
        arrays = self._arrays = topology.arrays
        nominal_taps = {each.id: 0 for each in topology.network.transformers}
        self._squared_ratio: list[float] = (np.abs(arrays.tapped(nominal_taps)) ** 2).tolist()
        self._branch_to: list[int] = arrays.branch_to.tolist()
        self._series = {Case.LEAST: _least(topology), Case.GREATEST: _greatest(topology)}
        self._base_a = BASE_POWER_VA / (math.sqrt(3) * arrays.nominal_voltage_v)

    def impedances_pu(self, tree: Tree, nodes: Iterable[int], case: Case) -> Mapping[int, complex]:
        """Thevenin impedance (1 MVA, nominal voltage) of these nodes, and of all on their ways, that are fed."""
        found: dict[int, complex] = {}
        way: _Way = tree.parent_branch.tolist(), tree.parent_node.tolist(), tree.root_of.tolist()
        for node in nodes:
            self._walk(way, node, case, found)
        return found

    def least_a(self, tree: Tree, nodes: Iterable[int]) -> Mapping[int, float]:
        """Least two-phase current in A at each of these nodes that is fed, at the node's own voltage."""
        wanted = list(nodes)
        impedances = self.impedances_pu(tree, wanted, Case.LEAST)
        factor = TWO_PHASE * VOLTAGE_FACTOR[Case.LEAST]
        return {
            node: float(factor * self._base_a[node] / abs(impedances[node])) for node in wanted if node in impedances
        }

    def greatest_a(self, node: int, impedance_pu: complex) -> float:
        """Greatest three-phase current in A, rms, behind this impedance at a node."""
        return float(VOLTAGE_FACTOR[Case.GREATEST] * self._base_a[node] / abs(impedance_pu))

    def along(self, tree: Tree, path: list[int], start_pu: complex, case: Case) -> list[complex]:
        """Impedance behind each branch of a path that leads down, when `start_pu` stands before its first branch."""
        behind, impedance = [], start_pu
        for branch in path:
            below = self._below(tree, branch)
            impedance = self._crossed(branch, below, impedance, case)
            behind.append(impedance)
        return behind

    def source_pu(self, root: int, case: Case) -> complex:
        return self._series[case].source_pu[root]

    def _below(self, tree: Tree, branch: int) -> int:
        end = self._branch_to[branch]
        return end if tree.parent_branch[end] == branch else int(self._arrays.branch_from[branch])

    def _walk(self, up: _Way, node: int, case: Case, found: dict[int, complex]) -> None:
        parent_branch, parent_node, root_of = up
        if root_of[node] < 0:
            return
        way = []
        while node not in found and (branch := parent_branch[node]) >= 0:
            way.append((node, branch))
            node = parent_node[node]
        impedance = found[node] if node in found else self.source_pu(root_of[node], case)
        found[node] = impedance
        for below, branch in reversed(way):
            impedance = found[below] = self._crossed(branch, below, impedance, case)

    def _crossed(self, branch: int, below: int, impedance: complex, case: Case) -> complex:
        """What is seen at the lower end of a branch; its own series impedance stands on its to side."""
        series, squared = self._series[case].branch_pu[branch], self._squared_ratio[branch]
        if self._branch_to[branch] == below:
            return impedance / squared + series
        return (impedance + series) * squared


def peak_factor(impedance_pu: complex) -> float:
    """kappa of IEC 60909-0: peak of the current over sqrt(2) of its rms value."""
    return 1.02 + 0.98 * math.exp(-3.0 * impedance_pu.real / impedance_pu.imag) if impedance_pu.imag > 0 else 2.0


def _least(topology: Topology) -> _Series:
    arrays = topology.arrays
    series = arrays.series_pu.copy()
    lines = slice(0, arrays.first_transformer)
    series[lines] = series[lines].real * HOT + 1j * series[lines].imag
    powers_va = [
        each.short_circuit_power_va / (each.short_circuit_power_min_va or each.short_circuit_power_va)
        for each in topology.network.sources
    ]
    weakness = np.array(powers_va, dtype=np.float64)
    return _Series.of(arrays.source_series_pu * weakness * VOLTAGE_FACTOR[Case.LEAST], series)


def _greatest(topology: Topology) -> _Series:
    arrays = topology.arrays
    series = arrays.series_pu.copy()
    for number, transformer in enumerate(topology.network.transformers, arrays.first_transformer):
        series[number] *= _correction(transformer)
    return _Series.of(arrays.source_series_pu * VOLTAGE_FACTOR[Case.GREATEST], series)


def _correction(transformer: Transformer) -> float:
    """K_T of IEC 60909-0 for the greatest current through a network transformer."""
    resistance = transformer.short_circuit_losses_w / transformer.rated_power_va
    reactance = math.sqrt(max(transformer.short_circuit_voltage_pu**2 - resistance**2, 0.0))
    return 0.95 * VOLTAGE_FACTOR[Case.GREATEST] / (1 + 0.6 * reactance)
