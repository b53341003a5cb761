"""What people do with the orders that need them: approve by kind, and report what the crew has done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from models.switching import CrewTask, Order, OrderState, StepState
from models.wire.cbor import WireValue
from tests.virtual.world import Plant


def _place(plant: Plant, order: Order) -> str:
    return f"{plant.site.config.name}/orders/{order.id}"


async def approve(plant: Plant, kind: str) -> str:
    """The newest proposed order of the kind, in its present revision; '' when it is approved."""
    found = [each for each in plant.orders if each.kind.value == kind and each.state is OrderState.PROPOSED]
    if not found:
        return f"no order of kind '{kind}' is proposed"
    return (await plant.write("Order.Approve", _place(plant, found[-1]), found[-1].revision)).text


async def crew_done(plant: Plant, element: str) -> str:
    """The crew at this place reports that its step is done; '' when that is taken."""
    for order in plant.orders:
        for step in order.steps:
            if step.state is StepState.EXECUTING and step.element == element and isinstance(step.value, CrewTask):
                said: dict[str, WireValue] = {"step": step.number, "name": "Bo", "at_ns": plant.loop.clock()}
                return (await plant.write("Order.CrewDone", _place(plant, order), said)).text
    return f"no crew has been instructed at {element}"


CREW_ACTS: Mapping[str, Callable[[Plant, str], Awaitable[str]]] = {"approve": approve, "crew done": crew_done}
