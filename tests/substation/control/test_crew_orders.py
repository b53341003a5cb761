"""Orders of crews: judged before anybody is sent, narrowing the zone only when isolated, tags lifted by operators."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from models.point import Dbpos, PointName
from models.switching import CrewAct, CrewTask, Order, OrderKind, OrderState, Purpose, Step, StepState
from substation.control import crew_steps
from substation.control.fault_zones import fault_zones, faults_at
from substation.control.pauses import CrewWord
from substation.one_fault import told_as_one
from substation.tags import TagKind
from tests.substation.control.bench import FDIR, PERSON, Bench, bench
from tests.substation.control.test_standing import begun, until
from tests.substation.control.world import CB1, F1, F2, FAULT, ISOLATING, TIE, order, pos, tripped

BY_HAND, LARGER = "ST2/K1/E01/Q0", "ST3/K1/E01/Q0"
AREA = ("L2/W2", "ST2/K1/BB1/N1", "L3/W3")
Work = Callable[[Bench], Awaitable[None]]


def _step(number: int, element: str, value: Dbpos | bool | CrewTask, purpose: Purpose) -> Step:
    variable = "Crew" if isinstance(value, CrewTask) else "RREC1.BlkRec" if isinstance(value, bool) else "CSWI1.Pos"
    return Step(number, element, PointName(element, variable), value, purpose, f"{purpose.value} {element}")


def automatic() -> Order:
    """As if the switch of ST2 towards the fault could not be operated from here: ST2 stays dark."""
    made = order()
    steps = tuple(replace(step, element=LARGER, point=pos(LARGER)) if step.element == BY_HAND else step
                  for step in made.steps)  # fmt: skip
    return replace(made, steps=steps, zone=AREA)


def by_crew(*steps: Step) -> Order:
    usual = (
        _step(1, BY_HAND, CrewTask(CrewAct.SWITCH_OPEN), Purpose.ISOLATE),
        _step(2, LARGER, CrewTask(CrewAct.LIFT_ISOLATION), Purpose.CREW),
        _step(3, F1, True, Purpose.BLOCK_RECLOSING),
        _step(4, F2, True, Purpose.BLOCK_RECLOSING),
        _step(5, LARGER, Dbpos.ON, Purpose.RESTORE_DOWNSTREAM),
        _step(6, F1, False, Purpose.RELEASE_RECLOSING),
        _step(7, F2, False, Purpose.RELEASE_RECLOSING),
    )
    return replace(
        order(), id="FDIR-1-crew", kind=OrderKind.RESTORE_BY_CREW, steps=steps or usual, zone=FAULT, narrows="FDIR-1"
    )


def run(directory: Path, work: Work) -> None:
    """After the order of automation."""

    async def main() -> None:
        async with bench(directory, tripped()) as made:
            made.executor.crew.settling_s = 0.05
            first = await begun(made, automatic())
            assert (await first).state is OrderState.COMPLETED
            await work(made)
            assert made.field.flaws == []
            assert made.leases.held == {}

    asyncio.run(main())


async def says(made: Bench, number: int) -> str:
    name = "FDIR-1-crew"

    def step() -> Step:
        found = made.desk.get(name)
        assert found is not None
        return found.step(number)

    await until(lambda: step().state is StepState.EXECUTING)
    return await made.desk.crew_says(name, number, PERSON, "Cy", step().started_ns or 0)


def tagged(made: Bench) -> set[str]:
    return {tag.element for tag in made.tags.tags if tag.kind is TagKind.FAULT_ISOLATION}


def test_gr7_a_crew_cuts_off_closer_and_the_rest_is_fed_again(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        assert made.desk.faults == {"FDIR-1": AREA}
        task = await begun(made, by_crew())
        assert made.desk.faults["FDIR-1"] == AREA
        made.field.move(pos(BY_HAND), Dbpos.OFF)
        assert await says(made, 1) == ""
        await until(lambda: made.desk.faults == {"FDIR-1-crew": FAULT})
        await until(lambda: BY_HAND in tagged(made))
        assert LARGER in tagged(made)
        assert made.field.operated()[-1] != LARGER
        assert await says(made, 2) == ""
        done = await task
        assert (done.state, done.reason) == (OrderState.COMPLETED, "")
        assert done.steps[0].reason == "by Cy, told by Ada"
        assert LARGER not in tagged(made)
        assert LARGER in made.field.operated()
        assert BY_HAND not in made.field.operated()
        assert LARGER in made.field.world.closed()

    run(tmp_path, work)


def test_what_the_field_does_not_confirm_narrows_nothing(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        task = await begun(made, by_crew())
        assert await says(made, 1) == ""
        done = await task
        assert done.state is OrderState.BLOCKED
        assert f"the field reports {BY_HAND} on" in done.reason
        assert made.desk.faults["FDIR-1"] == AREA
        assert LARGER in tagged(made)
        assert LARGER not in made.field.world.closed()

    run(tmp_path, work)


def test_automation_never_approves_it(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        assert await made.desk.propose(by_crew()) == ""
        assert "S24" in await made.desk.approve("FDIR-1-crew", 1, FDIR)
        assert made.desk.faults == {"FDIR-1": AREA}

    run(tmp_path, work)


def test_s4_the_tag_of_a_boundary_is_not_lifted(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        wanted = by_crew()
        refused = await made.executor.crew.done(wanted, wanted.steps[1], CrewWord("Cy", "Ada", 1))
        assert refused.startswith(f"S4: {LARGER} bounds the area of ")
        assert LARGER in tagged(made)

    run(tmp_path, work)


@pytest.mark.parametrize(
    ("steps", "rule"),
    [
        ((_step(1, LARGER, Dbpos.ON, Purpose.RESTORE_DOWNSTREAM),), "S4"),
        ((_step(1, LARGER, CrewTask(CrewAct.SWITCH_CLOSED), Purpose.RESTORE_DOWNSTREAM),), "S5"),
        ((_step(1, "ST1/K1/E01/Q0", CrewTask(CrewAct.SWITCH_CLOSED), Purpose.RESTORE_DOWNSTREAM),), ""),
    ],
)
def test_steps_by_hand_are_rehearsed_as_commands_are(tmp_path: Path, steps: tuple[Step, ...], rule: str) -> None:
    async def work(made: Bench) -> None:
        assert await made.desk.propose(by_crew(*steps)) == ""
        refusal = await made.desk.approve("FDIR-1-crew", 1, PERSON)
        assert rule in refusal
        assert bool(refusal) is bool(rule)

    run(tmp_path, work)


def test_s6_nobody_is_sent_while_the_rules_forbid_it(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        closing = _step(1, "ST1/K1/E01/Q0", CrewTask(CrewAct.SWITCH_OPEN), Purpose.SPLIT)
        assert await made.desk.propose(by_crew(closing)) == ""
        assert await made.desk.approve("FDIR-1-crew", 1, PERSON) == ""
        await made.tags.place(TagKind.DO_NOT_OPERATE, ["ST1/K1/E01/Q0"], "Bo", 1)
        done = await made.executor.run(await made.desk.next_approved())
        assert done.state is OrderState.BLOCKED
        assert (done.steps[0].state, done.steps[0].started_ns) == (StepState.FAILED, None)
        assert "S17" in done.steps[0].reason
        assert "for the crew" not in made.texts()

    run(tmp_path, work)


def test_what_is_forbidden_meanwhile_calls_the_crew_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew_steps, "JUDGED_AGAIN_S", 0.0)
    monkeypatch.setattr(crew_steps, "LOOK_S", 0.01)

    async def work(made: Bench) -> None:
        task = await begun(made, by_crew())
        await until(lambda: "for the crew" in made.texts())
        await made.tags.place(TagKind.DO_NOT_OPERATE, [BY_HAND], "Bo", 1)
        done = await task
        assert done.state is OrderState.BLOCKED
        assert "is forbidden meanwhile: S17" in done.reason
        assert "call the crew back" in made.texts()
        assert made.desk.faults["FDIR-1"] == AREA

    run(tmp_path, work)


def test_s24_one_report_of_the_repair_is_for_both(tmp_path: Path) -> None:
    told: list[Order] = []

    async def work(made: Bench) -> None:
        async def planned(order: Order, _who: object) -> None:
            told.append(order)

        made.desk.repaired_callback = planned
        task = await begun(made, by_crew())
        assert "end it first" in await made.desk.repaired("FDIR-1", PERSON)
        made.field.move(pos(BY_HAND), Dbpos.OFF)
        assert await says(made, 1) == ""
        assert await says(made, 2) == ""
        assert (await task).state is OrderState.COMPLETED
        assert await made.desk.repaired("FDIR-1-crew", PERSON) == ""
        assert made.desk.faults == {}
        assert (told[0].id, told[0].tripped) == ("FDIR-1", (CB1,))
        assert {BY_HAND, LARGER, TIE, ISOLATING[0]} <= {step.element for step in told[0].steps}

    run(tmp_path, work)


def test_a_proposal_ends_with_the_report_of_the_repair(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        assert await made.desk.propose(by_crew()) == ""
        assert await made.desk.repaired("FDIR-1", PERSON) == ""
        ended = made.desk.get("FDIR-1-crew")
        assert ended is not None
        assert (ended.state, made.desk.faults) == (OrderState.ABORTED, {})

    run(tmp_path, work)


@pytest.mark.parametrize("state", list(StepState))
def test_s5_only_confirmed_isolation_narrows(state: StepState) -> None:
    first, second = replace(automatic(), state=OrderState.COMPLETED), replace(by_crew(), state=OrderState.BLOCKED)
    second = second.with_step(replace(second.steps[0], state=state))
    zones = fault_zones([first, second])
    begun_ = state not in (StepState.PENDING, StepState.SKIPPED)
    assert ("FDIR-1-crew" in zones) is begun_
    assert ("FDIR-1" in zones) is (state is not StepState.CONFIRMED)
    assert fault_zones([second]).keys() <= {"FDIR-1-crew"}


def test_s5_rehearsed_the_larger_zone_holds_until_the_last_isolating_step() -> None:
    wanted, larger = by_crew(), {"FDIR-1": AREA}
    assert faults_at(wanted, 1, larger)["FDIR-1"] == AREA
    assert faults_at(wanted, 2, larger) == {"FDIR-1-crew": FAULT}
    assert faults_at(automatic(), 9, larger) == larger


def test_told_as_one_leaves_out_what_was_never_begun() -> None:
    wanted = by_crew()
    whole = told_as_one([automatic(), wanted])
    assert {step.element for step in whole.steps} == {step.element for step in automatic().steps}
    whole = told_as_one([automatic(), wanted.with_step(replace(wanted.steps[0], state=StepState.FAILED))])
    assert BY_HAND in {step.element for step in whole.steps}
    assert [step.number for step in whole.steps] == list(range(1, len(whole.steps) + 1))
