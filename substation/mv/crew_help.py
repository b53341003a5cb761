"""What more could be fed if a crew operated switches without remote control: told in the order, never commanded.

A crew cuts the fault off closer to it, splits where nobody can from afar, and closes ties by hand.
"""

from __future__ import annotations

from dataclasses import replace

from models.errors import AlgorithmError
from models.switching import Order
from substation.mv.donors import DonorSearch
from substation.mv.isolation import isolate
from substation.mv.operable import NO_REMOTE
from substation.mv.restoration import Restoration, RestorationRequest, restore
from substation.mv.settings import FdirSettings

_LEAST_W = 1000.0
_MOST_CANDIDATES = 5_000


def with_crew_help(
    search: DonorSearch, request: RestorationRequest, located: frozenset[int], settings: FdirSettings, order: Order
) -> Order:
    """The order with one more line of explanation where a crew could feed more; else as it is."""
    if order.unrestored_w < _LEAST_W:
        return order
    try:
        line = _line(search, request, located, settings, order)
    except AlgorithmError:
        return order  # what people might do besides is no reason to leave undone what automation can do
    return replace(order, explanation=(*order.explanation, line)) if line else order


def _line(
    search: DonorSearch, request: RestorationRequest, located: frozenset[int], settings: FdirSettings, order: Order
) -> str:
    reasons = {switch: "" if reason.endswith(NO_REMOTE) else reason for switch, reason in request.why_not_open.items()}
    isolation = isolate(search.topology, located, search.positions, reasons)
    asked = replace(request, isolation=isolation, why_not_open=reasons, by_hand=True)
    found = restore(search, asked, replace(settings, most_candidates=_MOST_CANDIDATES))
    more_w = _restored_w(search, request, found) - order.restored_w
    if found.plan is None or more_w < _LEAST_W:
        return ""
    opened = dict.fromkeys([*(switch.id for switch in isolation.to_open), *found.plan.openings], "open")
    acts = opened | dict.fromkeys(found.plan.closings, "close")
    remote = {switch.id for switch in search.topology.network.switches if switch.remote}
    by_hand = [f"{act} {switch}" for switch, act in acts.items() if switch not in remote]
    if not by_hand:
        return ""
    others = [f"{act} {switch}" for switch, act in acts.items() if switch in remote]
    remotely = f", and from here {', '.join(others)}" if others else ""
    return f"with a crew {more_w / 1e3:.0f} kW more could be fed: on the spot {', '.join(by_hand)}{remotely}"


def _restored_w(search: DonorSearch, request: RestorationRequest, found: Restoration) -> float:
    if found.plan is None:
        return 0.0
    node_of = {load.id: search.topology.arrays.node_index[load.node] for load in search.topology.network.loads}
    before = (each.load for each in request.before)
    return sum(load.active_power_w for load in before if found.plan.restored[node_of[load.element]])
