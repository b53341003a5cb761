"""The decision core of a running order: what comes next, and where it ends (SAFETY S22). Pure.

Every stop leads to one of the safe end states: before isolation nothing moves; during isolation the remaining openings
are finished and nothing is closed; during restoration what is fed stays fed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from models.switching import GroupChange, Order, OrderKind, OrderState, Purpose, Step, StepState


class StopKind(Enum):
    FAILURE = "failure"  # a step was refused, failed, or its outcome is unknown
    PROTECTION = "protection"  # a trip, or a pickup after a close (S6): ends with lock-out
    ABORT = "abort"
    TAKE_OVER = "take-over"  # an operator acts himself: not one command more (S18)
    MODE = "mode"  # the automation has been disabled


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a sequence does not go on as planned."""

    kind: StopKind
    reason: str


class Phase(Enum):
    """How far an order has come; derived from its steps, so that it cannot contradict them."""

    BEFORE_ISOLATION = "before isolation"
    ISOLATING = "during isolation"
    RESTORING = "after isolation"


FINISH_OPENING: frozenset[Purpose] = frozenset({Purpose.ISOLATE})
NOTHING: frozenset[Purpose] = frozenset()

AFTER_STOP: dict[tuple[Phase, StopKind], frozenset[Purpose]] = {
    (Phase.BEFORE_ISOLATION, StopKind.FAILURE): NOTHING,
    (Phase.BEFORE_ISOLATION, StopKind.PROTECTION): NOTHING,
    (Phase.BEFORE_ISOLATION, StopKind.ABORT): NOTHING,
    (Phase.BEFORE_ISOLATION, StopKind.TAKE_OVER): NOTHING,
    (Phase.BEFORE_ISOLATION, StopKind.MODE): NOTHING,
    (Phase.ISOLATING, StopKind.FAILURE): FINISH_OPENING,
    (Phase.ISOLATING, StopKind.PROTECTION): FINISH_OPENING,
    (Phase.ISOLATING, StopKind.ABORT): FINISH_OPENING,
    (Phase.ISOLATING, StopKind.TAKE_OVER): NOTHING,
    (Phase.ISOLATING, StopKind.MODE): FINISH_OPENING,
    (Phase.RESTORING, StopKind.FAILURE): NOTHING,
    (Phase.RESTORING, StopKind.PROTECTION): NOTHING,
    (Phase.RESTORING, StopKind.ABORT): NOTHING,
    (Phase.RESTORING, StopKind.TAKE_OVER): NOTHING,
    (Phase.RESTORING, StopKind.MODE): NOTHING,
}
"""What may still be done after a stop, by the phase in which it came."""

END_STATES = {
    StopKind.FAILURE: OrderState.BLOCKED,
    StopKind.PROTECTION: OrderState.BLOCKED,
    StopKind.ABORT: OrderState.ABORTED,
    StopKind.TAKE_OVER: OrderState.ABORTED,
    StopKind.MODE: OrderState.BLOCKED,
}

_OUTSTANDING = (StepState.PENDING, StepState.EXECUTING)
_BEGUN = (StepState.EXECUTING, StepState.CONFIRMED, StepState.FAILED)


def phase(order: Order) -> Phase:
    """Isolation has begun with its first opening and is over when the last one has ended."""
    isolating = [step for step in order.steps if step.purpose is Purpose.ISOLATE]
    if not any(step.state in _OUTSTANDING for step in isolating):
        return Phase.RESTORING
    return Phase.ISOLATING if any(step.state in _BEGUN for step in isolating) else Phase.BEFORE_ISOLATION


def allowed(order: Order, stop: Stop | None) -> frozenset[Purpose]:
    """Purposes that may still be carried out."""
    return frozenset(Purpose) if stop is None else AFTER_STOP[phase(order), stop.kind]


def next_step(order: Order, stop: Stop | None) -> Step | None:
    """The step to carry out now; None when the order ends here."""
    may = allowed(order, stop)
    return next((step for step in order.steps if step.state is StepState.PENDING and step.purpose in may), None)


def any_isolated(order: Order) -> bool:
    """At least one isolating opening is confirmed."""
    return any(step.purpose is Purpose.ISOLATE and step.state is StepState.CONFIRMED for step in order.steps)


def ended(order: Order, stop: Stop | None) -> Order:
    """The order in its end state: what was not done is skipped, with the reason in words."""
    blocked = _still_blocked(order)
    stays = [f"automatic reclosing stays blocked on {', '.join(blocked)}"] if blocked else []
    said = "; ".join(stays + _groups_away(order))
    if stop is None:
        return replace(order, state=OrderState.COMPLETED, reason=said)
    incomplete = any(step.purpose is Purpose.ISOLATE and step.state is StepState.FAILED for step in order.steps)
    where = _END_WORDS[Phase.ISOLATING if incomplete else phase(order)]
    for step in order.steps:
        if step.state is StepState.PENDING:
            order = order.with_step(replace(step, state=StepState.SKIPPED, reason=f"the order ended: {stop.reason}"))
    return replace(order, state=END_STATES[stop.kind], reason="; ".join(filter(None, (stop.reason, where, said))))


def _still_blocked(order: Order) -> list[str]:
    """Feeders whose reclosing this order has blocked and not released (S6)."""
    done = [step for step in order.steps if step.state is StepState.CONFIRMED]
    released = {step.element for step in done if step.purpose is Purpose.RELEASE_RECLOSING}
    blocked = [step.element for step in done if step.purpose is Purpose.BLOCK_RECLOSING]
    return [element for element in blocked if element not in released]


def _groups_away(order: Order) -> list[str]:
    """Setting groups that are not what they were before; a step that failed may have switched all the same (S15)."""
    returns = order.kind is OrderKind.RETURN_TO_NORMAL
    words = [_group_words(step, step.value, returns) for step in order.steps if isinstance(step.value, GroupChange)]
    return [each for each in words if each]


def _group_words(step: Step, change: GroupChange, returns: bool) -> str:
    if step.state is StepState.CONFIRMED:
        return "" if returns else f"setting group {change.group} stays active at {step.element}, not {change.former}"
    if step.state in _BEGUN:
        return f"look which setting group is active at {step.element}"
    return f"setting group {change.former} stays active at {step.element}, not {change.group}" if returns else ""


_END_WORDS = {
    Phase.BEFORE_ISOLATION: "no switch was moved",
    Phase.ISOLATING: "isolation is not complete, nothing was closed",
    Phase.RESTORING: "what is fed stays fed, nothing more is switched",
}
