"""Which conducting elements are energised, by topology, as the operator sees it; and which are earthed (SAFETY S1)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.network.elements import Network, SwitchKind
from substation.grid.forest import components
from substation.grid.positions import Positions, read_positions
from substation.grid.topology import Energisation, Supply, Topology
from substation.image import ProcessImage

DEAD, EARTHED, UNKNOWN, LOOPED = "dead", "earthed", "unknown", "looped"
ENERGISED = "energised:"
"""Prefix; the transformer (or source) that feeds follows."""


class EnergisationView:
    """Computes the state of every node, line, switch and transformer from the positions of an image."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        network = topology.network
        self._feeder_names = [_fed_through(network, source.node, source.id) for source in network.sources]
        shown = [node.id for node in network.nodes] + [line.id for line in network.lines]
        shown += [switch.id for switch in network.switches] + [each.id for each in network.transformers]
        self._elements = {element: topology.nodes_of_element[element] for element in shown}
        index = topology.arrays.node_index
        self._earthing = [
            (number, index[switch.from_node])
            for number, switch in enumerate(network.switches)
            if switch.kind is SwitchKind.EARTHING_SWITCH
        ]

    def states(self, image: ProcessImage) -> dict[str, str]:
        """State by element id; an element between a live and a dead node shows the live one."""
        positions = read_positions(image, self._topology.network)
        energisation = self._topology.energisation(positions)
        earthed = self._earthed(positions)
        nodes = [
            self._node(energisation, number, bool(earthed[number])) for number in range(self._topology.arrays.nodes)
        ]
        states = {element: _joined([nodes[node] for node in ends]) for element, ends in self._elements.items()}
        for branch in energisation.feeding.extra:
            states[self._topology.arrays.branch_id(int(branch))] = LOOPED
        return states

    def _node(self, energisation: Energisation, number: int, earthed: bool) -> str:
        supply = energisation.node(number)
        if supply is Supply.LIVE:
            return ENERGISED + self._feeder_names[int(energisation.feeding.root_of[number])]
        if supply is Supply.UNKNOWN:
            return UNKNOWN
        return EARTHED if earthed else DEAD

    def _earthed(self, positions: Positions) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        arrays = self._topology.arrays
        island = components(arrays.nodes, arrays.branch_from, arrays.branch_to, arrays.conducting(positions.feeding))
        with_earth = {int(island[node]) for switch, node in self._earthing if positions.closed[switch]}
        return np.isin(island, list(with_earth))


def _fed_through(network: Network, node: str, source: str) -> str:
    """What an operator calls the feed: the only transformer at the source, else the source itself."""
    transformers = [each.id for each in network.transformers if each.hv_node == node]
    return transformers[0] if len(transformers) == 1 else source


def _joined(states: list[str]) -> str:
    live = [state for state in states if state.startswith(ENERGISED)]
    if live:
        return live[0]
    return UNKNOWN if UNKNOWN in states else (states[0] if states else DEAD)


def changes(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Elements whose state is new."""
    return {element: state for element, state in new.items() if old.get(element) != state}
