"""The unit is killed between any two steps of an order and started again: blocked, nothing moves, people are asked."""

from __future__ import annotations

import pytest

from models.point import Dbpos
from models.switching import OrderState, StepState
from substation.control.request import Ending
from tests.virtual.doubt import FAULT, STEPS, unsafe
from tests.virtual.site import SMALL, hurried
from tests.virtual.step_watch import StepWatch
from tests.virtual.world import PERSON, Plant, operate

DOWN_S = 20.0
MOMENTS = [(number, state) for number in range(1, STEPS + 1) for state in (StepState.EXECUTING, StepState.CONFIRMED)]


async def killed_at(plant: Plant, number: int, state: StepState) -> None:
    """Run a fault until this moment of its order, kill the unit, start it again."""
    StepWatch(plant, number, state, lambda _: plant.crash())
    plant.fault(FAULT)
    await plant.run_until(lambda: not plant.is_running, 120.0, "the unit was not killed")
    await plant.forward(DOWN_S)
    await plant.start()


async def killed_in_flight(plant: Plant) -> None:
    """Kill it when an operate has left and nobody has seen what became of it."""
    plant.fault(FAULT)
    await plant.run_until(lambda: bool(plant.witness.sent), 120.0)
    await plant.run_until(lambda: plant.witness.sent[-1].value is Dbpos.OFF, 30.0)
    await plant.crash()
    await plant.start()


@pytest.mark.parametrize(
    ("number", "state"), MOMENTS, ids=[f"step {number} {state.value}" for number, state in MOMENTS]
)
def test_killed_during_an_order(number: int, state: StepState) -> None:
    async def story(plant: Plant) -> list[str]:
        await killed_at(plant, number, state)
        since_ns = plant.loop.clock()
        await plant.forward(30.0)
        flaws = unsafe(plant) + [f"sent {each}" for each in plant.witness.automatic(since_ns)]
        order = plant.orders[0]
        if order.state is not OrderState.BLOCKED:
            flaws.append(f"the order is {order.state.value}")
        if not plant.said(order.id, "blocked", "ask"):
            flaws.append("nobody is asked")
        return [*flaws, plant.story(60)] if flaws else []

    assert operate(SMALL, number, story, hurried) == []


def test_killed_before_the_order_decides_anew() -> None:
    """Between final trip and order nothing has been commanded: the unit takes the case up where its state was kept."""

    async def story(plant: Plant) -> list[str]:
        plant.fault(FAULT)
        await plant.run_until(lambda: bool(plant.said("tripped for good")), 60.0)
        await plant.crash()
        await plant.start()
        await plant.run_until(lambda: bool(plant.said("order", "completed") or plant.said("handed over")), 60.0)
        return unsafe(plant)

    assert operate(SMALL, 1, story, hurried) == []


def test_a_person_releases_what_the_crash_left() -> None:
    """An intent without result bars every command until an operator has read the positions (S22)."""

    async def story(plant: Plant) -> None:
        switch = "ST43/K1/E01/Q0"
        await killed_in_flight(plant)
        assert plant.station.gate.view().open_intents
        refused = await plant.select(switch, closed=False)
        assert refused.ending is Ending.REFUSED
        assert "S22" in refused.reason
        await plant.station.gate.release(plant.station.gate.view().open_intents, PERSON)
        assert "S22" not in (await plant.select(switch, closed=False)).reason

    operate(SMALL, 1, story, hurried)
