"""Orders of one fault: that of automation, and what a crew did after it. One report of repair is for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from models.switching import Order, Step, StepState


def of_one_fault(orders: Iterable[Order], order: Order) -> list[Order]:
    """Those that share its fault, itself included, in their order."""
    root = order.narrows or order.id
    return [each for each in orders if root in (each.id, each.narrows)]


def told_as_one(orders: Iterable[Order]) -> Order:
    """Everything that they switched, in the name of the first one; for the return to normal. ValueError without any."""
    found = list(orders)
    if not found:
        raise ValueError("no order of a fault")
    steps = [step for order in found for step in order.steps if order is found[0] or _begun(step)]
    return replace(
        found[0],
        steps=tuple(replace(step, number=number) for number, step in enumerate(steps, 1)),
        feeders=tuple(dict.fromkeys(feeder for order in found for feeder in order.feeders)),
        tripped=tuple(dict.fromkeys(breaker for order in found for breaker in order.tripped)),
    )


def _begun(step: Step) -> bool:
    return step.state not in (StepState.PENDING, StepState.SKIPPED)
