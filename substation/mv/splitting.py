"""Where the part that a closing would feed can be split, so that the closing feeds less of it."""

from __future__ import annotations

from substation.mv.donors import DonorSearch
from substation.mv.restoration import Restoration, RestorationRequest, closed_after_isolation, openable


def splits(search: DonorSearch, request: RestorationRequest, restoration: Restoration, closing: str) -> list[str]:
    """Closed switches behind the closing that can be opened from here; those first that cut off the least load."""
    plan, topology = restoration.plan, search.topology
    if plan is None:
        return []
    index, closed = topology.arrays.switch_index, closed_after_isolation(search, request)
    possible = openable(search, request, closed, restoration.dark)
    closed[[index[switch] for switch in plan.closings]] = True
    closed[[index[switch] for switch in plan.openings]] = False
    tree, through = topology.tree(closed), topology.switch_branch(closing)
    cut_w = {topology.switch_branch(switch): 0.0 for switch in possible if switch not in plan.openings}
    behind: set[int] = set()
    for load in topology.network.loads:
        way = tree.path(topology.arrays.node_index[load.node])
        if through in way:
            for branch in cut_w.keys() & set(way):
                cut_w[branch] += load.active_power_w
                behind.add(branch)
    found = [switch for switch in possible if topology.switch_branch(switch) in behind]
    return sorted(found, key=lambda switch: cut_w[topology.switch_branch(switch)])
