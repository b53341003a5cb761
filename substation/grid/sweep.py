"""Radial power flow of a network: SI in, SI out (substation.grid.sweep_kernel does the arithmetic)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.errors import DivergedError
from substation.grid.arrays import BASE_POWER_VA, Booleans, Complexes, Floats
from substation.grid.sweep_kernel import end_currents, sweep
from substation.grid.topology import Topology, Tree, radial_or_raise

TOLERANCE_PU = 1e-10
MOST_ITERATIONS = 100


@dataclass(frozen=True, slots=True)
class Flow:
    """Result of one power flow.

    voltage_v: complex128[n], phase to phase, 0 where not fed. from_current_a, to_current_a: float64[b], magnitudes at
    both ends (capacitive charging makes them differ). losses_w: of all that is fed. ratio: complex128[b] it was solved
    with, at the tap positions of that moment.
    """

    tree: Tree
    ratio: Complexes
    voltage_v: Complexes
    from_current_a: Floats
    to_current_a: Floats
    losses_w: float
    iterations: int

    def voltage_pu(self) -> Floats:
        """float64[n], magnitude in p.u. of nominal."""
        return np.abs(self.voltage_v) / self.tree.arrays.nominal_voltage_v

    def line_loading_pu(self) -> Floats:
        """float64[lines]: larger end current over rated current; 0 where a line has no rating."""
        arrays = self.tree.arrays
        rated = np.array([line.rated_current_a for line in arrays.network.lines], dtype=np.float64)
        current = np.maximum(self.from_current_a, self.to_current_a)[: arrays.first_transformer]
        return np.divide(current, rated, out=np.zeros_like(current), where=rated > 0)

    def transformer_loading_pu(self) -> Floats:
        """float64[transformers]: larger apparent power of both sides over rated power."""
        arrays = self.tree.arrays
        part = slice(arrays.first_transformer, arrays.first_switch)
        rated = np.array([each.rated_power_va for each in arrays.network.transformers], dtype=np.float64)
        high = np.abs(self.voltage_v[arrays.branch_from[part]]) * self.from_current_a[part]
        low = np.abs(self.voltage_v[arrays.branch_to[part]]) * self.to_current_a[part]
        return math.sqrt(3) * np.maximum(high, low) / rated


def solve(
    topology: Topology, closed: Booleans, consumption_va: Complexes, taps: Mapping[str, int] | None = None
) -> Flow:
    """Power flow with these closed switches (bool[s]) and net consumption per node (complex128[n], VA).

    taps: present tap positions by transformer id. NotRadialError when the mask is not radial, DivergedError when the
    loads cannot be carried.
    """
    arrays = topology.arrays
    tree = topology.tree(closed)
    radial_or_raise(tree)
    ratio = arrays.ratio if taps is None else arrays.tapped(taps)
    voltage, drawn = (np.zeros(arrays.nodes, dtype=np.complex128) for _ in range(2))
    current = np.zeros(arrays.branches, dtype=np.complex128)
    power = consumption_va / BASE_POWER_VA
    iterations, change = sweep(
        tree.order, tree.parent_branch, tree.parent_node, tree.root_of, arrays.branch_from, arrays.series_pu,
        arrays.half_shunt_pu, ratio, arrays.source_voltage_pu, arrays.source_series_pu, power, TOLERANCE_PU,
        MOST_ITERATIONS, voltage, current, drawn,
    )  # fmt: skip
    if not change < TOLERANCE_PU:
        raise DivergedError(iterations, change)
    at_from, at_to = (np.zeros(arrays.branches, dtype=np.complex128) for _ in range(2))
    end_currents(
        arrays.branch_from, arrays.branch_to, tree.parent_branch, arrays.half_shunt_pu, ratio, voltage, current,
        arrays.conducting(closed), at_from, at_to,
    )  # fmt: skip
    return _flow(tree, ratio, voltage, at_from, at_to, drawn, power, iterations)


def _flow(
    tree: Tree,
    ratio: Complexes,
    voltage: Complexes,
    at_from: Complexes,
    at_to: Complexes,
    drawn: Complexes,
    power: Complexes,
    iterations: int,
) -> Flow:
    arrays = tree.arrays
    base_a = BASE_POWER_VA / (math.sqrt(3) * arrays.nominal_voltage_v)
    roots = arrays.source_node
    infeed = float(np.sum((voltage[roots] * np.conj(drawn[roots])).real))
    used = float(np.sum(power[tree.order].real))
    return Flow(
        tree=tree,
        ratio=ratio,
        voltage_v=voltage * arrays.nominal_voltage_v,
        from_current_a=np.abs(at_from) * base_a[arrays.branch_from],
        to_current_a=np.abs(at_to) * base_a[np.maximum(arrays.branch_to, 0)],
        losses_w=(infeed - used) * BASE_POWER_VA,
        iterations=iterations,
    )
