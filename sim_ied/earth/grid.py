"""Zero and positive sequence of the whole grid for one state of switches, and what earth faults do in it.

Loads and generators stand aside: neither has a path for the zero sequence. A transformer lets no zero sequence pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import SuperLU

from models.network.elements import Network
from sim_ied.earth.neutral import neutral_points, transformer_ohm
from sim_ied.earth.pieces import Pieces, cut, whole_lines
from sim_ied.earth.sequences import ALPHA, Branches, Burning, Complexes, Sequences, factorised, solve
from sim_ied.earth.settings import EarthFaultSettings
from sim_ied.fault import FaultPlace
from sim_ied.topology import Bools, Ints, Topology

Floats = NDArray[np.float64]

_CONTACT_OHM = 1e-4
"""Of a closed switch: small beside every line, large enough that its current follows from its two voltages."""
_LEAKAGE_S, _LEAKAGE_VA = 1e-12, 1e-3
"""Insulation and magnetisation of every node: parts without line or source are then ordinary ones too."""


@dataclass(frozen=True, slots=True)
class EarthState:
    """What earth faults make of the grid. Phasors; the reference is the voltage of phase A before the fault.

    fault_a: per fault, into earth. zero_v: U0 per node. residual_a: 3I0 per switch, out of the busbar. transient_v,
    transient_a: the same of the first half-wave, when no coil carries current yet. phase_a: phases of each switch,
    [3, switches]. line_pu: smallest line to line voltage over that before, per node. neutral_a: per neutral point.
    """

    fault_a: Complexes
    zero_v: Complexes
    residual_a: Complexes
    transient_v: Complexes
    transient_a: Complexes
    phase_a: Complexes
    line_pu: Floats
    neutral_a: Complexes


class EarthGrid:
    """One network; asked with any state of its switches (bool per switch)."""

    def __init__(self, network: Network, topology: Topology, settings: EarthFaultSettings) -> None:
        self._network, self._topology, self._settings = network, topology, settings
        self._lines = whole_lines(network, topology)
        self.neutrals = neutral_points(network, topology, settings.neutrals)
        self._sources = _source_admittances(network, topology)

    def galvanic(self, closed: Bools) -> Ints:
        """Number of the galvanic network of each node: what lines and closed switches join."""
        return self._topology.zones(closed)

    def capacitive_a(self, closed: Bools) -> Floats:
        """Capacitive earth-fault current of the galvanic network of each node: sqrt(3) U omega C0, in A."""
        labels, lines = self.galvanic(closed), self._lines
        own_a = sqrt(3.0) * lines.capacitive_s * lines.nominal_v[lines.from_node]
        count = int(labels.max(initial=0)) + 1
        total: Floats = np.bincount(labels[lines.from_node], own_a, minlength=count).astype(np.float64)[labels]
        return total

    def state(self, closed: Bools, places: tuple[FaultPlace, ...], voltage_v: Floats, coils_a: Floats) -> EarthState:
        """places: earth faults that burn, one at least. voltage_v: line to line per node, before. coils_a: per neutral
        point, what its coil is set to."""
        lines = cut(self._lines, places)
        burning = Burning(
            node=lines.fault_node,
            phase=np.array([place.fault.phase for place in places], np.int64),
            resistance_ohm=np.array([place.fault.resistance_ohm for place in places], np.float64),
            voltage_v=voltage_v[[place.node for place in places]] / sqrt(3.0),
        )
        positive = self._positive(closed, lines)
        steady = solve(self._zero(closed, lines, coils_a), positive, lines.nominal_v, burning)
        first = solve(self._zero(closed, lines, np.zeros_like(coils_a)), positive, lines.nominal_v, burning)
        return self._read(closed, steady, first, voltage_v, coils_a)

    def _read(
        self, closed: Bools, steady: Sequences, first: Sequences, voltage_v: Floats, coils_a: Floats
    ) -> EarthState:
        count = len(voltage_v)
        zero_a, positive_a, negative_a, first_a = (
            self._through(closed, each) for each in (steady.zero_v, steady.positive_v, steady.negative_v, first.zero_v)
        )
        zero_v = steady.zero_v[:count]
        admittances = zip(self.neutrals, self._neutral_s(closed, coils_a), strict=True)
        return EarthState(
            fault_a=steady.current_a,
            zero_v=zero_v,
            residual_a=3.0 * zero_a,
            transient_v=first.zero_v[:count],
            transient_a=3.0 * first_a,
            phase_a=zero_a + np.outer(ALPHA, positive_a) + np.outer(ALPHA.conj(), negative_a),
            line_pu=_line_pu(steady, voltage_v / sqrt(3.0)),
            neutral_a=np.array([3.0 * zero_v[point.node] * each for point, each in admittances], np.complex128),
        )

    def _through(self, closed: Bools, node_v: Complexes) -> Complexes:
        """Current through each switch from its busbar, for one sequence."""
        used = closed & self._topology.joins
        drop_v = node_v[self._topology.switch_from] - node_v[self._topology.switch_to]
        return np.where(used, drop_v / _CONTACT_OHM, 0.0)

    def _zero(self, closed: Bools, lines: Pieces, coils_a: Floats) -> SuperLU:
        shunt = np.full(lines.nodes, _LEAKAGE_S, np.complex128)
        for ends in (lines.from_node, lines.to_node):
            np.add.at(shunt, ends, 0.5j * lines.capacitive_s)
        for point, admittance in zip(self.neutrals, self._neutral_s(closed, coils_a), strict=True):
            shunt[point.node] += admittance
        ohm = lines.series_ohm * self._settings.zero_sequence_factor
        return factorised(self._branches(closed, lines, 1.0 / ohm, np.ones(lines.nodes)), shunt)

    def _neutral_s(self, closed: Bools, coils_a: Floats) -> list[complex]:
        capacitive_a = self.capacitive_a(closed)
        each = zip(self.neutrals, coils_a.tolist(), strict=True)
        return [point.admittance(coil_a, float(capacitive_a[point.node])) for point, coil_a in each]

    def _positive(self, closed: Bools, lines: Pieces) -> SuperLU:
        """In VA at nominal voltage."""
        shunt = np.full(lines.nodes, _LEAKAGE_VA, np.complex128)
        for node, admittance in self._sources:
            shunt[node] += admittance
        base = lines.nominal_v**2
        branches = self._branches(closed, lines, base[lines.from_node] / lines.series_ohm, base)
        on = self._topology.in_service
        windings = [each for each, used in zip(self._network.transformers, on.tolist(), strict=True) if used]
        ends = [(self._topology.node_at[each.hv_node], self._topology.node_at[each.lv_node]) for each in windings]
        admittances = [base[ends[at][1]] / transformer_ohm(each) for at, each in enumerate(windings)]
        return factorised(
            Branches(
                np.concatenate((branches.from_node, np.array([one for one, _ in ends], np.int64))),
                np.concatenate((branches.to_node, np.array([other for _, other in ends], np.int64))),
                np.concatenate((branches.admittance, np.array(admittances, np.complex128))),
            ),
            shunt,
        )

    def _branches(self, closed: Bools, lines: Pieces, series: Complexes, base: Floats) -> Branches:
        """Lines and closed switches. base: per node, what turns siemens into the admittance's unit."""
        used = np.flatnonzero(closed & self._topology.joins)
        ends = self._topology.switch_from[used], self._topology.switch_to[used]
        return Branches(
            np.concatenate((lines.from_node, ends[0])),
            np.concatenate((lines.to_node, ends[1])),
            np.concatenate((series, base[ends[0]] / _CONTACT_OHM)),
        )


def _source_admittances(network: Network, topology: Topology) -> list[tuple[int, complex]]:
    """In VA: short-circuit power at the angle of the source's impedance."""
    return [
        (
            topology.node_at[source.node],
            source.short_circuit_power_va * abs(complex(source.rx_ratio, 1.0)) / complex(source.rx_ratio, 1.0),
        )
        for source in network.sources
    ]


def _line_pu(steady: Sequences, phase_v: Floats) -> Floats:
    """Smallest line to line voltage over that before; 1 where there was none. phase_v: per node of the network."""
    count = len(phase_v)
    after = np.outer(ALPHA, phase_v + steady.positive_v[:count]) + np.outer(ALPHA.conj(), steady.negative_v[:count])
    least_v = np.abs(after - np.roll(after, 1, axis=0)).min(axis=0)
    before_v = sqrt(3.0) * phase_v
    ratio: Floats = np.divide(least_v, before_v, out=np.ones_like(before_v), where=before_v > 0.0)
    return ratio
