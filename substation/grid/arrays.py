"""A Network as numpy arrays: what topology and sweep work on. SI outside, per unit (1 MVA, nominal voltage) inside.

Branches are numbered lines first, then transformers, then switches, each in the order of the Network. An earthing
switch has no second node; its `branch_to` is -1 and it never conducts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.errors import AlgorithmError
from models.network.elements import Network, Transformer
from models.network.unstated import REMEDY

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

BASE_POWER_VA = 1e6
_CLOCK_HOUR_RAD = math.pi / 6


@dataclass(frozen=True, slots=True)
class Electrical:
    """The electrical part of GridArrays, which see."""

    series_pu: Complexes
    half_shunt_pu: Complexes
    ratio: Complexes
    source_voltage_pu: Floats
    source_series_pu: Complexes


@dataclass(frozen=True, slots=True)
class GridArrays:
    """Sizes: n nodes, b branches (lines, transformers, switches), s switches, q sources.

    branch_from, branch_to: int64[b]; adjacency in compressed rows: the branches at node i are
    adjacent[first[i]:first[i + 1]]. series_pu, half_shunt_pu, ratio: complex128[b], the series impedance and the
    shunt admittance at each end, both on the to side, behind an ideal transformer `ratio` on the from side (turns ratio
    at the present tap, with the phase shift of the vector group). nominal_voltage_v: float64[n]. source_series_pu:
    complex128[q]; source_voltage_pu: float64[q]. Those electrical ones raise AlgorithmError where the network states
    only its topology.
    """

    network: Network
    node_index: Mapping[str, int]
    switch_index: Mapping[str, int]
    nominal_voltage_v: Floats
    branch_from: Integers
    branch_to: Integers
    first: Integers
    adjacent: Integers
    source_node: Integers
    electrical: Electrical | None

    @property
    def stated(self) -> Electrical:
        """The electrical values. AlgorithmError when the network comes from an SCD alone."""
        if self.electrical is None:
            problem = "the SCD states no impedances, ratings and voltages of the network"
            raise AlgorithmError(f"{problem}; {REMEDY}")
        return self.electrical

    @property
    def series_pu(self) -> Complexes:
        return self.stated.series_pu

    @property
    def half_shunt_pu(self) -> Complexes:
        return self.stated.half_shunt_pu

    @property
    def ratio(self) -> Complexes:
        return self.stated.ratio

    @property
    def source_voltage_pu(self) -> Floats:
        return self.stated.source_voltage_pu

    @property
    def source_series_pu(self) -> Complexes:
        return self.stated.source_series_pu

    @property
    def nodes(self) -> int:
        return len(self.nominal_voltage_v)

    @property
    def branches(self) -> int:
        return len(self.branch_from)

    @property
    def first_transformer(self) -> int:
        """Number of the first branch that is a transformer."""
        return len(self.network.lines)

    @property
    def first_switch(self) -> int:
        """Number of the first branch that is a switch."""
        return len(self.network.lines) + len(self.network.transformers)

    def conducting(self, closed: Booleans) -> Booleans:
        """bool[b]: lines and transformers always conduct, switches where closed (bool[s])."""
        return np.concatenate([np.ones(self.first_switch, dtype=np.bool_), closed]) & (self.branch_to >= 0)

    def branch_id(self, branch: int) -> str:
        """SCL path of a branch."""
        network = self.network
        if branch < self.first_transformer:
            return network.lines[branch].id
        if branch < self.first_switch:
            return network.transformers[branch - self.first_transformer].id
        return network.switches[branch - self.first_switch].id

    def tapped(self, taps: Mapping[str, int]) -> Complexes:
        """`ratio` with the present tap positions of the named transformers instead of those of the network file."""
        ratio = self.ratio.copy()
        for number, transformer in enumerate(self.network.transformers, self.first_transformer):
            tap = taps.get(transformer.id, transformer.tap)
            nominal = self.nominal_voltage_v[[self.branch_from[number], self.branch_to[number]]]
            ratio[number] = _ratio(transformer, tap, float(nominal[0]), float(nominal[1]))
        return ratio


def grid_arrays(network: Network) -> GridArrays:
    """Build all arrays once per network. AlgorithmError names an element whose node does not exist."""
    node_index = {node.id: number for number, node in enumerate(network.nodes)}
    nominal = np.array([node.nominal_voltage_v for node in network.nodes], dtype=np.float64)
    branch_from, branch_to = _ends(network, node_index)
    first, adjacent = _adjacency(len(nominal), branch_from, branch_to)
    return GridArrays(
        network=network,
        node_index=node_index,
        switch_index={switch.id: number for number, switch in enumerate(network.switches)},
        nominal_voltage_v=nominal,
        branch_from=branch_from,
        branch_to=branch_to,
        first=first,
        adjacent=adjacent,
        source_node=np.array([_node(node_index, source.node, source.id) for source in network.sources], dtype=np.int64),
        electrical=None if network.topology_only else _electrical(network, nominal, branch_from, branch_to),
    )


def _electrical(network: Network, nominal: Floats, branch_from: Integers, branch_to: Integers) -> Electrical:
    series, shunt, ratio = _branch_parameters(network, nominal, branch_from, branch_to)
    behind = [_source_impedance(source.short_circuit_power_va, source.rx_ratio) for source in network.sources]
    return Electrical(
        series_pu=series,
        half_shunt_pu=shunt,
        ratio=ratio,
        source_voltage_pu=np.array([source.voltage_pu for source in network.sources], dtype=np.float64),
        source_series_pu=np.array(behind, dtype=np.complex128),
    )


def _node(index: Mapping[str, int], node: str, element: str) -> int:
    if node not in index:
        raise AlgorithmError(f"{element} stands at node '{node}', which the network does not have; run ringmain check")
    return index[node]


def _ends(network: Network, index: Mapping[str, int]) -> tuple[Integers, Integers]:
    ends = [(line.id, line.from_node, line.to_node) for line in network.lines]
    ends += [(transformer.id, transformer.hv_node, transformer.lv_node) for transformer in network.transformers]
    ends += [(switch.id, switch.from_node, switch.to_node) for switch in network.switches]
    start = [_node(index, node, element) for element, node, _ in ends]
    end = [_node(index, node, element) if node else -1 for element, _, node in ends]
    return np.array(start, dtype=np.int64), np.array(end, dtype=np.int64)


def _adjacency(nodes: int, branch_from: Integers, branch_to: Integers) -> tuple[Integers, Integers]:
    rows: list[list[int]] = [[] for _ in range(nodes)]
    for branch, (start, end) in enumerate(zip(branch_from, branch_to, strict=True)):
        if end >= 0:
            rows[start].append(branch)
            rows[end].append(branch)
    first = np.zeros(nodes + 1, dtype=np.int64)
    first[1:] = np.cumsum([len(row) for row in rows])
    return first, np.array([branch for row in rows for branch in row], dtype=np.int64)


def _branch_parameters(
    network: Network, nominal: Floats, branch_from: Integers, branch_to: Integers
) -> tuple[Complexes, Complexes, Complexes]:
    series = np.zeros(len(branch_from), dtype=np.complex128)
    shunt = np.zeros(len(branch_from), dtype=np.complex128)
    ratio = np.ones(len(branch_from), dtype=np.complex128)
    omega = 2 * math.pi * network.frequency_hz
    for number, line in enumerate(network.lines):
        base_ohm = nominal[branch_from[number]] ** 2 / BASE_POWER_VA
        series[number] = complex(line.resistance_ohm, line.reactance_ohm) / base_ohm
        shunt[number] = 0.5j * omega * line.capacitance_f * base_ohm
    for number, transformer in enumerate(network.transformers, len(network.lines)):
        high, low = float(nominal[branch_from[number]]), float(nominal[branch_to[number]])
        series[number], shunt[number] = _transformer(transformer, low)
        ratio[number] = _ratio(transformer, transformer.tap, high, low)
    return series, shunt, ratio


def _transformer(transformer: Transformer, nominal_low_v: float) -> tuple[complex, complex]:
    """Series impedance and half the magnetising admittance, in p.u. of the LV node (pi model)."""
    rated_ohm = transformer.lv_rated_voltage_v**2 / transformer.rated_power_va
    base_ohm = nominal_low_v**2 / BASE_POWER_VA
    resistance = transformer.short_circuit_losses_w / transformer.rated_power_va
    reactance = math.sqrt(max(transformer.short_circuit_voltage_pu**2 - resistance**2, 0.0))
    conductance = transformer.no_load_losses_w / transformer.rated_power_va
    susceptance = math.sqrt(max(transformer.no_load_current_pu**2 - conductance**2, 0.0))
    series = complex(resistance, reactance) * rated_ohm / base_ohm
    magnetising = complex(conductance, -susceptance) / rated_ohm * base_ohm
    return series, 0.5 * magnetising


def _ratio(transformer: Transformer, tap: int, nominal_high_v: float, nominal_low_v: float) -> complex:
    """Off-nominal ratio with the phase shift of the vector group's clock number ('YNd5': LV lags by 150 degrees)."""
    turns = transformer.hv_rated_voltage_v * (1 + tap * transformer.tap_step_pu) / transformer.lv_rated_voltage_v
    digits = "".join(character for character in transformer.vector_group if character.isdigit())
    angle = int(digits or 0) % 12 * _CLOCK_HOUR_RAD
    return turns * nominal_low_v / nominal_high_v * complex(math.cos(angle), math.sin(angle))


def _source_impedance(short_circuit_power_va: float, rx_ratio: float) -> complex:
    magnitude = BASE_POWER_VA / short_circuit_power_va
    reactance = magnitude / math.hypot(1.0, rx_ratio)
    return complex(rx_ratio * reactance, reactance)
