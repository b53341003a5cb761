"""One fault on a plant in its normal state, from the short circuit to the end of its order, and the verdict on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from models.network.elements import Limits, Network, Switch
from models.point import Dbpos, PointName, Sample
from models.switching import Order, OrderKind, OrderState, Purpose
from sim_ied.fault import FaultKind
from sim_ied.topology import Bools, Topology
from substation.image import Missing, ProcessImage
from substation.mv.settings import FdirSettings
from tests.substation.mv.exhaustive import Exhaustive, Question
from tests.virtual.expectation import Expectation, expect, feeder_breaker
from tests.virtual.world import Plant

FINAL = (OrderState.COMPLETED, OrderState.ABORTED, OrderState.BLOCKED, OrderState.REJECTED)
HEALED_S = 180.0
TOLERANCE_W = 1.0
NEAR_LIMIT = 0.002
"""Restored load may differ by this share from the oracle's where a limit decides: two power flows judged it."""


def elements(network: Network) -> list[str]:
    """Every line segment and every station busbar that can be the fault."""
    primary = {feeder.id.partition("/")[0] for feeder in network.feeders}
    busbars = [node.id for node in network.nodes if node.busbar and node.station not in primary]
    return [*(line.id for line in network.lines), *busbars]


@dataclass(slots=True)
class Healing:
    """What is known of one healed fault. image: the process image from which the order was made.

    arrived: everything that has entered the image since the fault.
    """

    plant: Plant
    element: str
    closed_before: Bools
    breaker: str
    expected: Expectation
    image: ProcessImage
    arrived: list[Sample] = field(default_factory=list)
    order: Order | None = None
    flaws: list[str] = field(default_factory=list)

    @property
    def ended(self) -> Order:
        assert self.order is not None, f"no order\n{self.plant.story()}"
        return self.order


async def heal(plant: Plant, element: str, kind: FaultKind = FaultKind.THREE_PHASE) -> Healing:
    """Inject a permanent fault and wait for the end of its order."""
    network, closed = plant.site.network, plant.world.switchgear.closed.copy()
    breaker = feeder_breaker(network, closed, element)
    expected = expect(network, closed, element, breaker)
    healing = Healing(plant, element, closed, breaker, expected, plant.station.view())
    plant.unit.parts.image.subscribe(healing.arrived.extend)
    plant.station.desk.watch(lambda order: _watch(healing, order))
    plant.fault(element, kind)
    await plant.run_until(lambda: _is_over(healing), HEALED_S, "no order ended")
    await plant.forward(1.0)
    return replace(healing, image=_image_of(healing))


def _image_of(healing: Healing) -> ProcessImage:
    """What the unit saw when it made the order."""
    created_ns = healing.ended.created_ns
    seen = {each.handle: each for each in healing.arrived if each.arrival_time_ns <= created_ns}
    return replace(healing.image, time_ns=created_ns, samples={**healing.image.samples, **seen})


def _is_over(healing: Healing) -> bool:
    return healing.order is not None and healing.order.state in FINAL


def _watch(healing: Healing, order: Order) -> None:
    if order.kind is OrderKind.ISOLATE_AND_RESTORE:
        healing.order = order


def flaws_of(healing: Healing, exhaustive: bool = True) -> list[str]:
    """Everything that is not as it must be; empty when the fault was healed.

    exhaustive: also where limits keep something dark, which takes half a minute of search.
    """
    flaws = [*healing.plant.witness.look(), *_of_order(healing), *_of_physics(healing)]
    return flaws + list(_of_load(healing, exhaustive))


def _of_order(healing: Healing) -> Iterator[str]:
    order, expected = healing.ended, healing.expected
    if order.state is not OrderState.COMPLETED:
        yield f"order ended {order.state.value}: {order.reason}"
    isolating = frozenset(step.element for step in order.steps if step.purpose is Purpose.ISOLATE)
    if isolating != expected.to_open:
        yield f"isolates with {sorted(isolating)}, not {sorted(expected.to_open)}"
    sent = healing.plant.witness.automatic()
    yield from (f"closed {each.name.location} on the boundary" for each in sent
                if each.value is Dbpos.ON and each.name.location in expected.boundary)  # fmt: skip
    touched = {each.name.location for each in sent if isinstance(each.value, Dbpos)}
    inside = {switch.id for switch in healing.plant.site.network.switches
              if {switch.from_node, switch.to_node} <= expected.area}  # fmt: skip
    yield from (f"moved {switch} within the area" for switch in sorted(touched & inside))
    lost = set(_zone_nodes(healing)) - expected.area
    if lost:
        yield f"zone of the order reaches beyond the area: {sorted(lost)}"


def _zone_nodes(healing: Healing) -> Iterator[str]:
    network = healing.plant.site.network
    zone = set(healing.ended.zone)
    yield from (node.id for node in network.nodes if node.id in zone)
    for line in network.lines:
        if line.id in zone:
            yield from (line.from_node, line.to_node)


def _of_physics(healing: Healing) -> Iterator[str]:
    truth = healing.plant.truth()
    yield from (f"{each.element} is not dead" for each in truth.faults if not each.dead)
    if truth.fed_twice or truth.closed_onto_fault:
        yield f"fed twice {truth.fed_twice} times, closed onto the fault {truth.closed_onto_fault} times"
    yield from (f"limit exceeded: {each}" for each in truth.limits_exceeded)
    if truth.restorable_now:
        yield f"could still be fed: {', '.join(truth.restorable_now)}"


def _of_load(healing: Healing, exhaustive: bool) -> Iterator[str]:
    """The order's restored load is all that can be joined to a source, or what exhaustive search finds."""
    order, question = healing.ended, question_of(healing)
    within_reach_w = reachable_w(question)
    if order.restored_w > within_reach_w + TOLERANCE_W:
        yield f"restores {order.restored_w:.0f} W, but only {within_reach_w:.0f} W are in reach"
    if order.restored_w >= within_reach_w - TOLERANCE_W or not exhaustive:
        return
    best_w = Exhaustive(question).best(FdirSettings().preferences.most_openings)
    if abs(order.restored_w - best_w) > NEAR_LIMIT * order.interrupted_w:
        yield f"restores {order.restored_w:.0f} W, exhaustive search {best_w:.0f} W"


def reachable_w(question: Question) -> float:
    """Load that is joined to a source when everything closable is closed, limits or not."""
    network = question.network
    closed = np.array([each.id in question.closed or each.id in question.closable for each in network.switches])
    fed = Topology(network).supply(closed).fed
    ids = [node.id for node, on in zip(network.nodes, fed, strict=True) if on and node.id in question.dark]
    return sum(question.consumption_va[node].real for node in ids if node in question.consumption_va)


def question_of(healing: Healing) -> Question:
    """What the unit knew when it made the order, for the oracle."""
    network, expected = _with_reserve(healing.plant), healing.expected
    numbers = {switch.id: number for number, switch in enumerate(network.switches)}
    closed = healing.closed_before.copy()
    closed[[numbers[switch] for switch in (*expected.to_open, healing.breaker)]] = False
    dark = _healthy(healing, closed)
    free = [each for each in network.switches if each.remote and each.to_node and each.id not in expected.boundary]
    return Question(
        network=network,
        closed=frozenset(each.id for each in network.switches if each.to_node and closed[numbers[each.id]]),
        dark=dark,
        consumption_va=_consumption(healing, dark),
        openable=tuple(each.id for each in free if closed[numbers[each.id]] and {each.from_node, each.to_node} <= dark),
        closable=tuple(each.id for each in free if _may_close(healing, each, dark)),
    )


def _with_reserve(plant: Plant) -> Network:
    """The network with the limits that a plan has to keep."""
    network, healing = plant.site.network, plant.site.config.self_healing
    limits = network.limits
    return replace(
        network,
        limits=Limits(
            limits.voltage_min_pu + healing.voltage_reserve_pu,
            limits.voltage_max_pu - healing.voltage_reserve_pu,
            limits.line_loading_pu - healing.loading_reserve_pu,
            limits.transformer_loading_pu - healing.loading_reserve_pu,
        ),
    )


def _healthy(healing: Healing, closed: Bools) -> frozenset[str]:
    """Nodes of the interrupted feeder outside the area."""
    nodes, topology = healing.plant.site.network.nodes, Topology(healing.plant.site.network)
    fed, was_fed = topology.supply(closed).fed, topology.supply(healing.closed_before).fed
    return frozenset(
        node.id
        for node, now, before in zip(nodes, fed, was_fed, strict=True)
        if before and not now and node.id not in healing.expected.area
    )


def _may_close(healing: Healing, switch: Switch, dark: frozenset[str]) -> bool:
    """The tripped breaker, and what is open in the normal diagram and beside the dark part (SAFETY S3)."""
    return switch.id == healing.breaker or (switch.normally_open and bool({switch.from_node, switch.to_node} & dark))


def _consumption(healing: Healing, dark: frozenset[str]) -> dict[str, complex]:
    """By node in VA: assumed load without generation where dark, measured load less generation where fed."""
    assumed = {each.element: complex(each.active_power_w, each.reactive_power_var) for each in healing.ended.loads}
    consumption: dict[str, complex] = defaultdict(complex)
    for load in healing.plant.site.network.loads:
        measured = complex(
            _measured(healing, load.id, "MMXU1.TotW", load.active_power_w),
            _measured(healing, load.id, "MMXU1.TotVAr", load.reactive_power_var),
        )
        consumption[load.node] += assumed[load.id] if load.node in dark else measured
    for each in healing.plant.site.network.generators:
        if each.node not in dark:
            consumption[each.node] -= _measured(healing, each.id.rpartition("/")[0], "MMXU1.TotW", 0.0)
    return consumption


def _measured(healing: Healing, location: str, variable: str, otherwise: float) -> float:
    sample = healing.image.read(PointName(location, variable))
    return otherwise if isinstance(sample, Missing) else float(sample.value)
