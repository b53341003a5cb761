"""What took the supply away: a trip with its case, a switching order, a command, the grid above; or nobody knows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from models.command import Originator
from models.point import Dbpos
from models.switching import Order, OrderKind, Step, StepState
from substation.mv.case import Case, Phase
from substation.mv.reading import bay_of
from substation.reliability.interruption import Cause

BEFORE_NS, AFTER_NS = 120_000_000_000, 10_000_000_000
"""A trip or command explains a loss of supply that comes this much later at most; clocks differ a little."""
_NO_TRIP = (Phase.PICKED_UP, Phase.CLOSED)


@dataclass(frozen=True, slots=True)
class Opening:
    """A command that opened something. switch: its SCL path."""

    switch: str
    originator: Originator
    order: str
    time_ns: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What the unit knows of the time around a loss. tripped: by feeder bay, upstream: by transformer or busbar bay,
    when it tripped last (UTC ns). orders: finished ones as well. openings: journalled commands."""

    cases: Collection[Case] = ()
    tripped: Mapping[str, int] = field(default_factory=dict)
    upstream: Mapping[str, int] = field(default_factory=dict)
    orders: Collection[Order] = ()
    openings: Collection[Opening] = ()


@dataclass(frozen=True, slots=True)
class Found:
    cause: Cause
    reference: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Loss:
    """What is to be explained. bay: of the switch that opened; '' where none did. above: the whole source is dead."""

    bay: str
    since_ns: int
    above: bool = False


def find(loss: Loss, facts: Facts) -> Found:
    """The first explanation that fits, the most certain asked first."""
    for ask in _QUESTIONS:
        if (found := ask(loss, facts)) is not None:
            return found
    if not loss.bay:
        return Found(Cause.UNKNOWN, "", "without supply while no switch that feeds it is open")
    return Found(Cause.UNKNOWN, "", f"{loss.bay} opened without a trip, an order or a command of this unit")


def _ordered(loss: Loss, facts: Facts) -> Found | None:
    for order in facts.orders:
        for step in order.steps:
            if _opens(step, loss):
                return _of_order(order, step)
    return None


def _of_order(order: Order, step: Step) -> Found:
    text = f"order {order.id} ({order.kind.value}), step {step.number}: {step.text}"
    return Found(_OF_ORDERS[order.kind], order.id, text)


def _opens(step: Step, loss: Loss) -> bool:
    moved = step.value is Dbpos.OFF and step.state in (StepState.EXECUTING, StepState.CONFIRMED, StepState.FAILED)
    start_ns = step.started_ns or step.confirmed_ns
    return moved and bay_of(step.element) == loss.bay and start_ns is not None and _near(start_ns, loss)


def _case(loss: Loss, facts: Facts) -> Found | None:
    for case in facts.cases:
        if case.feeder == loss.bay and case.phase not in _NO_TRIP and _near(case.pickup_ns, loss):
            return Found(Cause.FAULT, case.id, "; ".join(case.seen) or f"protection of {case.feeder} tripped")
    return None


def _tripped(loss: Loss, facts: Facts) -> Found | None:
    at_ns = facts.tripped.get(loss.bay)
    return None if at_ns is None or not _near(at_ns, loss) else Found(Cause.FAULT, "", f"{loss.bay} tripped")


def _above(loss: Loss, facts: Facts) -> Found | None:
    at_ns = facts.upstream.get(loss.bay)
    if at_ns is not None and _near(at_ns, loss):
        return Found(Cause.UPSTREAM, "", f"{loss.bay} above the feeders tripped")
    return (
        Found(Cause.UPSTREAM, "", "no load of the source has voltage, its switches are closed") if loss.above else None
    )


def _commanded(loss: Loss, facts: Facts) -> Found | None:
    for each in facts.openings:
        if bay_of(each.switch) == loss.bay and _near(each.time_ns, loss):
            return Found(Cause.OPERATION, each.order, f"{each.switch} opened by {each.originator.identity}")
    return None


def _near(at_ns: int, loss: Loss) -> bool:
    return -AFTER_NS <= loss.since_ns - at_ns <= BEFORE_NS


_QUESTIONS: tuple[Callable[[Loss, Facts], Found | None], ...] = (_case, _tripped, _ordered, _above, _commanded)
_OF_ORDERS: dict[OrderKind, Cause] = {
    OrderKind.MANUAL: Cause.PLANNED,
    OrderKind.RETURN_TO_NORMAL: Cause.OPERATION,
    OrderKind.RECONFIGURE: Cause.OPERATION,
    OrderKind.ISOLATE_AND_RESTORE: Cause.FAULT,
    OrderKind.ISOLATE_EARTH_FAULT: Cause.FAULT,
    OrderKind.RESTORE_BY_CREW: Cause.FAULT,
}
"""A planned outage is composed by a person; whatever isolates a fault is part of it."""
