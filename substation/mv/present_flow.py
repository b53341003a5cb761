"""Power flow of the present grid with measured loads, generation, taps and positions, for applications that advise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.errors import AlgorithmError
from substation.grid.arrays import Booleans, Complexes
from substation.grid.positions import read_positions
from substation.grid.sweep import Flow, solve
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.mv.demand import consumption, taps
from substation.mv.opf.conditions import abnormal
from substation.mv.opf.present import assumed_loads


@dataclass(frozen=True, slots=True)
class PresentFlow:
    """closed: bool[s]. power_va: complex128[n], net consumption; what is not fed is in it too. assumed: loads that
    cannot be read, rated peak instead; assumed_share: of the load. unusual: why operation is not normal; () if it is.
    """

    closed: Booleans
    taps: Mapping[str, int]
    power_va: Complexes
    flow: Flow
    assumed: tuple[str, ...]
    assumed_share: float
    unusual: tuple[str, ...]


def present_flow(topology: Topology, image: ProcessImage) -> PresentFlow:
    """AlgorithmError, with the reason, where the present state cannot be calculated."""
    network = topology.network
    if network.topology_only:
        raise AlgorithmError("only the topology of the network is known")
    positions = read_positions(image, network)
    if positions.doubts:
        raise AlgorithmError(f"S14: {next(iter(positions.doubts.values()))}")
    power_va, _ = consumption(topology, image, np.zeros(topology.arrays.nodes, dtype=np.bool_), ())
    tap_of = taps(topology, image)
    flow = solve(topology, positions.closed, power_va, tap_of)
    assumed, share = assumed_loads(image, network)
    return PresentFlow(positions.closed, tap_of, power_va, flow, assumed, share, abnormal(topology, image, positions))


def fed_w(topology: Topology, now: PresentFlow) -> float:
    """Net consumption of all that is fed."""
    return float(now.power_va.real[now.flow.tree.order].sum())
