"""Lines as arrays, cut in two where a fault sits."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import numpy as np
from numpy.typing import NDArray

from models.network.completion import earth_capacitance_f
from models.network.elements import Network
from sim_ied.fault import FaultPlace
from sim_ied.topology import Ints, Topology

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

_SMALLEST_PIECE = 1e-3  # a fault at the very end of a line leaves this fraction, so that no piece has zero length


@dataclass(frozen=True, slots=True)
class Pieces:
    """series_ohm: positive sequence. capacitive_s: susceptance to earth of the whole piece. nominal_v: per node, those
    of faults on lines at the end. fault_node: per place."""

    from_node: Ints
    to_node: Ints
    series_ohm: Complexes
    capacitive_s: Floats
    nominal_v: Floats
    fault_node: Ints

    @property
    def nodes(self) -> int:
        return len(self.nominal_v)


def whole_lines(network: Network, topology: Topology) -> Pieces:
    """Every line in one piece."""
    at, omega = topology.node_at, 2 * pi * network.frequency_hz
    earth_f = [earth_capacitance_f(line.capacitance_f, line.earth_capacitance_f) for line in network.lines]
    return Pieces(
        from_node=np.array([at[line.from_node] for line in network.lines], np.int64),
        to_node=np.array([at[line.to_node] for line in network.lines], np.int64),
        series_ohm=np.array(
            [complex(line.resistance_ohm, line.reactance_ohm) for line in network.lines], np.complex128
        ),
        capacitive_s=omega * np.array(earth_f, np.float64),
        nominal_v=np.array([node.nominal_voltage_v for node in network.nodes], np.float64),
        fault_node=np.empty(0, np.int64),
    )


def cut(lines: Pieces, places: tuple[FaultPlace, ...]) -> Pieces:
    """The same with a node at every fault; a line has one fault at most."""
    on_line = [place for place in places if place.line >= 0]
    numbers = np.array([place.line for place in on_line], np.int64)
    shares = np.clip([place.fault.fraction for place in on_line], _SMALLEST_PIECE, 1.0 - _SMALLEST_PIECE)
    added = lines.nodes + np.arange(len(on_line))
    to_node, scale = lines.to_node.copy(), np.ones(len(lines.to_node))
    to_node[numbers], scale[numbers] = added, shares
    nodes = iter(added.tolist())
    return Pieces(
        from_node=np.concatenate((lines.from_node, added)),
        to_node=np.concatenate((to_node, lines.to_node[numbers])),
        series_ohm=np.concatenate((lines.series_ohm * scale, lines.series_ohm[numbers] * (1.0 - shares))),
        capacitive_s=np.concatenate((lines.capacitive_s * scale, lines.capacitive_s[numbers] * (1.0 - shares))),
        nominal_v=np.concatenate((lines.nominal_v, lines.nominal_v[lines.from_node[numbers]])),
        fault_node=np.array([next(nodes) if place.line >= 0 else place.node for place in places], np.int64),
    )
