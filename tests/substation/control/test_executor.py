"""Orders carried out over a field that misbehaves: tags, leases, guards, and the safe end states of S22."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from models.command import Action, Command
from models.point import Dbpos, PointName
from models.switching import Order, OrderKind, OrderState, Purpose, StepState
from substation.control.operation import GateTimers
from substation.control.request import Request
from substation.image import Mode
from substation.orders import RESTARTED
from substation.tags import TagKind
from tests.substation.control.bench import FDIR, OTHER, PATIENT, PERSON, TIMERS, Bench, Device, bench
from tests.substation.control.world import CB1, F1, F2, ISOLATING, REGISTER, TIE, World, order, pos, tripped

Work = Callable[[Bench], Awaitable[None]]


def run(directory: Path, work: Work, world: World | None = None, timers: GateTimers = TIMERS) -> None:
    async def main() -> None:
        async with bench(directory, world or tripped(), timers) as made:
            await work(made)
            assert made.field.flaws == []
            assert made.leases.held == {}

    asyncio.run(main())


async def carry_out(made: Bench, wanted: Order | None = None) -> Order:
    wanted = wanted or order()
    assert await made.desk.propose(wanted) == ""
    assert await made.desk.approve(wanted.id, wanted.revision, FDIR) == ""
    return await made.executor.run(await made.desk.next_approved())


def states(done: Order) -> dict[str, StepState]:
    return {f"{step.number} {step.element}": step.state for step in done.steps}


def when_operating(made: Bench, element: str, act: Callable[[], None]) -> None:
    """Do something at the moment when the device gets the operate."""

    def before(command: Command) -> None:
        if command.action is Action.OPERATE and REGISTER.spec(command.handle).name.location == element:
            act()

    made.field.before = before


def asks(made: Bench, what: Callable[..., Awaitable[str]], *arguments: object) -> Callable[[], None]:
    return lambda: made.background.append(asyncio.ensure_future(what(*arguments)))


def test_a_whole_order(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        done = await carry_out(made)
        assert done.state is OrderState.COMPLETED
        assert set(states(done).values()) == {StepState.CONFIRMED}
        assert all(step.started_ns < step.confirmed_ns for step in done.steps)
        assert made.field.operated() == [F1, F2, *ISOLATING, CB1, TIE, F1, F2]
        assert made.desk.get(done.id) == done
        assert done.remarks[-1].startswith("not earthed")
        assert made.field.world.values[PointName(F2, "RREC1.BlkRec")] is False

    run(tmp_path, work)


def test_s4_the_boundary_is_tagged_before_anything_is_closed(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        seen: list[set[str]] = []
        when_operating(made, CB1, lambda: seen.append({tag.element for tag in made.tags.tags}))
        done = await carry_out(made)
        assert seen == [set(ISOLATING)]
        assert {tag.kind for tag in made.tags.tags} == {TagKind.FAULT_ISOLATION}
        assert {tag.reference for tag in made.tags.tags} == {done.id}
        refused = await made.gate.execute(Request(pos(ISOLATING[0]), Dbpos.ON, PERSON))
        assert "S4" in refused.rules
        assert "S4" in await made.tags.remove(made.tags.tags[0].id, FDIR)
        for tag in made.tags.tags:
            assert await made.tags.remove(tag.id, PERSON) == ""
        assert made.tags.tags == ()

    run(tmp_path, work)


def test_s4_tags_survive_a_restart(tmp_path: Path) -> None:
    async def first(made: Bench) -> None:
        await carry_out(made)

    async def second(made: Bench) -> None:
        assert {tag.element for tag in made.tags.tags} == set(ISOLATING)

    run(tmp_path, first)
    run(tmp_path, second)


def test_s6_what_was_blocked_before_stays_blocked(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        done = await carry_out(made)
        assert done.state is OrderState.COMPLETED
        assert states(done)[f"8 {F2}"] is StepState.SKIPPED
        assert made.field.world.values[PointName(F2, "RREC1.BlkRec")] is True
        assert made.field.world.values[PointName(F1, "RREC1.BlkRec")] is False

    world = tripped()
    world.set(F2, "RREC1.BlkRec", True)
    run(tmp_path, work, world)


DIRECT = (Device.REFUSES, Device.STAYS, Device.SILENT)
SELECTED = (*DIRECT, Device.REFUSES_SELECT, Device.WRONG)


@pytest.mark.parametrize(
    ("number", "device"),
    [(1, device) for device in DIRECT] + [(number, device) for number in (3, 4, 5, 6) for device in SELECTED],
)
def test_s22_every_failed_step_ends_safe(tmp_path: Path, device: Device, number: int) -> None:
    failing = order().steps[number - 1]
    expected = {
        1: [F1],
        3: [F1, F2, *ISOLATING],  # finishes opening
        4: [F1, F2, *ISOLATING],
        5: [F1, F2, *ISOLATING, CB1],
        6: [F1, F2, *ISOLATING, CB1, TIE],
    }[number]
    if device is Device.REFUSES_SELECT:
        expected = [element for element in expected if element != failing.element]

    async def work(made: Bench) -> None:
        made.field.devices[failing.point] = device
        done = await carry_out(made)
        assert done.state is OrderState.BLOCKED
        assert made.field.operated() == expected
        assert done.steps[number - 1].state is StepState.FAILED
        assert failing.element in done.reason
        assert "automatic reclosing stays blocked" in done.reason or number == 1
        assert not any(step.state is StepState.PENDING for step in done.steps)
        assert "blocked:" in made.texts()

    run(tmp_path, work)


def test_s6_a_pickup_after_a_close_ends_with_lock_out(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        def pickup() -> None:
            made.field.world.set(F1, "PTOC1.Str", True)

        when_operating(made, CB1, pickup)
        done = await carry_out(made)
        assert done.state is OrderState.BLOCKED
        assert "S6" in done.reason
        assert "lock-out" in done.reason
        assert TIE not in made.field.operated()

    run(tmp_path, work)


@pytest.mark.parametrize(("location", "variable"), [(F2, "PTRC1.Tr"), ("OBR1/K1/E01", "PTRC1.Tr")])
def test_s6_a_trip_at_any_time_ends_the_sequence(tmp_path: Path, location: str, variable: str) -> None:
    async def work(made: Bench) -> None:
        when_operating(made, ISOLATING[0], lambda: made.field.world.set(location, variable, True))
        done = await carry_out(made)
        assert done.state is OrderState.BLOCKED
        assert location in done.reason
        assert made.field.operated() == [F1, F2, *ISOLATING]

    run(tmp_path, work)


def test_s6_a_pickup_before_any_close_is_not_counted(tmp_path: Path) -> None:
    """Inrush of another feeder's start while nothing has been closed; the gate looks at pickups itself."""

    async def work(made: Bench) -> None:
        def blip() -> None:
            made.field.world.set(F2, "PTOC1.Str", True)
            made.field.publish()
            made.field.world.set(F2, "PTOC1.Str", False)

        when_operating(made, ISOLATING[1], blip)
        assert (await carry_out(made)).state is OrderState.COMPLETED

    run(tmp_path, work)


def test_s18_a_take_over_stops_before_the_next_command(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        when_operating(made, ISOLATING[0], asks(made, made.desk.take_over, "FDIR-1", PERSON))
        done = await carry_out(made)
        assert done.state is OrderState.ABORTED
        assert "taken over by Ada" in done.reason
        assert made.field.operated() == [F1, F2, ISOLATING[0]]
        assert {tag.element for tag in made.tags.tags} >= {ISOLATING[0]}
        assert (await made.gate.execute(Request(pos(ISOLATING[1]), Dbpos.OFF, PERSON))).confirmed

    run(tmp_path, work)


@pytest.mark.parametrize(
    ("at", "operated"),
    [(F1, [F1]), (ISOLATING[0], [F1, F2, *ISOLATING]), (CB1, [F1, F2, *ISOLATING, CB1])],
)
def test_s22_an_abort_finishes_opening_and_never_closes(tmp_path: Path, at: str, operated: list[str]) -> None:
    async def work(made: Bench) -> None:
        when_operating(made, at, asks(made, made.desk.abort, "FDIR-1", PERSON, "not now"))
        done = await carry_out(made)
        assert done.state is OrderState.ABORTED
        assert "aborted by Ada: not now" in done.reason
        assert made.field.operated() == operated

    run(tmp_path, work)


def test_a_disabled_mode_stops_the_sequence(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        when_operating(made, CB1, lambda: made.modes.update({F2: Mode.DISABLED}))
        done = await carry_out(made)
        assert done.state is OrderState.BLOCKED
        assert "disabled" in done.reason
        assert TIE not in made.field.operated()

    run(tmp_path, work)


def test_s18_a_switch_to_local_stops_what_lies_behind_it(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        when_operating(made, CB1, lambda: made.field.world.set("ST3", "LLN0.Loc", True))
        done = await carry_out(made)
        assert done.state is OrderState.BLOCKED
        assert "S18" in done.reason
        assert TIE not in made.field.operated()

    run(tmp_path, work)


def test_s19_leases_keep_others_away_while_an_order_runs(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        made.field.hold = asyncio.Event()
        await made.desk.propose(order())
        await made.desk.approve("FDIR-1", 1, FDIR)
        running = asyncio.ensure_future(made.executor.run(await made.desk.next_approved()))
        while not made.field.commands:
            await asyncio.sleep(0)
        refused = await made.gate.execute(Request(pos("ST1/K1/E01/Q0"), Dbpos.OFF, PERSON))
        assert "S19" in refused.rules
        assert "FDIR-1" in refused.reason
        second = replace(order(), id="FDIR-2", state=OrderState.APPROVED)
        blocked = await made.executor.run(second)
        assert blocked.state is OrderState.BLOCKED
        assert "S19" in blocked.reason
        made.field.hold.set()
        assert (await running).state is OrderState.COMPLETED

    run(tmp_path, work, timers=PATIENT)


def test_serving_several_orders_from_the_desk(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        serving = asyncio.ensure_future(made.executor.serve())
        done = asyncio.Event()
        made.desk.watch(lambda each: done.set() if each.state is OrderState.COMPLETED else None)
        await made.desk.propose(order())
        await made.desk.approve("FDIR-1", 1, FDIR)
        async with asyncio.timeout(20):
            await done.wait()
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving

    run(tmp_path, work)


def test_s5_readings_that_follow_the_switching_late_are_waited_for(tmp_path: Path) -> None:
    """Devices measure in cycles: after an opening of the order itself, the voltage behind it is still the old one."""
    busbar, switch = "ST3/K1/BB1", "ST3/K1/E01/Q0"
    voltages = [PointName(busbar, f"MMXU1.PPV.{phase}") for phase in ("phsAB", "phsBC", "phsCA")]

    async def work(made: Bench) -> None:
        world = made.field.world

        def lag(command: Command) -> None:
            if command.action is not Action.OPERATE:
                return
            made.field.after = lambda _: None
            world.values.update(dict.fromkeys(voltages, 20_400.0))
            made.field.publish()
            asyncio.get_running_loop().call_later(0.2, follow)

        def follow() -> None:
            world.measure()
            made.field.publish()

        made.field.fault, made.field.after = (), lag
        step = replace(order().steps[2], element=switch, point=pos(switch), purpose=Purpose.RETURN)
        steps = (replace(step, number=1), replace(step, number=2, value=Dbpos.ON))
        wanted = order(id="M-1", kind=OrderKind.MANUAL, steps=steps, zone=(), feeders=(F1,))
        await made.desk.propose(wanted)
        assert await made.desk.approve("M-1", 1, OTHER) == ""
        done = await made.executor.run(await made.desk.next_approved())
        assert done.state is OrderState.COMPLETED, done.reason

    run(tmp_path, work, World())


def test_a_manual_order_is_bound_by_the_rules_for_people(tmp_path: Path) -> None:
    """A person may open and close again what automation may not."""

    async def work(made: Bench) -> None:
        made.field.fault = ()
        step = order().steps[2]
        steps = (
            replace(step, number=1, element="ST3/K1/E01/Q0", point=pos("ST3/K1/E01/Q0"), purpose=Purpose.SPLIT),
            replace(step, number=2, element="ST3/K1/E01/Q0", point=pos("ST3/K1/E01/Q0"), value=Dbpos.ON),
        )
        steps = (steps[0], replace(steps[1], purpose=Purpose.RETURN))
        wanted = order(id="M-1", kind=OrderKind.MANUAL, steps=steps, zone=(), feeders=(F1,))
        await made.desk.propose(wanted)
        assert "S24" in await made.desk.approve("M-1", 1, FDIR)
        assert await made.desk.approve("M-1", 1, OTHER) == ""
        done = await made.executor.run(await made.desk.next_approved())
        assert done.state is OrderState.COMPLETED, done.reason

    run(tmp_path, work, World())


@pytest.mark.parametrize(
    ("number", "service"),
    [(number, Action.OPERATE) for number in range(1, 9)] + [(number, Action.SELECT) for number in range(3, 7)],
)
def test_s22_killed_at_every_command_and_started_again(tmp_path: Path, number: int, service: Action) -> None:
    """Nothing is repeated: the order is blocked, every command is refused until a person has read the positions."""
    step = order().steps[number - 1]
    world = tripped()

    async def killed(made: Bench) -> None:
        def die(command: Command) -> None:
            name = REGISTER.spec(command.handle).name
            if command.action is service and (name, command.value) == (step.point, step.value):
                raise KeyboardInterrupt

        made.field.before = die
        await carry_out(made)

    async def after_restart(made: Bench) -> None:
        blocked = made.desk.get("FDIR-1")
        assert blocked is not None
        assert blocked.state is OrderState.BLOCKED
        assert blocked.reason == RESTARTED
        assert blocked.steps[number - 1].state is StepState.FAILED
        assert made.desk.unfinished == {}
        assert "S22" in (await made.gate.execute(Request(pos("ST3/K1/E01/Q0"), Dbpos.OFF, PERSON))).rules
        assert made.field.commands == []
        await made.gate.release(tuple(intent.number for intent in made.journal.open_intents), PERSON)
        repeated = Request(step.point, step.value, FDIR, "FDIR-1", step.purpose)
        result = await made.gate.execute(repeated)
        if step.value is Dbpos.ON and service is Action.OPERATE:
            assert "S6" in result.rules

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, killed, world)
    run(tmp_path, after_restart, world)


def test_a_disk_that_refuses_the_order_stops_it(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        async def full() -> None:
            pages = await made.database.run(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar_one())
            await made.database.run(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count={pages}").close())

        await made.desk.propose(order(explanation=("x" * 100_000,)))
        await made.desk.approve("FDIR-1", 1, FDIR)
        await full()
        done = await made.executor.run(await made.desk.next_approved())
        assert done.state is OrderState.BLOCKED
        assert "S21" in done.reason
        assert TIE not in made.field.operated()

    run(tmp_path, work)
