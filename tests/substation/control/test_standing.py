"""Orders that stand still: paused by people, waiting for crews; and who may have what carried out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from models.point import Dbpos, PointName
from models.switching import CrewAct, CrewTask, Order, OrderKind, OrderState, Purpose, Step, StepState
from substation.control.request import Request
from substation.control.standing import WaitingSettings
from substation.placements.placement import Placement, PlacementKind
from substation.tags import TagKind
from tests.substation.control.bench import FDIR, OTHER, PERSON, Bench, bench
from tests.substation.control.world import CB1, CB2, F1, ISOLATING, TIE, World, order, pos, tripped

Work = Callable[[Bench], Awaitable[None]]


def run(directory: Path, work: Work, world: World | None = None) -> None:
    async def main() -> None:
        async with bench(directory, world or tripped()) as made:
            await work(made)
            assert made.field.flaws == []
            assert made.leases.held == {}

    asyncio.run(main())


async def begun(made: Bench, wanted: Order) -> asyncio.Task[Order]:
    """Approved and under way."""
    assert await made.desk.propose(wanted) == ""
    assert await made.desk.approve(wanted.id, wanted.revision, PERSON) == ""
    return asyncio.ensure_future(made.executor.run(await made.desk.next_approved()))


async def until(seen: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not seen():
            await asyncio.sleep(0.002)


def is_state(made: Bench, state: OrderState, name: str = "FDIR-1") -> Callable[[], bool]:
    def seen() -> bool:
        found = made.desk.get(name)
        return found is not None and found.state is state

    return seen


def pausing(made: Bench, element: str) -> None:
    """A person pauses the order at the moment when this element is commanded."""

    def before(_command: object) -> None:
        if made.field.operated()[-1:] == [element] and not made.desk.pauses.by("FDIR-1"):
            made.background.append(asyncio.ensure_future(made.desk.pause("FDIR-1", PERSON)))

    made.field.before = before


@pytest.mark.parametrize("element", [F1, *ISOLATING, CB1, TIE])
def test_s22_a_paused_order_keeps_its_leases_and_goes_on_when_a_person_says_so(tmp_path: Path, element: str) -> None:
    async def work(made: Bench) -> None:
        pausing(made, element)
        task = await begun(made, order())
        await until(is_state(made, OrderState.PAUSED))
        operated = made.field.operated()
        made.field.before = lambda _: None
        refused = await made.gate.execute(Request(pos(TIE), Dbpos.ON, OTHER))
        assert refused.rules
        await asyncio.sleep(0.02)
        assert made.field.operated() == operated
        assert made.leases.held != {}
        assert await made.desk.resume("FDIR-1", FDIR) == "S18: only a person resumes an order"
        assert await made.desk.resume("FDIR-1", OTHER) == ""
        assert (await task).state is OrderState.COMPLETED

    run(tmp_path, work)


@pytest.mark.parametrize("stop", ["abort", "take_over"])
def test_s22_a_paused_order_can_be_ended(tmp_path: Path, stop: str) -> None:
    async def work(made: Bench) -> None:
        pausing(made, ISOLATING[0])
        task = await begun(made, order())
        await until(is_state(made, OrderState.PAUSED))
        await getattr(made.desk, stop)("FDIR-1", OTHER)
        done = await task
        assert done.state is OrderState.ABORTED
        opened = {"abort": StepState.CONFIRMED, "take_over": StepState.SKIPPED}[stop]
        assert done.steps[3].state is opened  # isolation is finished, but not after a take-over
        assert done.steps[4].state is StepState.SKIPPED

    run(tmp_path, work)


def test_s22_a_pause_that_lasts_too_long_ends_blocked_and_is_an_alarm_before(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        made.executor.waiting_settings = WaitingSettings(longest_pause_s=1.2, alarm_after_s=0.5)
        pausing(made, F1)
        done = await (await begun(made, order()))
        assert done.state is OrderState.BLOCKED
        assert "paused by Ada for" in done.reason
        assert "its leases keep others waiting" in made.texts()
        assert set(made.field.operated()) == {F1}

    run(tmp_path, work)


def test_s18_control_taken_over_stops_orders_before_their_next_command(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        pausing(made, ISOLATING[0])
        task = await begun(made, order())
        await until(is_state(made, OrderState.PAUSED))
        made.desk.take_over_all("Bo")
        done = await task
        assert (done.state, done.steps[3].state) == (OrderState.ABORTED, StepState.SKIPPED)
        assert "Bo has taken control of the unit over" in done.reason

    run(tmp_path, work)


# -- crews


def outage() -> Order:
    """L1 is switched off, earthed, worked on, and given back: composed by an operator."""
    line = "L1/W1"

    def crew(number: int, act: CrewAct) -> Step:
        return Step(number, line, PointName(line, "Crew"), CrewTask(act), Purpose.CREW, f"{act.value} {line}")

    steps = (
        crew(1, CrewAct.PLACE_EARTH),
        crew(2, CrewAct.ISSUE_PERMIT),
        crew(3, CrewAct.RETURN_PERMIT),
        crew(4, CrewAct.REMOVE_EARTH),
    )
    return replace(order(), id="P-1", kind=OrderKind.MANUAL, steps=steps, zone=(), tripped=())


def dead() -> World:
    world = World()
    for breaker in (CB1, CB2):
        world.position(breaker, Dbpos.OFF)
    world.measure()
    return world


async def says(made: Bench, number: int, name: str = "Cy") -> str:
    def instructed() -> bool:
        found = made.desk.get("P-1")
        return found is not None and found.steps[number - 1].state is StepState.EXECUTING

    await until(instructed)
    found = made.desk.get("P-1")
    assert found is not None
    return await made.desk.crew_says("P-1", number, PERSON, name, found.steps[number - 1].started_ns or 0)


def test_op4_what_a_crew_has_done_is_on_the_grid_before_the_order_goes_on(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        board = made.placements
        task = await begun(made, outage())
        assert await says(made, 1) == ""
        await until(lambda: len(board.placements) == 1)
        (earth,) = board.placements
        assert (earth.kind, earth.holder, earth.element) == (PlacementKind.EARTH, "Cy", "L1/W1")
        refused = await made.gate.execute(Request(pos(CB1), Dbpos.ON, PERSON))
        assert "S17" in refused.rules
        assert await says(made, 2) == ""
        await until(lambda: [tag.kind for tag in made.tags.tags] == [TagKind.WORK_PERMIT])
        assert made.tags.tags[0].reference == "P-1/2, Cy"
        assert await says(made, 3) == ""
        assert await says(made, 4) == ""
        done = await task
        assert done.state is OrderState.COMPLETED
        assert [step.reason for step in done.steps] == ["by Cy, told by Ada"] * 4
        assert all(step.confirmed_ns == step.started_ns for step in done.steps)
        assert (board.placements, made.tags.tags) == ((), ())

    run(tmp_path, work, dead())


def test_op4_what_cannot_be_so_ends_the_order(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        task = await begun(made, outage())
        made.field.world.position(CB1, Dbpos.ON)
        made.field.publish()
        assert await says(made, 1) == ""
        done = await task
        assert done.state is OrderState.BLOCKED
        assert "S1: L1/W1 may be fed" in done.reason

    run(tmp_path, work, dead())


def test_op4_a_crew_that_is_no_longer_waited_for_has_to_be_asked(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        board = made.placements
        task = await begun(made, outage())
        assert await made.desk.crew_says("P-1", 2, PERSON, "Cy", 5) != ""
        await until(lambda: made.desk.get("P-1") is not None and is_state(made, OrderState.EXECUTING, "P-1")())
        assert await made.desk.abort("P-1", PERSON) == ""
        done = await task
        assert (done.state, done.steps[0].state) == (OrderState.ABORTED, StepState.FAILED)
        assert "ask the crew" in done.steps[0].reason
        assert board.placements == ()

    run(tmp_path, work, dead())


def test_s17_an_order_that_closes_onto_its_own_earth_is_not_approved(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        close = Step(2, CB1, pos(CB1), Dbpos.ON, Purpose.RETURN, f"Close {CB1}")
        wanted = replace(outage(), steps=(outage().steps[0], close))
        assert await made.desk.propose(wanted) == ""
        assert "placed/-1/earth is closed" in await made.desk.approve("P-1", 1, PERSON)
        assert isinstance(made.desk.get("P-1"), Order)
        assert await made.desk.reject("P-1", PERSON) == ""
        assert Placement(1, PlacementKind.EARTH, "L1/W1", "Cy", 1).path == "placed/1"

    run(tmp_path, work, dead())
