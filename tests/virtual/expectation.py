"""What must happen to a permanent fault, from the network alone: the area, its boundary, the switches to open.

Nothing here knows the unit: zones and areas come from the simulator's topology.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.network.elements import Network
from sim_ied.fault import Fault, locate
from sim_ied.topology import Bools, Topology


@dataclass(frozen=True, slots=True)
class Expectation:
    """Ids. area: nodes of the smallest area that remote-controlled and open switches can cut off. boundary: switches
    around it. to_open: those of them that are closed, but for the breaker that protection has opened."""

    area: frozenset[str]
    boundary: frozenset[str]
    to_open: frozenset[str]


def expect(network: Network, closed: Bools, element: str, tripped: str) -> Expectation:
    """closed: per switch, before the fault. tripped: the feeder's breaker."""
    topology = Topology(network)
    remote = np.array([switch.remote for switch in network.switches], np.bool_)
    areas = topology.zones(closed & ~remote)
    inside = areas == areas[locate(network, Fault("F", element)).node]
    around = topology.joins & (inside[topology.switch_from] != inside[topology.switch_to])
    boundary = {network.switches[number].id: bool(closed[number]) for number in np.flatnonzero(around).tolist()}
    return Expectation(
        area=frozenset(node.id for node, within in zip(network.nodes, inside, strict=True) if within),
        boundary=frozenset(boundary),
        to_open=frozenset(switch for switch, shut in boundary.items() if shut and switch != tripped),
    )


def feeder_breaker(network: Network, closed: Bools, element: str) -> str:
    """The breaker of the feeder that feeds the element for these closed switches."""
    topology = Topology(network)
    node = locate(network, Fault("F", element)).node
    numbers = {switch.id: number for number, switch in enumerate(network.switches)}
    for feeder in network.feeders:
        without = closed.copy()
        without[numbers[feeder.breaker]] = False
        if topology.supply(closed).fed[node] and not topology.supply(without).fed[node]:
            return feeder.breaker
    raise ValueError(f"{element} is not fed by one feeder")
