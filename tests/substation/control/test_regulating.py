"""Steps and set-points at the gate: what forbids them, by rule; what confirms them; nothing is repeated (S21)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.command import Action, AddCause
from models.point import Cdc, ControlModel, Dbpos, Iec104Address, PointName, PointSpec
from models.quality import Quality
from substation.control.operation import GateTimers
from substation.control.regulation import (
    RegulatingRequest,
    Regulation,
    SetPoint,
    StepCommand,
    parse_regulation,
    reached,
)
from substation.control.request import Ending, Request
from substation.control.situation import Context
from substation.tags import Tag, TagKind
from tests.substation.control.asking import CENTRE
from tests.substation.control.bench import FDIR, OTHER, PATIENT, PERSON, TIMERS, Bench, Device, bench
from tests.substation.control.world import CB1, F1, F2, INTERLOCKING, NOW_NS, TIE, World, pos

TAP = PointName("OBR1/T1", "YLTC1.TapPos")
LIMIT = PointName("ST3/K1/G1", "DWMX1.WLimSpt")
RAISE, LOWER = StepCommand.RAISE, StepCommand.LOWER
HALF = SetPoint(50_000.0, "W")
STALE = int(Quality.QUESTIONABLE | Quality.OLD_DATA)


@dataclass(frozen=True)
class Hindrance:
    """Something that forbids, its rule, and what it does to the world or the context."""

    rule: str
    world: Callable[[World], None] = lambda world: None
    leases: tuple[str, ...] = ()
    unresolved: str = ""
    open_intents: tuple[str, ...] = ()


def _tag(element: str, kind: TagKind = TagKind.DO_NOT_OPERATE) -> Callable[[World], None]:
    def place(world: World) -> None:
        world.tags = (*world.tags, Tag(len(world.tags) + 1, kind, element, "Bo", NOW_NS))

    return place


def _set(location: str, variable: str, value: bool | int | float) -> Callable[[World], None]:
    return lambda world: world.set(location, variable, value)


def _doubt(name: PointName, quality: int = STALE) -> Callable[[World], None]:
    return lambda world: world.qualities.update({name: quality})


def _silence(name: PointName) -> Callable[[World], None]:
    return lambda world: world.silent.add(name)


ANYWHERE = (
    Hindrance("S22", open_intents=("open X by Ada (number 1)",)),
    Hindrance("S19", leases=(F1,)),
)
AT_TAP = (
    Hindrance("S19", leases=("OBR1/T1",)),
    Hindrance("S18", _set("OBR1/T1", "ATCC1.Auto", True)),
    Hindrance("S18", _doubt(PointName("OBR1/T1", "ATCC1.Auto"))),
    Hindrance("S14", _doubt(TAP)),
    Hindrance("S14", _doubt(TAP, int(Quality.INVALID))),
    Hindrance("S14", _doubt(TAP, int(Quality.SUBSTITUTED))),
    Hindrance("S14", _silence(TAP)),
    Hindrance("S17", _tag("OBR1/T1")),
    Hindrance("S17", _tag("OBR1", TagKind.WORK_PERMIT)),
    Hindrance("S17", _tag("OBR1/K1/BB1", TagKind.TEMPORARY_EARTH)),
    Hindrance("S16", _set("OBR1/T1", "YLTC1.EndPosR", True)),
)
AT_GENERATOR = (
    Hindrance("S19", leases=("ST3/K1/G1",)),
    Hindrance("S19", _doubt(pos(TIE)), leases=(F2,)),  # the open point in doubt: the other feeder may reach it
    Hindrance("S18", _set("ST3", "LLN0.Loc", True)),
    Hindrance("S18", _doubt(PointName("ST3", "LLN0.Loc"))),
    Hindrance("S14", _doubt(LIMIT)),
    Hindrance("S14", _silence(LIMIT)),
    Hindrance("S17", _tag("ST3/K1/G1/GEN1", TagKind.LIVE_LINE_WORK)),
    Hindrance("S17", _tag("ST3/K1/BB1/N1", TagKind.WORK_PERMIT)),
)


def rules(point: PointName, value: Regulation, hindrances: list[Hindrance], who=PERSON) -> set[str]:  # noqa: ANN001
    world = World()
    for each in hindrances:
        each.world(world)
    context = Context(
        leases={resource: "FDIR-1" for each in hindrances for resource in each.leases},
        unresolved=next((each.unresolved for each in hindrances if each.unresolved), ""),
        open_intents=tuple(text for each in hindrances for text in each.open_intents),
    )
    request = RegulatingRequest(point, value, who)
    return {each.rule for each in INTERLOCKING.regulating_refusals(request, world.image(), context)}


def _expected(hindrances: list[Hindrance]) -> set[str]:
    found = {each.rule for each in hindrances}
    blind = any(each.rule == "S14" for each in hindrances)
    return found - {"S16"} if blind else found  # the range of what nobody knows is not asked


@settings(max_examples=60, deadline=None)
@given(chosen=st.lists(st.sampled_from((*ANYWHERE, *AT_TAP)), max_size=4), who=st.sampled_from((PERSON, CENTRE, FDIR)))
def test_s14_s16_s17_s18_s19_s22_a_step_is_refused_for_exactly_what_forbids_it(chosen: list[Hindrance], who) -> None:  # noqa: ANN001
    assert rules(TAP, RAISE, chosen, who) == _expected(chosen)


@settings(max_examples=60, deadline=None)
@given(
    chosen=st.lists(st.sampled_from((*ANYWHERE, *AT_GENERATOR)), max_size=4),
    who=st.sampled_from((PERSON, CENTRE, FDIR)),
)
def test_s14_s17_s18_s19_s22_a_set_point_is_refused_for_exactly_what_forbids_it(chosen: list[Hindrance], who) -> None:  # noqa: ANN001
    assert rules(LIMIT, HALF, chosen, who) == _expected(chosen)


@given(position=st.integers(-12, 12), step=st.sampled_from(StepCommand))
@settings(max_examples=40, deadline=None)
def test_s16_a_tap_changer_stays_within_its_positions(position: int, step: StepCommand) -> None:
    target = position + step.change
    found = rules(TAP, step, [Hindrance("", _set("OBR1/T1", "YLTC1.TapPos", position))])
    assert found == {"S16"} if abs(target) > 9 else found <= {"S16"}  # far from the middle voltages forbid it earlier
    assert found == set() if abs(target) <= 5 else True


@given(power_w=st.floats(-1e6, 1e6))
@settings(max_examples=40, deadline=None)
def test_s16_a_power_stays_within_the_rating(power_w: float) -> None:
    assert rules(LIMIT, SetPoint(power_w, "W"), []) == (set() if 0.0 <= power_w <= 100_000.0 else {"S16"})


def test_s21_automation_never_repeats_what_has_no_outcome_people_see_the_position_and_may() -> None:
    unknown = Hindrance("S21", unresolved="raise OBR1/T1/YLTC1.TapPos by NCC (number 4)")
    assert rules(TAP, RAISE, [unknown], FDIR) == {"S21"}
    assert rules(TAP, RAISE, [unknown], PERSON) == set()


def test_s19_equipment_that_the_network_does_not_know_waits_for_every_sequence() -> None:
    unknown = PointName("ST9/X1", "YLTC1.TapPos")
    assert "S19" in rules(unknown, RAISE, [Hindrance("S19", leases=(F2,))])


def test_s19_a_sequence_on_a_feeder_that_is_certainly_apart_is_no_hindrance() -> None:
    assert rules(LIMIT, HALF, [Hindrance("", leases=(F2,))]) == set()


def test_a_caution_forbids_nothing() -> None:
    assert rules(TAP, RAISE, [Hindrance("", _tag("OBR1/T1", TagKind.CAUTION))]) == set()


# -- through the gate


def run(
    directory: Path,
    work: Callable[[Bench], Awaitable[None]],
    world: World | None = None,
    timers: GateTimers = TIMERS,
) -> None:
    async def main() -> None:
        async with bench(directory, world or World(), timers) as made:
            await work(made)
            assert made.field.flaws == []

    asyncio.run(main())


def step(value: Regulation = RAISE, point: PointName = TAP, who=PERSON) -> RegulatingRequest:  # noqa: ANN001
    return RegulatingRequest(point, value, who, why="test")


def test_a_step_is_confirmed_by_the_position_that_is_one_further(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        progress: list[bool] = []
        result = await made.gate.execute(step(), lambda answer: progress.append(answer.accepted))
        assert (result.ending, result.reason) == (Ending.CONFIRMED, "feedback confirmed: 1")
        assert progress == [True]
        assert (await made.gate.execute(step(LOWER))).confirmed
        assert [(each.action, each.value) for each in made.field.commands] == [
            (Action.OPERATE, Dbpos.ON), (Action.OPERATE, Dbpos.OFF),
        ]  # fmt: skip
        assert "Ada: raise OBR1/T1/YLTC1.TapPos confirmed: feedback confirmed: 1 (test)" in made.texts()

    run(tmp_path, work)


def test_a_set_point_is_selected_operated_and_confirmed_by_its_echo(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        request = step(HALF, LIMIT)
        assert (await made.gate.select(request)).ending is Ending.ACCEPTED
        assert (await made.gate.operate(step(SetPoint(60_000.0, "W"), LIMIT))).rules == ("S21",)
        assert (await made.gate.operate(request)).confirmed
        again = await made.gate.execute(request)  # what the point shows already is sent all the same
        assert again.confirmed
        assert [each.value for each in made.field.commands if each.action is Action.OPERATE] == [50_000.0, 50_000.0]
        assert "Ada: set 50000.0 W ST3/K1/G1/DWMX1.WLimSpt confirmed" in made.texts()

    run(tmp_path, work)


@pytest.mark.parametrize("device", [Device.STAYS, Device.SILENT, Device.LOST, Device.WRONG])
def test_s21_without_the_feedback_the_outcome_is_unknown_and_automation_does_not_repeat_it(
    tmp_path: Path, device: Device
) -> None:
    async def work(made: Bench) -> None:
        made.field.devices[TAP] = device
        result = await made.gate.execute(step())
        assert result.ending is Ending.UNKNOWN
        assert len(made.field.commands) == 1
        assert [intent.value for intent in made.journal.unresolved] == [RAISE]
        made.field.devices.clear()
        made.field.move(TAP, 0)
        assert "S21" in (await made.gate.execute(step(who=FDIR))).rules
        await made.gate.release((result.number,), OTHER)
        assert (await made.gate.execute(step(who=FDIR))).confirmed

    run(tmp_path, work)


def test_a_step_that_nobody_answered_but_the_position_shows_is_confirmed(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        made.field.devices[TAP] = Device.MOVES_SILENTLY
        result = await made.gate.execute(step())
        assert result.confirmed
        assert "although there was no answer" in result.reason

    run(tmp_path, work)


def test_a_device_that_refuses_ends_the_command(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        made.field.devices[TAP] = Device.REFUSES
        assert (await made.gate.execute(step())).ending is Ending.REFUSED
        assert made.journal.unresolved == ()

    run(tmp_path, work)


def test_s19_one_regulating_command_in_flight_per_place(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        made.field.hold = asyncio.Event()
        first = asyncio.ensure_future(made.gate.execute(step()))
        while not made.field.commands:
            await asyncio.sleep(0)
        second = await made.gate.execute(step(who=OTHER))
        assert (second.rules, second.add_cause) == (("S19",), AddCause.COMMAND_ALREADY_IN_EXECUTION)
        made.field.hold.set()
        assert (await first).confirmed

    run(tmp_path, work, timers=PATIENT)


def test_s19_a_running_sequence_keeps_the_transformer(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        assert made.leases.acquire("FDIR-1", (F1,)) is None
        assert (await made.gate.execute(step())).rules == ("S19",)
        made.leases.release("FDIR-1")
        assert (await made.gate.execute(step())).confirmed

    run(tmp_path, work)


def test_s21_the_intent_is_on_disk_and_is_read_back(tmp_path: Path) -> None:
    async def begin(made: Bench) -> None:
        made.field.hold = asyncio.Event()
        task = asyncio.ensure_future(made.gate.execute(step()))
        while not made.field.commands:
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def after_the_crash(made: Bench) -> None:
        assert [(each.value, each.point) for each in made.journal.open_intents] == [(RAISE, TAP)]
        assert (await made.gate.execute(step())).rules == ("S22",)
        assert "S22" in (await made.gate.execute(Request(pos(CB1), Dbpos.OFF, PERSON))).rules

    run(tmp_path, begin)
    run(tmp_path, after_the_crash)


@pytest.mark.parametrize(
    ("point", "value"),
    [(TAP, HALF), (TAP, SetPoint(1)), (LIMIT, RAISE), (LIMIT, SetPoint(float("nan"))), (LIMIT, SetPoint(True)),
     (pos(CB1), RAISE), (pos(CB1), SetPoint(2)), (PointName("OBR1/T1", "ATCC1.Auto"), RAISE)],
)  # fmt: skip
def test_what_does_not_fit_the_point_never_leaves(tmp_path: Path, point: PointName, value: Regulation) -> None:
    async def work(made: Bench) -> None:
        result = await made.gate.execute(step(value, point))
        assert (result.ending, result.rules) == (Ending.REFUSED, ("S21",))
        assert made.field.commands == []

    run(tmp_path, work)


def test_no_switching_request_reaches_what_is_regulated(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        for value in (Dbpos.ON, Dbpos.OFF, True, False):
            for point in (TAP, LIMIT):
                assert (await made.gate.execute(Request(point, value, PERSON))).rules == ("S21",)
        assert made.field.commands == []

    run(tmp_path, work)


def test_in_test_the_rules_answer_and_nothing_moves(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        assert made.gate.examine(step()).ending is Ending.ACCEPTED
        assert made.gate.examine(Request(pos(CB1), Dbpos.OFF, PERSON)).ending is Ending.ACCEPTED
        made.leases.acquire("FDIR-1", (F1,))
        assert made.gate.examine(step()).rules == ("S19",)
        assert made.field.commands == []
        assert made.gate.under_way == ()
        assert made.journal.blocking == ()

    run(tmp_path, work)


# -- values


@given(
    st.one_of(st.sampled_from(StepCommand), st.builds(SetPoint, st.one_of(st.integers(), st.floats(allow_nan=False))))
)
def test_what_the_journal_writes_it_reads(value: Regulation) -> None:
    assert parse_regulation(str(value)) == value
    assert type(parse_regulation(str(value)).commanded) is type(value.commanded)


@pytest.mark.parametrize(
    ("cdc", "type_id", "value", "feedback", "is_reached"),
    [
        (Cdc.BSC, 47, RAISE, 1, True), (Cdc.BSC, 47, RAISE, 2, False), (Cdc.BSC, 47, RAISE, -1, False),
        (Cdc.BSC, 47, LOWER, -1, True), (Cdc.BSC, 47, RAISE, True, False),
        (Cdc.INC, 49, SetPoint(7), 7, True), (Cdc.INC, 49, SetPoint(7), 8, False),
        (Cdc.INC, 49, SetPoint(1), True, False),
        (Cdc.APC, 50, SetPoint(0.1), 0.10000000149, True), (Cdc.APC, 50, SetPoint(0.1), 0.11, False),
        (Cdc.APC, 48, SetPoint(0.33333), 0.33334, True), (Cdc.APC, 50, SetPoint(5.0), "five", False),
    ],
)  # fmt: skip
def test_what_counts_as_reached(cdc: Cdc, type_id: int, value: Regulation, feedback: object, is_reached: bool) -> None:
    spec = PointSpec(TAP, cdc, "x", command=Iec104Address(1, 1, type_id), control_model=ControlModel.DIRECT_NORMAL)
    assert reached(value, spec, 0)(feedback) is is_reached  # type: ignore[arg-type]


def test_a_step_from_an_unknown_position_is_never_reached() -> None:
    spec = PointSpec(TAP, Cdc.BSC, "x")
    assert not any(reached(RAISE, spec, None)(position) for position in range(-3, 3))
