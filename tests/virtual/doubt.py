"""One doubt: a fault with something wrong beside it, and what must (and must not) come of it."""

from __future__ import annotations

from dataclasses import dataclass

from models.point import Dbpos
from models.switching import Order, OrderState, StepState
from tests.virtual.healing import FINAL
from tests.virtual.step_watch import Act, StepWatch
from tests.virtual.world import Plant

FAULT = "L041/W041"
"""A line of the 24 stations, in the middle of feeder OBR2/K1/E03: ST269 before it, ST108 behind it."""
STEPS = 8
"""Of its order: block, open ST108, open ST269, block the donor, close the breaker, close the tie, release both."""
DECIDED_S = 120.0
QUIET_S = 40.0


@dataclass(frozen=True, slots=True)
class Doubt:
    """state: of the order at its end; None: no order is made. words: all in one line of the event list, or in the
    order's own text. may_close: switches that automation may close nevertheless; opened: what it must have opened.

    at: step and state at which `act` happens, or words of the event list; None: before the fault.
    """

    name: str
    act: Act
    state: OrderState | None
    words: tuple[str, ...]
    may_close: frozenset[str] = frozenset()
    opened: frozenset[str] | None = None
    at: tuple[int, StepState] | str | None = None
    settle_s: float = 0.0


async def play(plant: Plant, doubt: Doubt) -> list[str]:
    """What is not as it must be."""
    watch = StepWatch(plant, *doubt.at, doubt.act) if isinstance(doubt.at, tuple) else None
    if doubt.at is None:
        await _act(plant, doubt)
        await plant.forward(doubt.settle_s)
    plant.fault(FAULT)
    if isinstance(doubt.at, str):
        await plant.run_until(lambda: bool(plant.said(str(doubt.at))), DECIDED_S, doubt.at)
        await _act(plant, doubt)
    await plant.run_until(lambda: _decided(plant, doubt), DECIDED_S, doubt.name)
    await plant.forward(QUIET_S)
    flaws = [] if watch is None or watch.done else ["the order never came to that step"]
    return flaws + flaws_of(plant, doubt)


async def _act(plant: Plant, doubt: Doubt) -> None:
    work = doubt.act(plant)
    if work is not None:
        await work


def _decided(plant: Plant, doubt: Doubt) -> bool:
    if doubt.state is None:
        return any("handed over" in text for text in plant.said(*doubt.words))
    return bool(plant.orders) and plant.orders[0].state in FINAL


def flaws_of(plant: Plant, doubt: Doubt) -> list[str]:
    """Safe, told, and in the right end state."""
    flaws = unsafe(plant)
    closed = {each.name.location for each in plant.witness.automatic() if each.value is Dbpos.ON}
    if not closed <= doubt.may_close:
        flaws.append(f"closed {sorted(closed - doubt.may_close)}")
    opened = {each.name.location for each in plant.witness.automatic() if each.value is Dbpos.OFF}
    if doubt.opened is not None and opened != doubt.opened:
        flaws.append(f"commanded open {sorted(opened)}, not {sorted(doubt.opened)}")
    states = [order.state for order in plant.orders]
    if states != ([] if doubt.state is None else [doubt.state]):
        flaws.append(f"orders ended {[state.value for state in states]}")
    told = [f"{line.location} {line.text}" for line in plant.lines]
    told += [text for order in plant.orders for text in _texts(order)]
    if not any(all(word in text for word in doubt.words) for text in told):
        flaws.append(f"nowhere is said {doubt.words}")
    return flaws


def _texts(order: Order) -> list[str]:
    return [order.reason, order.unrestored_reason, *order.explanation, *(step.reason for step in order.steps)]


def unsafe(plant: Plant) -> list[str]:
    """Truth of physics and journal."""
    truth = plant.truth()
    flaws = list(plant.witness.look())
    if truth.fed_twice or truth.closed_onto_fault:
        flaws.append(f"fed twice {truth.fed_twice} times, closed onto a fault {truth.closed_onto_fault} times")
    return flaws + [f"{each.element} is alive" for each in truth.faults if each.exists and not each.dead]
