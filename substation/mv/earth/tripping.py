"""Networks whose earth faults are tripped: FDIR's ordinary case, with the indications of earth faults as evidence."""

from __future__ import annotations

from models.network.elements import Feeder, Neutral
from substation.grid.neutral import Neutrals
from substation.grid.positions import normal_positions
from substation.grid.topology import Topology

TRIPPED = frozenset({Neutral.RESISTANCE, Neutral.SOLID})


def trips_earth_faults(topology: Topology, feeder: Feeder) -> bool:
    """Every neutral of the feeder's network, in the normal diagram, is resistance or solid."""
    network = topology.network
    if not any(each.neutral in TRIPPED for each in network.galvanic_networks):
        return False
    node = topology.nodes_of_element[feeder.breaker][0]
    joined = Neutrals(topology).joined(normal_positions(network).closed, node)
    return bool(joined.neutrals) and all(each.neutral in TRIPPED for each in joined.neutrals)
