"""Disks that fail, and devices whose news come late: what is not kept is not acted upon (SAFETY S21, S22)."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest

from models.point import Dbpos
from models.switching import OrderState, StepState
from tests.virtual.disk import HISTORY, JOURNAL, ORDERS, failing
from tests.virtual.doubt import FAULT, unsafe
from tests.virtual.healing import FINAL
from tests.virtual.site import SMALL, hurried
from tests.virtual.step_watch import StepWatch
from tests.virtual.world import Plant, operate


def moved(plant: Plant) -> list[str]:
    return [f"{each.name} {each.value!r}" for each in plant.witness.automatic()]


def test_history_fails_from_the_fault_on() -> None:
    """FDIR cannot keep its state, so nothing is switched; when the disk works again, all events are kept."""

    async def story(plant: Plant) -> None:
        with failing(plant.data / "history.sqlite", HISTORY):
            plant.fault(FAULT)
            await plant.forward(60.0)
            assert moved(plant) == []
            assert plant.orders == []
            assert plant.said("fdir", "no decision")
            assert plant.said("history cannot be written")
        await plant.run_until(lambda: bool(plant.said("history can be written again")), 30.0)
        await plant.run_until(lambda: bool(plant.said("completed") or plant.said("handed over")), 60.0)
        await plant.forward(5.0)
        assert unsafe(plant) == []
        assert plant.missing_from_history() == []

    operate(SMALL, 1, story, hurried)


@pytest.mark.parametrize("tables", [JOURNAL, ORDERS], ids=["journal", "orders"])
@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_control_database_fails_after_a_step(tables: tuple[str, ...], number: int) -> None:
    """Not one command more: no intent on disk, no command; no order on disk, no next step."""

    async def story(plant: Plant) -> None:
        with ExitStack() as disk:
            sent: list[str] = []

            def fail(plant: Plant) -> None:
                disk.enter_context(failing(plant.data / "control.sqlite", tables))
                sent.extend(moved(plant))

            StepWatch(plant, number, StepState.CONFIRMED, fail)
            plant.fault(FAULT)
            await plant.run_until(lambda: bool(plant.said("order", "blocked")), 120.0)
            await plant.forward(30.0)
            more = plant.witness.automatic()[len(sent) :]
            finishing = number in (2, 3) and tables == ORDERS  # openings have begun and are finished
            assert not more or (finishing and all(each.value is Dbpos.OFF for each in more))
            assert plant.said("S21", "intents" if tables == JOURNAL else "cannot be kept")
        assert unsafe(plant) == []

    operate(SMALL, number, story, hurried)


def test_history_fails_while_the_order_runs() -> None:
    """The order needs its journal, not the history; events of that time are kept when the disk works again."""

    async def story(plant: Plant) -> None:
        with ExitStack() as disk:
            file = plant.data / "history.sqlite"
            StepWatch(plant, 2, StepState.CONFIRMED, lambda _: disk.enter_context(failing(file, HISTORY)) and None)
            plant.fault(FAULT)
            await plant.run_until(lambda: bool(plant.orders) and plant.orders[0].state in FINAL, 120.0)
            await plant.forward(10.0)
            assert plant.said("history cannot be written")
        await plant.run_until(lambda: bool(plant.said("history can be written again")), 30.0)
        await plant.forward(5.0)
        assert plant.orders[0].state in (OrderState.COMPLETED, OrderState.BLOCKED)
        assert unsafe(plant) == []
        assert plant.missing_from_history() == []

    operate(SMALL, 1, story, hurried)


def test_protection_is_heard_of_late() -> None:
    """The feeder's IED is out of reach during the whole event and tells it afterwards, in order."""

    async def story(plant: Plant) -> None:
        plant.field.cut("OBR2E03")
        plant.fault(FAULT)
        await plant.forward(60.0)
        assert moved(plant) == []
        await plant.field.mend("OBR2E03")
        await plant.run_until(lambda: bool(plant.said("completed") or plant.said("handed over")), 60.0)
        await asyncio.sleep(5.0)
        assert unsafe(plant) == []
        assert plant.missing_from_history() == []

    operate(SMALL, 1, story, hurried)


def test_a_second_fault_in_the_dead_part_is_closed_onto_once() -> None:
    """No device can see a fault where there is no voltage: the close finds it, protection trips, it locks out."""

    async def story(plant: Plant) -> None:
        StepWatch(plant, 2, StepState.CONFIRMED, lambda plant: plant.fault("L153/W153", name="F2"))
        plant.fault(FAULT)
        await plant.run_until(lambda: bool(plant.orders) and plant.orders[0].state in FINAL, 120.0)
        await plant.forward(120.0)
        assert plant.orders[0].state is not OrderState.COMPLETED
        closings = [each.name.location for each in plant.witness.automatic() if each.value is Dbpos.ON]
        assert len(closings) == len(set(closings))
        assert plant.truth().closed_onto_fault == 1
        assert plant.truth().fed_twice == 0
        assert plant.said("S6", "lock")
        assert all(each.dead for each in plant.truth().faults)

    operate(SMALL, 1, story, hurried)
