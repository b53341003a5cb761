"""Which limits generators exceed, and which they keep: the present power flow with and without them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.errors import DivergedError
from substation.grid.arrays import Complexes, Floats
from substation.grid.limits import Violation, violations
from substation.grid.sweep import Flow, solve
from substation.grid.topology import Topology
from substation.mv.present_flow import PresentFlow


@dataclass(frozen=True, slots=True)
class Effects:
    """caused: exceeded with them, not without; relieved: the other way round. back_w: net power towards the higher
    voltage by transformer, where there is any; reverse: those beyond the limit, in words. rise_pu: the greatest rise of
    a voltage, at the node `highest`; None where the grid cannot be calculated without them, which then says `why`."""

    caused: tuple[Violation, ...]
    relieved: tuple[Violation, ...]
    back_w: tuple[tuple[str, float], ...]
    reverse: tuple[str, ...]
    rise_pu: float | None
    highest: str
    why: str = ""


def effects(topology: Topology, now: PresentFlow, produced_va: Complexes, reverse_pu: float) -> Effects:
    """produced_va: complex128[n], which now.power_va contains as negative consumption."""
    back = _back(topology, now)
    rated = {each.id: each.rated_power_va for each in topology.network.transformers}
    reverse = tuple(
        f"{power / 1e3:.0f} kW go back through {name}, {power / rated[name]:.0%} of its rating (limit {reverse_pu:.0%})"
        for name, power in back
        if power > reverse_pu * rated[name]
    )
    try:
        without = solve(topology, now.closed, now.power_va + produced_va, now.taps)
    except DivergedError:
        why = "without them the loads cannot be carried"
        return Effects((), (), back, reverse, None, "", why)
    present, absent = _by_limit(now.flow), _by_limit(without)
    rise = np.where(now.flow.tree.root_of >= 0, now.flow.voltage_pu() - without.voltage_pu(), -np.inf)
    at = int(np.argmax(rise))
    return Effects(
        caused=tuple(each for key, each in present.items() if key not in absent),
        relieved=tuple(each for key, each in absent.items() if key not in present),
        back_w=back,
        reverse=reverse,
        rise_pu=float(rise[at]),
        highest=topology.network.nodes[at].id,
    )


def _by_limit(flow: Flow) -> dict[tuple[str, str, float], Violation]:
    return {(each.element, each.what, each.limit_pu): each for each in violations(flow)}


def _back(topology: Topology, now: PresentFlow) -> tuple[tuple[str, float], ...]:
    """Net consumption below each transformer, where it is negative; the losses between are left out."""
    arrays, tree = topology.arrays, now.flow.tree
    below: Floats = now.power_va.real.copy()
    for node in tree.order[::-1]:
        if tree.parent_branch[node] >= 0:
            below[tree.parent_node[node]] += below[node]
    found = []
    for node in tree.order:
        branch = int(tree.parent_branch[node])
        if arrays.first_transformer <= branch < arrays.first_switch and below[node] < 0:
            found.append((arrays.branch_id(branch), float(-below[node])))
    return tuple(found)
