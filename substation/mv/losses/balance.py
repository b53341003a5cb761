"""Losses of feeders by their meters: what goes in less what loads and generators behind it measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.network.elements import Feeder
from substation.grid.topology import Topology, Tree
from substation.image import Missing, ProcessImage
from substation.mv.feeder_tree import topology_below
from substation.mv.reading import bay_of, number


@dataclass(frozen=True, slots=True)
class Balance:
    """W; loss_w: None where a meter is missing, `why` names it then. As exact as the meters: their errors add up to
    about the same order as the losses, so that this checks the calculation and does not replace it."""

    fed_w: float | None
    loss_w: float | None
    why: str = ""


def balances(topology: Topology, tree: Tree, image: ProcessImage) -> Mapping[str, Balance]:
    """By feeder; line reclosers are part of the feeder around them."""
    return {
        feeder.id: _balance(topology, tree, image, feeder) for feeder in topology.network.feeders if not feeder.within
    }


def _balance(topology: Topology, tree: Tree, image: ProcessImage, feeder: Feeder) -> Balance:
    below, index = frozenset(topology_below(topology, tree, feeder)), topology.arrays.node_index
    fed = number(image, feeder.id, "MMXU1.TotW")
    if isinstance(fed, Missing):
        return Balance(None, None, fed.reason)
    used_w = 0.0
    points = [
        *((each.id, 1.0) for each in topology.network.loads if index[each.node] in below),
        *((bay_of(each.id), -1.0) for each in topology.network.generators if index[each.node] in below),
    ]
    for location, sign in points:
        read = number(image, location, "MMXU1.TotW")
        if isinstance(read, Missing):
            return Balance(fed, None, read.reason)
        used_w += sign * read
    return Balance(fed, fed - used_w)
