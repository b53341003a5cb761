"""What is joined to what, fed by what, and over how many ways, for one set of closed switches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from models.network.elements import Network, SwitchKind

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Supply:
    """part: number of the connected part, per node. fed: has a source, per node. sources, loops: counts per part."""

    part: Ints
    fed: Bools
    sources: Ints
    loops: Ints

    @property
    def doubly_fed_parts(self) -> Ints:
        """Parts with two sources or fed over two ways (a loop)."""
        return np.flatnonzero((self.sources > 1) | ((self.sources > 0) & (self.loops > 0)))


class Topology:
    """The grid as index arrays, order of the Network's tuples. An earthing switch joins nothing (it earths)."""

    def __init__(self, network: Network) -> None:
        self.node_at = {node.id: at for at, node in enumerate(network.nodes)}
        self.node_count = len(network.nodes)
        self.joins = np.array([switch.kind is not SwitchKind.EARTHING_SWITCH for switch in network.switches], np.bool_)
        self.switch_from = self._nodes([switch.from_node for switch in network.switches])
        self.switch_to = self._nodes([switch.to_node or switch.from_node for switch in network.switches])
        fixed = [(line.from_node, line.to_node) for line in network.lines]
        self._fixed_from = self._nodes([first for first, _ in fixed])
        self._fixed_to = self._nodes([second for _, second in fixed])
        self._transformer_from = self._nodes([item.hv_node for item in network.transformers])
        self._transformer_to = self._nodes([item.lv_node for item in network.transformers])
        self.in_service = np.ones(len(network.transformers), np.bool_)
        """Per transformer: switched on at its high-voltage side."""
        stations = {node.id: node.station for node in network.nodes}
        places = [(stations[item.hv_node], stations[item.lv_node]) for item in network.transformers]
        self._has_neighbours = len(set(places)) < len(places)
        self._source_nodes = self._nodes([source.node for source in network.sources])

    def supply(self, closed: Bools) -> Supply:
        """closed: per switch. Transformers that feed one busbar from another one together are one way."""
        used = closed & self.joins
        on = self.in_service & ~self._beside(used) if self._has_neighbours else self.in_service
        edges_from = np.concatenate((self._fixed_from, self._transformer_from[on], self.switch_from[used]))
        edges_to = np.concatenate((self._fixed_to, self._transformer_to[on], self.switch_to[used]))
        count, part = self._components(edges_from, edges_to)
        sources = np.bincount(part[self._source_nodes], minlength=count)
        edges = np.bincount(part[edges_from], minlength=count)
        nodes = np.bincount(part, minlength=count)
        return Supply(part, (sources > 0)[part], sources, edges - nodes + 1)

    def _beside(self, used: Bools) -> Bools:
        """Per transformer in service: an earlier one has both its sides joined with this one's by switches alone."""
        part = self._components(self.switch_from[used], self.switch_to[used])[1]
        sides = list(zip(part[self._transformer_from].tolist(), part[self._transformer_to].tolist(), strict=True))
        return np.array(
            [on and sides[at] in [side for side, first in zip(sides[:at], self.in_service[:at], strict=True) if first]
             for at, on in enumerate(self.in_service.tolist())],
            np.bool_,
        )  # fmt: skip

    def zones(self, passable: Bools | None = None) -> Ints:
        """Zone number per node: nodes joined by lines, and by the switches of `passable` if given."""
        edges_from, edges_to = self._fixed_from, self._fixed_to
        if passable is not None:
            edges_from = np.concatenate((edges_from, self.switch_from[passable & self.joins]))
            edges_to = np.concatenate((edges_to, self.switch_to[passable & self.joins]))
        return self._components(edges_from, edges_to)[1]

    def _components(self, edges_from: Ints, edges_to: Ints) -> tuple[int, Ints]:
        ones = np.ones(len(edges_from), np.int8)
        graph = coo_array((ones, (edges_from, edges_to)), shape=(self.node_count, self.node_count)).tocsr()
        count, labels = connected_components(graph, directed=False)
        return int(count), labels.astype(np.int64)

    def _nodes(self, ids: list[str]) -> Ints:
        return np.array([self.node_at[item] for item in ids], np.int64)
