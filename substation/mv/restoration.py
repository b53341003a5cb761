"""Restoration of what an isolated fault left dark: by the tripped breaker, normally open ties and splitting switches.

Only the breaker that this event tripped and switches that are open in the released normal diagram, were open before the
fault and bound no fault may be closed (SAFETY S3); only onto dead networks (S7); within limits after every step (S16).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from models.errors import AlgorithmError
from models.network.elements import Switch
from substation.grid.arrays import Booleans
from substation.grid.limits import violations
from substation.grid.reduction import Restorable
from substation.grid.restoration import Plan, best_plan
from substation.grid.sweep import solve
from substation.grid.topology import Topology
from substation.mv.demand import consumption, taps
from substation.mv.donors import DonorSearch, feeders_at, why_none_donates
from substation.mv.feeder_tree import FeederTree
from substation.mv.isolation import Isolation
from substation.mv.operable import NO_REMOTE, why_not_close
from substation.mv.prefault import PreFaultLoad
from substation.mv.settings import FdirSettings

_SAME_W = 1.0
"""Plans that differ by less restore as much."""


@dataclass(frozen=True, slots=True)
class Restoration:
    """plan: None when nothing can be restored. donors: feeders that take over load. rejected: by closable switch why it
    is not used. binding: which limit keeps the rest dark, in words, '' when none does. dark: bool[n], healthy and dead.
    split: as it was asked for. notes: of switches that are trusted least.
    """

    plan: Plan | None
    donors: tuple[str, ...]
    rejected: Mapping[str, str]
    binding: str
    dark: Booleans
    split: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RestorationRequest:
    """What is to be restored and what must stay dark.

    forbidden: zones that nobody may energise, with the reason. why_not_open: '' or a reason, by switch of the feeder.
    refused: closings that the rules of the gate refused when an order with them was rehearsed, with the reason.
    split: switches to open, so that a closing feeds less, with the reason that forbids more. by_hand: a crew may close
    what has no remote control. reopened: what an earlier order has opened to isolate; it may be closed again where it
    bounds the fault no more.
    """

    tree: FeederTree
    isolation: Isolation
    before: tuple[PreFaultLoad, ...]
    open_before: frozenset[str]
    forbidden: Mapping[int, str]
    why_not_open: Mapping[str, str]
    refused: Mapping[str, str] = field(default_factory=dict)
    split: Mapping[str, str] = field(default_factory=dict)
    by_hand: bool = False
    reopened: frozenset[str] = frozenset()


def restore(search: DonorSearch, request: RestorationRequest, settings: FdirSettings) -> Restoration:
    """The best plan. NotRadialError or DivergedError when what is fed now is no sound starting point."""
    topology, image = search.topology, search.image
    closed = closed_after_isolation(search, request)
    dark = _healthy(topology, request)
    rejected = {switch.id: _why_not_used(search, request, dark, switch) for switch in _candidates(request)}
    closable = [switch for switch, reason in rejected.items() if not reason]
    power_va, counted_w = consumption(topology, image, dark, request.before, settings.preferences.weight_w)
    overload = _overloads(topology, settings)
    can_open = openable(search, request, closed, dark)
    asked = Restorable(closed, dark, power_va, counted_w, can_open, closable, taps(topology, image), overload)
    breaker = request.tree.feeder.breaker
    doubted = settings.preferences.doubted(image, request.tree.switches)
    if request.by_hand:
        doubted |= {each.id: f"{each.id} {NO_REMOTE}" for each in request.tree.switches if not each.remote}
    plan, notes = _trusted(topology, asked, breaker, doubted, settings)
    donors = () if plan is None else _donors(search, plan, breaker)
    binding = _binding(topology, asked, plan)
    if plan is not None and request.split:
        plan = replace(plan, openings=(*plan.openings, *request.split))
    return Restoration(plan, donors, rejected, binding, dark, request.split, notes)


def _overloads(topology: Topology, settings: FdirSettings) -> Mapping[str, float]:
    """Short-term overload by asset (SAFETY S16), less the reserve; where it is above the limit."""
    limits = topology.network.limits
    usual = {each.id: limits.line_loading_pu for each in topology.network.lines}
    usual |= {each.id: limits.transformer_loading_pu for each in topology.network.transformers}
    allowed = {each: value - settings.loading_reserve_pu for each, value in settings.preferences.overloads.items()}
    return {each: value for each, value in allowed.items() if value > usual.get(each, np.inf)}


def _trusted(
    topology: Topology, asked: Restorable, breaker: str, doubted: Mapping[str, str], settings: FdirSettings
) -> tuple[Plan | None, tuple[str, ...]]:
    """(the best plan, remarks): without doubted switches wherever they bring nothing."""
    openings = settings.preferences.most_openings

    def best(question: Restorable) -> Plan | None:
        preferred = breaker if breaker in question.closable else ""
        return best_plan(topology, question, preferred, openings, settings.most_candidates)

    plan = best(asked)
    used = [] if plan is None else [each for each in (*plan.openings, *plan.closings) if each in doubted]
    if plan is None or not used:
        return plan, ()
    sure = replace(
        asked,
        openable=[each for each in asked.openable if each not in doubted],
        closable=[each for each in asked.closable if each not in doubted],
    )
    instead = best(sure)
    gain_w = plan.restored_w - (0.0 if instead is None else instead.restored_w)
    if gain_w < _SAME_W:
        return instead, tuple(f"{each} is not used: {doubted[each]}" for each in used)
    return plan, tuple(f"{each} is used although {doubted[each]}: else {gain_w / 1e3:.0f} kW less" for each in used)


def closed_after_isolation(search: DonorSearch, request: RestorationRequest) -> Booleans:
    """bool[s], and after the splits that were asked for."""
    closed = search.positions.closed.copy()
    index = search.topology.arrays.switch_index
    for switch in request.isolation.to_open:
        closed[index[switch.id]] = False
    closed[[index[switch] for switch in request.split]] = False
    return closed


def _healthy(topology: Topology, request: RestorationRequest) -> Booleans:
    """Nodes of the feeder outside the area and outside forbidden zones."""
    dark = np.zeros(topology.arrays.nodes, dtype=np.bool_)
    dark[sorted(request.tree.nodes)] = True
    left_out = sorted(request.isolation.zones | request.forbidden.keys())
    return dark & ~np.isin(topology.zone_of_node, left_out)


def _candidates(request: RestorationRequest) -> list[Switch]:
    """The tripped breaker and every switch at the feeder that is open in the released normal diagram."""
    more = {request.tree.feeder.breaker, *request.reopened}
    return [switch for switch in request.tree.switches if switch.id in more or _is_tie(switch)]


def _is_tie(switch: Switch) -> bool:
    return switch.normally_open and bool(switch.to_node)


def _why_not_used(search: DonorSearch, request: RestorationRequest, dark: Booleans, switch: Switch) -> str:
    if switch.id in request.refused:
        return request.refused[switch.id]
    topology = search.topology
    nodes = topology.nodes_of_element[switch.id]
    for node in nodes:
        zone = int(topology.zone_of_node[node])
        if zone in request.isolation.zones:
            return f"{switch.id} bounds the faulted area"
        if zone in request.forbidden:
            return request.forbidden[zone]
    if not search.positions.open[topology.arrays.switch_index[switch.id]]:
        return f"{switch.id} is not confirmed open"
    known = request.open_before | request.reopened
    if switch.id != request.tree.feeder.breaker and switch.id not in known:
        return f"{switch.id} was not open before the fault"
    outside = [node for node in nodes if not dark[node]]
    reason = why_not_close(search.image, switch)
    if request.by_hand and reason.endswith(NO_REMOTE):
        reason = ""
    return reason or _why_not_fed(search, request, switch, outside)


def _why_not_fed(search: DonorSearch, request: RestorationRequest, switch: Switch, outside: list[int]) -> str:
    """Judge the live side; a tie within the dark part has none."""
    if not outside:
        return ""
    if search.tree.root_of[outside[0]] < 0:
        return f"nothing feeds the other side of {switch.id}"
    if switch.id == request.tree.feeder.breaker:
        return ""
    node = search.topology.network.nodes[outside[0]].id
    for feeder in feeders_at(search.topology, switch.id, search.tree):
        if feeder in search.busy:
            return f"{feeder} is held by order {search.busy[feeder]}"
    feeders = search.topology.feeders_of(node, search.tree)
    return (
        why_none_donates(search, feeders) if feeders else f"no feeder is known that feeds the other side of {switch.id}"
    )


def openable(search: DonorSearch, request: RestorationRequest, closed: Booleans, dark: Booleans) -> list[str]:
    """Closed switches with both sides in the healthy dark part that can be opened from here."""
    topology = search.topology
    return [
        switch.id
        for switch in request.tree.switches
        if switch.to_node
        and closed[topology.arrays.switch_index[switch.id]]
        and all(dark[node] for node in topology.nodes_of_element[switch.id])
        and not request.why_not_open[switch.id]
    ]


def _donors(search: DonorSearch, plan: Plan, breaker: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for switch in plan.closings:
        for node in search.topology.nodes_of_element[switch]:
            if switch != breaker and search.tree.root_of[node] >= 0:
                feeders = search.topology.feeders_of(search.topology.network.nodes[node].id, search.tree)
                found |= {feeder.id: None for feeder in feeders}
    return tuple(sorted(found))


def _binding(topology: Topology, asked: Restorable, plan: Plan | None) -> str:
    """The limit that would be exceeded if what the plan drops were fed from where it was cut off; '' if nothing is."""
    if plan is None:
        return ""
    index = topology.arrays.switch_index
    closed = asked.closed.copy()
    closed[[index[switch] for switch in plan.closings]] = True
    closed[[index[switch] for switch in plan.openings]] = False
    for switch in plan.openings:
        trial = closed.copy()
        trial[index[switch]] = True
        if sum(bool(plan.restored[node]) for node in topology.nodes_of_element[switch]) == 1:
            try:
                found = violations(solve(topology, trial, asked.consumption_va, asked.taps))
            except AlgorithmError as error:
                return str(error)
            if found:
                return str(found[0])
    return ""
