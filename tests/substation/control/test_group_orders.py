"""Orders that switch a setting group (SAFETY S15): before the close that needs it, confirmed, told when it stays."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from models.command import Action, Command
from models.network.elements import SettingGroup
from models.point import Cdc, ControlModel, Dbpos, Handle, Limits, PointName, PointSpec
from models.switching import GroupChange, Order, OrderKind, OrderState, Purpose, Step, StepState
from substation.control.interlocking import Interlocking
from substation.control.numerics import Numerics
from substation.control.regulation import RegulatingRequest, SetPoint
from substation.control.sequence import ended
from substation.grid.topology import Topology
from substation.register import PointRegister
from tests.substation.control import bench as bench_module
from tests.substation.control import world as world_module
from tests.substation.control.bench import FDIR, PERSON, Bench, Device, bench
from tests.substation.control.rules.scenario import one
from tests.substation.control.world import CB1, F1, F2, ISOLATING, NETWORK, REGISTER, TIE, World, order, tripped

ACTIVE = PointName(F2, "LLN0.ActSG")
SPEC = PointSpec(ACTIVE, Cdc.INC, "OBR2", control_model=ControlModel.DIRECT_NORMAL, limits=Limits(1, 3, 1))
GROUPS = (SettingGroup(1, 5_000.0), SettingGroup(2, 400.0), SettingGroup(3, 0.1))
STEP = Step(6, F2, ACTIVE, GroupChange(2, 1), Purpose.SETTING_GROUP, "setting group 2")
INTERLOCKING = Interlocking(Numerics(Topology(one(NETWORK, "feeders", F2, settings=GROUPS))))
Work = Callable[[Bench], Awaitable[None]]


def with_group(group: int = 2) -> Order:
    usual = order()
    step = replace(STEP, value=GroupChange(group, 1))
    steps = (*usual.steps[:5], step, *(replace(each, number=each.number + 1) for each in usual.steps[5:]))
    return replace(usual, steps=steps)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """The donor's relay has three groups; the first does not see a fault behind the tie, the third trips on load."""
    register = PointRegister([*REGISTER.items(), (Handle(9_000), SPEC)])
    for module in (bench_module, world_module):
        monkeypatch.setattr(module, "REGISTER", register)
    made = tripped()
    made.set(F2, ACTIVE.variable, 1)
    return made


def run(directory: Path, world: World, work: Work) -> None:
    async def main() -> None:
        async with bench(directory, world, interlocking=INTERLOCKING) as made:
            await work(made)
            assert made.field.flaws == []
            assert made.leases.held == {}

    asyncio.run(main())


async def carry_out(made: Bench, wanted: Order) -> Order:
    assert await made.desk.propose(wanted) == ""
    assert await made.desk.approve(wanted.id, wanted.revision, FDIR) == ""
    return await made.executor.run(await made.desk.next_approved())


def test_s15_the_group_is_switched_and_confirmed_before_the_close(tmp_path: Path, world: World) -> None:
    async def work(made: Bench) -> None:
        done = await carry_out(made, with_group())
        assert done.state is OrderState.COMPLETED
        assert made.field.operated() == [F1, F2, *ISOLATING, CB1, F2, TIE, F1, F2]
        assert made.field.world.values[ACTIVE] == 2
        assert f"setting group 2 stays active at {F2}, not 1" in done.reason
        assert made.desk.get(done.id) == done

    run(tmp_path, world, work)


@pytest.mark.parametrize("wanted", [order(), with_group(1), with_group(3)])
def test_s15_without_a_group_that_fits_nothing_is_approved(tmp_path: Path, world: World, wanted: Order) -> None:
    async def work(made: Bench) -> None:
        assert await made.desk.propose(wanted) == ""
        assert "S15" in await made.desk.approve(wanted.id, wanted.revision, FDIR)
        assert made.field.operated() == []

    run(tmp_path, world, work)


@pytest.mark.parametrize("device", [Device.REFUSES, Device.STAYS, Device.SILENT, Device.LOST])
def test_s22_a_group_that_is_not_confirmed_ends_the_order_before_the_close(
    tmp_path: Path, world: World, device: Device
) -> None:
    async def work(made: Bench) -> None:
        made.field.devices[ACTIVE] = device
        done = await carry_out(made, with_group())
        assert done.state is OrderState.BLOCKED
        assert TIE not in made.field.operated()
        assert done.steps[5].state is StepState.FAILED
        assert f"look which setting group is active at {F2}" in done.reason

    run(tmp_path, world, work)


def test_s22_an_abort_between_group_and_close_tells_the_group(tmp_path: Path, world: World) -> None:
    async def work(made: Bench) -> None:
        def before(command: Command) -> None:
            if command.action is Action.OPERATE and command.handle == Handle(9_000):
                made.background.append(asyncio.ensure_future(made.desk.abort("FDIR-1", PERSON)))

        made.field.before = before
        done = await carry_out(made, with_group())
        assert done.state is OrderState.ABORTED
        assert TIE not in made.field.operated()
        assert f"setting group 2 stays active at {F2}, not 1" in done.reason

    run(tmp_path, world, work)


@pytest.mark.parametrize(("group", "passes"), [(2, True), (3, False)])
def test_s15_a_group_that_the_present_load_would_trip_is_not_switched(
    tmp_path: Path, world: World, group: int, passes: bool
) -> None:
    for switch, position in ((ISOLATING[1], Dbpos.OFF), (TIE, Dbpos.ON)):
        world.position(switch, position)
    world.measure()

    async def work(made: Bench) -> None:
        result = await made.gate.execute(RegulatingRequest(ACTIVE, SetPoint(group), PERSON))
        assert result.confirmed is passes, result.reason
        assert passes or "picks up at 0 A" in result.reason

    run(tmp_path, world, work)


def test_s24_a_return_that_ends_early_tells_the_group_that_stays() -> None:
    step = replace(STEP, value=GroupChange(1, 2), state=StepState.SKIPPED)
    back = replace(order(), kind=OrderKind.RETURN_TO_NORMAL, steps=(step,))
    assert ended(back, None).reason == f"setting group 2 stays active at {F2}, not 1"
    done = replace(back, steps=(replace(step, state=StepState.CONFIRMED),))
    assert ended(done, None).reason == ""
