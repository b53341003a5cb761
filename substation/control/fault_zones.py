"""Zones of faults that nobody has reported repaired, as the rules see them (SAFETY S4, S5); what narrows them.

An order of a crew cuts a fault off closer to it than automation could. Its own, smaller zone replaces that of the order
before it once all its isolating switches are confirmed open, and not one step earlier; should it be reported repaired
alone, the larger zone holds again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from models.switching import Order, OrderKind, OrderState, Purpose, Step, StepState

Zones = Mapping[str, tuple[str, ...]]
"""By order, element ids."""


def claims(order: Order) -> bool:
    """Whether its zone holds a fault. A crew's order that was not begun says nothing that is not known without it."""
    if not order.kind.isolates or order.state is OrderState.REJECTED:
        return False
    return order.kind is not OrderKind.RESTORE_BY_CREW or any(
        step.state is not StepState.PENDING for step in _done(order)
    )


def _done(order: Order) -> tuple[Step, ...]:
    return tuple(step for step in order.steps if step.state is not StepState.SKIPPED)


def fault_zones(standing: Iterable[Order]) -> dict[str, tuple[str, ...]]:
    """standing: orders whose fault nobody has reported repaired."""
    claiming = [order for order in standing if claims(order)]
    narrowed = {order.narrows for order in claiming if _has_isolated(order)}
    return {order.id: order.zone for order in claiming if order.id not in narrowed}


def _has_isolated(order: Order) -> bool:
    isolating = [step for step in order.steps if step.purpose is Purpose.ISOLATE]
    return all(step.state is StepState.CONFIRMED for step in isolating)


def faults_at(order: Order, number: int, faults: Zones) -> Zones:
    """At a step of an order that is rehearsed: the zone that it narrows is its own after its last isolating step."""
    own = {order.id: order.zone} if order.kind is OrderKind.RESTORE_BY_CREW else {}
    isolating = (step.number for step in order.steps if step.purpose is Purpose.ISOLATE)
    if not order.narrows or any(each >= number for each in isolating):
        return {**faults, **own}
    return {**{name: zone for name, zone in faults.items() if name != order.narrows}, **own}
