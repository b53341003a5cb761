"""Where people have rebuilt the grid (SAFETY S17): there they switch, and nothing is concluded from the old diagram."""

from __future__ import annotations

from models.errors import AlgorithmError
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.mv.feeder_tree import FeederTree
from substation.placements.derived import ends_of
from substation.placements.placement import Placement, on_the_grid


def rebuilt(topology: Topology, image: ProcessImage, tree: FeederTree) -> str:
    """The first earth, cut, jumper or mobile generator that touches the feeder, in words; '' when none does.

    Behind a cut nothing is fed although the diagram says so, a jumper feeds what it does not show, and currents run
    otherwise: neither the fault nor what hangs on it can be told from the network file alone.
    """
    for placement in on_the_grid(image.placements):
        if _nodes(topology, placement) & set(tree.nodes):
            return f"{placement}; people switch there until it is taken away"
    return ""


def _nodes(topology: Topology, placement: Placement) -> set[int]:
    """A place that the network does not have any more is everywhere."""
    try:
        ends = ends_of(topology.network, placement)
    except AlgorithmError:
        return set(range(topology.arrays.nodes))
    index = topology.arrays.node_index
    return {index[each] for each in ends} | set(topology.nodes_of_element.get(placement.element, ()))
