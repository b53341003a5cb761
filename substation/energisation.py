"""Which conducting elements are energised, by topology, as the operator sees it; and which are earthed (SAFETY S1)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.errors import AlgorithmError
from models.network.elements import Network, SwitchKind
from substation.control.numerics import Numerics
from substation.grid.forest import components
from substation.grid.positions import Positions, read_positions
from substation.grid.topology import Energisation, Supply, Topology
from substation.image import ProcessImage
from substation.placements.placement import Placement, PlacementKind, on_the_grid

DEAD, EARTHED, UNKNOWN, LOOPED = "dead", "earthed", "unknown", "looped"
ENERGISED = "energised:"
"""Prefix; the transformer (or source) that feeds follows."""


class EnergisationView:
    """Computes the state of every node, line, switch and transformer from the positions of an image."""

    def __init__(self, numerics: Numerics) -> None:
        self._numerics = numerics
        bare = _Picture(numerics.topology, numerics.topology.network)
        self._placed: tuple[tuple[Placement, ...], _Picture] = ((), bare)

    def states(self, image: ProcessImage) -> dict[str, str]:
        """State by element id; an element between a live and a dead node shows the live one."""
        placements = on_the_grid(image.placements)
        try:
            topology = self._numerics.with_placements(placements).topology
        except AlgorithmError:  # the rules refuse everything and say why
            return dict.fromkeys(self._placed[1].shown, UNKNOWN)
        if self._placed[0] != placements:
            self._placed = (placements, _Picture(topology, self._numerics.topology.network))
        return self._placed[1].states(image)


class _Picture:
    """Of one topology; shown: elements of the network itself, without what is placed on it."""

    def __init__(self, topology: Topology, shown: Network) -> None:
        self._topology = topology
        network = topology.network
        self._feeder_names = [_fed_through(network, source.node, source.id) for source in network.sources]
        self.shown = [node.id for node in shown.nodes] + [line.id for line in shown.lines]
        self.shown += [switch.id for switch in shown.switches] + [each.id for each in shown.transformers]
        self._elements = {element: topology.nodes_of_element[element] for element in self.shown}
        index = topology.arrays.node_index
        self._earthing = [
            (number, index[switch.from_node])
            for number, switch in enumerate(network.switches)
            if switch.kind is SwitchKind.EARTHING_SWITCH
        ]

    def states(self, image: ProcessImage) -> dict[str, str]:
        """State by element id. A switch that somebody has seen closed is drawn so; seen open it stays in doubt."""
        positions = _seen_closed(read_positions(image, self._topology.network), image, self._topology)
        energisation = self._topology.energisation(positions)
        earthed = self._earthed(positions)
        nodes = [
            self._node(energisation, number, bool(earthed[number])) for number in range(self._topology.arrays.nodes)
        ]
        states = {element: _joined([nodes[node] for node in ends]) for element, ends in self._elements.items()}
        for branch in energisation.feeding.extra:
            looped = self._topology.arrays.branch_id(int(branch))
            if looped in self._elements:
                states[looped] = LOOPED
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


def _seen_closed(positions: Positions, image: ProcessImage, topology: Topology) -> Positions:
    """Shown as live rather than as dead: a picture may err on that side only."""
    for placement in image.placements:
        number = topology.arrays.switch_index.get(placement.element)
        if placement.kind is PlacementKind.POSITION_CLOSED and number is not None and not positions.open[number]:
            positions = positions.with_switch(number, True)
    return positions


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
