"""From located fault, isolation and restoration to a switching order that people read and the executor carries out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from models.errors import AlgorithmError
from models.network.elements import Load
from models.point import Dbpos, PointName
from models.switching import GroupChange, Order, OrderKind, OrderState, Purpose, Step
from substation.grid.arrays import Booleans
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.mv.donors import feeders_at, transformer_of
from substation.mv.feeder_tree import FeederTree
from substation.mv.isolation import Isolation
from substation.mv.prefault import PreFaultLoad
from substation.mv.reading import exists, flag
from substation.mv.rehearsed import Groups
from substation.mv.restoration import Restoration

ACTIVE_GROUP = "LLN0.ActSG"
"""Point of a feeder bay: the active setting group of its protection."""


@dataclass(slots=True)
class StepList:
    """Steps in the order of execution, numbered from 1. Raises AlgorithmError for a switch that no device reports."""

    image: ProcessImage
    steps: list[Step] = field(default_factory=list)

    def switch(self, switch: str, value: Dbpos, purpose: Purpose, text: str) -> None:
        point = self.image.register.position_of(switch)
        if point is None:
            raise AlgorithmError(f"no device takes commands for {switch}; check the SCD")
        self._add(switch, point, value, purpose, text)

    def reclosing(self, bay: str, blocked: bool) -> None:
        purpose = Purpose.BLOCK_RECLOSING if blocked else Purpose.RELEASE_RECLOSING
        verb = "Block" if blocked else "Release"
        self._add(bay, PointName(bay, "RREC1.BlkRec"), blocked, purpose, f"{verb} automatic reclosing of {bay}")

    def group(self, feeder: str, change: GroupChange) -> None:
        """Protection that fits what comes next (SAFETY S15)."""
        text = f"Switch the protection of {feeder} to setting group {change.group} (now {change.former})"
        self._add(feeder, PointName(feeder, ACTIVE_GROUP), change, Purpose.SETTING_GROUP, text)

    def _add(
        self, element: str, point: PointName, value: Dbpos | bool | GroupChange, purpose: Purpose, text: str
    ) -> None:
        self.steps.append(Step(len(self.steps) + 1, element, point, value, purpose, text))


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """Everything that an order is made from. closed: bool[s], closed switches now; name: id of the order to be.

    groups: by closing, the feeder whose setting group is changed before it.
    """

    name: str
    topology: Topology
    image: ProcessImage
    closed: Booleans
    tree: FeederTree
    isolation: Isolation
    restoration: Restoration
    before: tuple[PreFaultLoad, ...]
    open_before: tuple[str, ...]
    explanation: tuple[str, ...]
    groups: Groups


def zone_text(topology: Topology, zones: Iterable[int]) -> str:
    """Elements of zones, shortly."""
    names = [element for zone in sorted(zones) for element in topology.zone_elements[zone]]
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def build_order(request: OrderRequest) -> Order:
    """The order in state PROPOSED. AlgorithmError when a switch of it has no position point."""
    topology, feeder, plan = request.topology, request.tree.feeder, request.restoration.plan
    loads = [load for load in topology.network.loads if topology.arrays.node_index[load.node] in request.tree.nodes]
    drawn_w = {each.load.element: each.load.active_power_w for each in request.before}
    restored = [] if plan is None else [load for load in loads if plan.restored[topology.arrays.node_index[load.node]]]
    interrupted_w, restored_w = (sum(drawn_w[load.id] for load in part) for part in (loads, restored))
    area = zone_text(topology, request.isolation.zones)
    dark = [load for load in loads if load not in restored]
    return Order(
        id=request.name,
        revision=1,
        kind=OrderKind.ISOLATE_AND_RESTORE,
        title=f"Isolate {area} on {feeder.id} and restore",
        created_ns=request.image.time_ns,
        state=OrderState.PROPOSED,
        steps=_steps(request),
        feeders=_leases(request),
        zone=tuple(element for zone in sorted(request.isolation.zones) for element in topology.zone_elements[zone]),
        tripped=(feeder.breaker,),
        open_before=request.open_before,
        loads=tuple(each.load for each in request.before),
        interrupted_w=interrupted_w,
        interrupted_customers=sum(load.customers for load in loads),
        restored_w=restored_w,
        unrestored_w=interrupted_w - restored_w,
        unrestored_reason=_unrestored(request, dark),
        explanation=request.explanation,
    )


def _leases(request: OrderRequest) -> tuple[str, ...]:
    """Feeders and transformers that the order touches (SAFETY S19), the tripped feeder first."""
    topology = request.topology
    tree = topology.tree(request.closed)
    own = request.tree.feeder
    others = {*request.restoration.donors, *(feeder for feeder, _ in request.groups.values()), *_around(request)}
    others -= {own.id}
    feeders = [own, *(each for each in topology.network.feeders if each.id in others)]
    transformers = dict.fromkeys(transformer_of(topology, tree, feeder) for feeder in feeders)
    return (*(feeder.id for feeder in feeders), *transformers)


def _around(request: OrderRequest) -> tuple[str, ...]:
    """Whose reclosing and protection concerns the order too: feeders around the tripped line recloser, normally and
    now, and every line recloser within the tripped feeder or a donor."""
    topology, own = request.topology, request.tree.feeder
    within = {feeder.id: feeder.within for feeder in topology.network.feeders}
    found = {feeder.id: None for feeder in topology.feeders_of(own.breaker, topology.tree(request.closed))}
    found |= dict.fromkeys(_outwards(own.id, within))
    plan, live = request.restoration.plan, topology.tree(request.closed)
    for switch in () if plan is None else plan.closings:
        found |= feeders_at(topology, switch, live)
    involved = {own.id, *request.restoration.donors}
    found |= {each: None for each in within if involved & set(_outwards(each, within))}
    return tuple(each for each in found if each != own.id)


def _outwards(feeder: str, within: Mapping[str, str]) -> list[str]:
    """The feeders in which a line recloser stands, the nearest first."""
    found = []
    while feeder := within[feeder]:
        found.append(feeder)
    return found


def _steps(request: OrderRequest) -> tuple[Step, ...]:
    own, image, plan = request.tree.feeder, request.image, request.restoration.plan
    steps = StepList(image)
    concerned = dict.fromkeys((own.id, *_around(request), *request.restoration.donors))
    blocked = [bay for bay in concerned if _can_block(image, bay)]
    for bay in blocked:
        if bay == own.id:
            steps.reclosing(bay, True)
    for switch in request.isolation.to_open:
        steps.switch(switch.id, Dbpos.OFF, Purpose.ISOLATE, f"Open {switch.id} to isolate the fault")
    for bay in blocked:
        if bay != own.id:
            steps.reclosing(bay, True)
    if plan is not None:
        _restoring_steps(request, steps)
        for bay in blocked:
            if bay != own.id or own.breaker in plan.closings:
                steps.reclosing(bay, False)
    return tuple(steps.steps)


def _can_block(image: ProcessImage, bay: str) -> bool:
    """Reclosing that somebody has blocked already is left as it is, before and after."""
    return exists(image, bay, "RREC1.BlkRec") and flag(image, bay, "RREC1.BlkRec") is not True


def _restoring_steps(request: OrderRequest, steps: StepList) -> None:
    """Each closing, after the splitting switches at the part that it energises; splits elsewhere wait (SAFETY S7)."""
    topology, plan = request.topology, request.restoration.plan
    if plan is None:
        return
    index = topology.arrays.switch_index
    closed = request.closed.copy()
    closed[[index[switch.id] for switch in request.isolation.to_open]] = False
    waiting = list(plan.openings)
    closed[[index[switch] for switch in waiting]] = False
    for switch in plan.closings:
        closed[index[switch]] = True
        fed = topology.tree(closed).root_of >= 0
        for split in [each for each in waiting if any(fed[node] for node in topology.nodes_of_element[each])]:
            steps.switch(split, Dbpos.OFF, Purpose.SPLIT, f"Open {split} so that both sides can be fed apart")
            waiting.remove(split)
        if switch in request.groups:
            steps.group(*request.groups[switch])
        if switch == request.tree.feeder.breaker:
            text = f"Close the tripped breaker {switch} to restore the part before the fault"
            steps.switch(switch, Dbpos.ON, Purpose.RESTORE_UPSTREAM, text)
        else:
            text = f"Close {switch} to restore the part behind it"
            steps.switch(switch, Dbpos.ON, Purpose.RESTORE_DOWNSTREAM, text)


def _unrestored(request: OrderRequest, dark: Sequence[Load]) -> str:
    """Why loads stay dark, in words; '' when none does."""
    if not dark:
        return ""
    node_index = request.topology.arrays.node_index
    in_area = [load for load in dark if not request.restoration.dark[node_index[load.node]]]
    healthy = [load for load in dark if load not in in_area]
    parts = []
    if in_area:
        parts.append(f"{_listed(in_area)} in the isolated area")
        parts += request.isolation.extended
    if healthy:
        parts.append(f"{_listed(healthy)} healthy but not fed: {_why_dark(request)}")
    return "; ".join(parts)


def _why_dark(request: OrderRequest) -> str:
    restoration = request.restoration
    if restoration.split:
        return "; ".join(restoration.split.values())
    if restoration.binding:
        return f"more would exceed {restoration.binding}"
    refused = [reason for reason in restoration.rejected.values() if reason]
    return "; ".join(refused[:4]) if refused else "no switch that may be closed leads there within the limits"


def _listed(loads: Sequence[Load]) -> str:
    names = [load.id.partition("/")[0] for load in loads]
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
