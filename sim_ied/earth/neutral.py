"""Neutral points of the galvanic networks: where they are connected, and what they let through to earth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np

from models.network.elements import GalvanicNetwork, Network, Neutral, Transformer
from sim_ied.earth.settings import NeutralSettings
from sim_ied.topology import Topology


@dataclass(frozen=True, slots=True)
class NeutralPoint:
    """At a terminal that feeds the network in its normal state: the low-voltage side of a transformer, or a source.

    impedance_ohm: of transformer or earthing transformer in the zero sequence.
    """

    galvanic: GalvanicNetwork
    settings: NeutralSettings
    node: int
    nominal_v: float
    impedance_ohm: complex

    @property
    def phase_v(self) -> float:
        return self.nominal_v / sqrt(3.0)

    def admittance(self, coil_a: float, capacitive_a: float) -> complex:
        """Between the node and earth in the zero sequence, in S; three times the impedance in the neutral counts.

        coil_a: what the coil is set to; capacitive_a: of the network, for the losses of coil and network.
        """
        kind = self.galvanic.neutral
        if kind is Neutral.ISOLATED:
            return 0j
        if kind is Neutral.RESONANT:
            return complex(self.damping_pu * capacitive_a, -coil_a) / self.phase_v / 3.0
        resistance_ohm = self.settings.resistance_ohm if kind is Neutral.RESISTANCE else 0.0
        return 1.0 / (3.0 * resistance_ohm + self.impedance_ohm)

    @property
    def damping_pu(self) -> float:
        stated = self.settings.damping_pu
        return self.galvanic.residual_share_pu if stated is None else stated


def neutral_points(network: Network, topology: Topology, settings: Mapping[str, NeutralSettings]) -> list[NeutralPoint]:
    """Of every galvanic network of the file."""
    normal = np.array([not switch.normally_open for switch in network.switches], np.bool_)
    labels, points = topology.zones(normal), list[NeutralPoint]()
    for galvanic in network.galvanic_networks:
        own, busbar = settings.get(galvanic.id, NeutralSettings()), topology.node_at[galvanic.busbar]
        for node, impedance_ohm in _terminals(network, topology):
            if labels[node] == labels[busbar]:
                nominal_v = network.nodes[node].nominal_voltage_v
                points.append(NeutralPoint(galvanic, own, node, nominal_v, impedance_ohm))
    return points


def transformer_ohm(transformer: Transformer) -> complex:
    """Series impedance at the low-voltage side (IEC 60909-0)."""
    resistance_pu = transformer.short_circuit_losses_w / transformer.rated_power_va
    reactance_pu = sqrt(max(transformer.short_circuit_voltage_pu**2 - resistance_pu**2, 0.0))
    return complex(resistance_pu, reactance_pu) * transformer.lv_rated_voltage_v**2 / transformer.rated_power_va


def _terminals(network: Network, topology: Topology) -> list[tuple[int, complex]]:
    """Where neutrals are: low-voltage sides of transformers, and sources that feed no transformer."""
    found = [(topology.node_at[each.lv_node], transformer_ohm(each)) for each in network.transformers]
    transformed = {each.hv_node for each in network.transformers}
    for source in network.sources:
        if source.node not in transformed:
            node, direction = topology.node_at[source.node], complex(source.rx_ratio, 1.0)
            magnitude_ohm = network.nodes[node].nominal_voltage_v ** 2 / source.short_circuit_power_va
            found.append((node, magnitude_ohm * direction / abs(direction)))
    return found
