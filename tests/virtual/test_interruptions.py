"""Interruptions of supply as a running unit records them: faults, orders, crashes, lost devices, people [OP3]."""

from __future__ import annotations

import asyncio
from typing import Any

from models.wire.condition import And
from models.wire.messages import Code
from substation.exchange.variables import RefusedError, Selection
from substation.reliability.indices import Period
from substation.reliability.interruption import Cause, Interruption
from substation.variables.interruptions import STATE
from tests.virtual.doubt import FAULT
from tests.virtual.site import SMALL, hurried
from tests.virtual.world import ADA, Plant, operate

FEEDER, STATION_SWITCH = "OBR2/K1/E03", "ST108/K1/E01/Q0"
BEHIND = {"ST103/T1", "ST108/T1", "ST110/T1", "ST195/T1"}
"""Loads of the feeder behind the fault, or behind ST108's switch."""


def recorded(plant: Plant) -> tuple[Interruption, ...]:
    assert plant.unit.supply is not None
    return plant.unit.supply.watch.present


async def healed(plant: Plant) -> None:
    plant.fault(FAULT)
    await plant.run_until(lambda: bool(plant.said("order", "completed")), 120.0)
    await plant.forward(1.0)


def test_a_healed_fault_and_its_reclosing_are_one_interruption() -> None:
    async def play(plant: Plant) -> None:
        truth = plant.world.history
        await healed(plant)
        (event,) = recorded(plant)
        assert (event.cause, event.feeder, event.lasts) == (Cause.FAULT, FEEDER, False)
        assert event.reference.startswith("OBR2-K1-E03")
        assert [len(stage.loads) for stage in event.stages()] == [6, 4]
        assert set(event.stages()[1].loads) == BEHIND
        closed = [each.time_ns for each in truth.transitions if each.text.endswith("on by command")]
        for stage, moved_ns in zip(event.stages(), closed[-2:], strict=True):
            assert abs(stage.at_ns - moved_ns) < 20_000_000  # device clocks differ by milliseconds
        await plant.forward(300.0)
        assert recorded(plant) == ()
        assert plant.said("interruption", "is over", "kWh not supplied")
        (kept,) = await _archive(plant)
        assert kept == event

    operate(SMALL, 1, play, hurried)


async def _archive(plant: Plant) -> tuple[Interruption, ...]:
    assert plant.unit.supply is not None
    return await plant.unit.supply.watch.archive.within(Period(0, plant.loop.clock() + 1))


def test_it_goes_on_over_a_crash() -> None:
    """Killed while everybody is dark; people close meanwhile; the unit reads when from the device's own time."""

    async def play(plant: Plant) -> None:
        plant.disturb("open by hand", STATION_SWITCH)
        await plant.forward(5.0)
        (before,) = recorded(plant)
        assert {outage.load for outage in before.outages} == BEHIND
        assert before.cause is Cause.UNKNOWN
        await plant.crash()
        await plant.forward(60.0)
        plant.disturb("close by hand", STATION_SWITCH)
        closed_ns = plant.loop.clock()
        await plant.forward(60.0)
        await plant.start()
        await plant.forward(5.0)
        (after,) = recorded(plant)
        assert (after.id, after.lasts) == (before.id, False)
        assert after.until_ns is not None
        assert abs(after.until_ns - closed_ns) < 10e9

    operate(SMALL, 2, play, hurried)


def test_one_that_began_while_the_unit_was_down() -> None:
    async def play(plant: Plant) -> None:
        await plant.crash()
        plant.disturb("open by hand", STATION_SWITCH)
        opened_ns = plant.loop.clock()
        await plant.forward(90.0)
        await plant.start()
        await plant.forward(5.0)
        (event,) = recorded(plant)
        assert {outage.load for outage in event.outages} == BEHIND
        assert abs(event.since_ns - opened_ns) < 10e9
        assert event.power_w > 100e3  # what they drew before

    operate(SMALL, 3, play, hurried)


def test_a_lost_device_is_no_interruption() -> None:
    async def play(plant: Plant) -> None:
        plant.field.cut("ST108")
        await plant.forward(120.0)
        assert plant.said("ST108")
        assert recorded(plant) == ()
        await plant.field.mend("ST108")
        await plant.forward(60.0)
        assert recorded(plant) == ()

    operate(SMALL, 4, play, hurried)


def test_a_person_opens_and_another_states_why() -> None:
    async def play(plant: Plant) -> None:
        await plant.command(STATION_SWITCH, closed=False)
        await plant.forward(2.0)
        (event,) = recorded(plant)
        assert (event.cause, event.explanation) == (Cause.OPERATION, f"{STATION_SWITCH} opened by Ada")
        assert await _stated(plant, event.id, {"cause": "planned work", "text": "permit 17"}) is Code.OK
        (event,) = recorded(plant)
        assert (event.cause, event.stated_by) == (Cause.PLANNED, "Ada")
        assert "permit 17" in event.explanation
        assert (await _archive(plant)) == (event,)
        assert plant.said("Ada states the cause planned work, not operation: permit 17")
        await plant.forward(40.0)
        assert recorded(plant)[0].cause is Cause.PLANNED
        assert await _stated(plant, "nobody", {"cause": "fault", "text": "x"}) is Code.REFUSED
        assert await _stated(plant, event.id, {"cause": "witchcraft", "text": "x"}) is Code.BAD_REQUEST
        assert await _stated(plant, event.id, {"cause": "fault", "text": " "}) is Code.BAD_REQUEST

    operate(SMALL, 5, play, hurried)


async def _stated(plant: Plant, identifier: str, value: dict[str, str]) -> Code:
    assert plant.unit.supply is not None
    (route,) = plant.unit.supply.routes()
    try:
        return (await route.provider.write(STATE, f"VIRTUAL/interruptions/{identifier}", value, ADA)).code
    except RefusedError as error:
        return error.code


def test_what_the_unit_shows() -> None:
    async def play(plant: Plant) -> None:
        await healed(plant)
        await asyncio.sleep(1.0)
        published = plant.unit.parts.publication
        (shown,) = await published.read(Selection("Interruptions", "VIRTUAL", And(())))
        (indices,) = await published.read(Selection("Reliability", "VIRTUAL", And(())))
        value: Any = shown.value
        (event,) = value["interruptions"]
        assert event["cause"] == "fault"
        assert sum(stage["customers"] for stage in event["stages"]) == event["customers"]
        figures: Any = indices.value
        month = figures["months"][0]
        assert month["unplanned"]["momentary_customer_interruptions"] == event["customers"]
        assert month["planned"]["interruptions"] == 0

    operate(SMALL, 6, play, hurried)


def test_a_dead_transformer_is_upstream() -> None:
    """No switch of the grid moves: voltages alone tell."""

    async def play(plant: Plant) -> None:
        plant.disturb("transformer off", "OBR2/T1")
        await plant.forward(60.0)
        (event,) = recorded(plant)
        assert (event.cause, event.lasts, event.feeder) == (Cause.UPSTREAM, True, "")
        assert {outage.load for outage in event.outages} == set(plant.truth().unfed_loads)
        plant.disturb("transformer on", "OBR2/T1")
        await plant.forward(40.0)
        (event,) = recorded(plant)
        assert event.until_ns is not None
        assert 55 < (event.until_ns - event.since_ns) / 1e9 < 75

    operate(SMALL, 7, play, hurried)
