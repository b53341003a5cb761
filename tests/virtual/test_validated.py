"""VOS in a running unit over the simulated grid: the order is proposed, approved by a person, its result compared."""

from __future__ import annotations

from dataclasses import replace

from models.command import Originator, OriginatorCategory
from models.point import Dbpos
from models.switching import CrewTask, OrderKind, OrderState, StepState
from sim_ied.fault import FaultKind
from substation.control.rule_settings import Parallels, Released
from substation.mv.opf.settings import AUTOMATIC, ORDERS, OpfSettings
from substation.mv.vos.state import Phase
from tests.virtual.crew import approve, crew_done
from tests.virtual.loop import VirtualLoop, run
from tests.virtual.site import EVERY, SMALL, SMALL_THIRD, Variant, VirtualSite, hurried, virtual_site
from tests.virtual.world import Plant, open_site

PERSON = Originator(OriginatorCategory.STATION_CONTROL, "Ada")
SETTINGS = OpfSettings(
    mode=ORDERS, look_s=10.0, period_s=60.0, saving_per_operation_w=10.0, least_saving_w=10.0, settle_s=10.0
)
LINE = "L041/W041"


def site(variant: Variant = SMALL) -> VirtualSite:
    usual = virtual_site(variant)
    return replace(usual, config=replace(usual.config, opf=SETTINGS))


async def proposed(plant: Plant) -> str:
    """Id of the first order that VOS proposes."""
    phase = lambda: plant.station.optimising.validation.phase  # noqa: E731
    await plant.run_until(lambda: phase() is Phase.PROPOSED, 120.0, "no order is proposed")
    await plant.forward(1.0)
    return plant.station.optimising.validation.order


def test_the_target_is_reached_step_by_step_and_compared_with_the_prediction() -> None:
    async def play(loop: VirtualLoop) -> None:
        async with open_site(loop, site(EVERY), 3, hurried) as plant:
            order = plant.station.desk.get(await proposed(plant))
            assert order is not None
            assert (order.kind, order.state) == (OrderKind.RECONFIGURE, OrderState.PROPOSED)
            moves = plant.station.optimising.validation.moves
            dark: set[str] = set()
            assert await plant.station.desk.approve(order.id, order.revision, PERSON) == ""
            while (now := plant.station.desk.get(order.id)) and now.state is not OrderState.COMPLETED:
                assert now.state in (OrderState.APPROVED, OrderState.EXECUTING), now.reason
                dark |= set(plant.truth().unfed_loads)
                await plant.forward(0.1)
            assert bool(dark) == bool(order.interrupted_customers)
            assert any("closed together" in each for each in order.remarks), "some exchanges interrupt nobody"
            assert plant.truth().unfed_loads == ()
            closed = {name: plant.station.view().read(step.point).value  # type: ignore[union-attr]
                      for name, _ in moves for step in order.steps if step.element == name}  # fmt: skip
            assert {name: int(value) == 2 for name, value in closed.items()} == dict(moves)
            await plant.run_until(lambda: bool(plant.said("vos", "as predicted")), 60.0, "it is not compared")
            assert plant.station.optimising.validation.phase is Phase.IDLE

    run(play, 3)


def test_a_fault_withdraws_the_order_before_anybody_approves_it() -> None:
    async def play(loop: VirtualLoop) -> None:
        async with open_site(loop, site(), 3, hurried) as plant:
            order = await proposed(plant)
            plant.fault(LINE, FaultKind.THREE_PHASE)
            desk = plant.station.desk
            await plant.run_until(lambda: desk.orders[order].state is OrderState.ABORTED, 60.0, "it is still proposed")
            assert "does not stand any more" in desk.orders[order].reason
            assert plant.station.optimising.validation.phase is not Phase.PROPOSED

    run(play, 3)


def test_an_order_that_people_reject_does_not_come_back_while_its_target_stands() -> None:
    async def play(loop: VirtualLoop) -> None:
        async with open_site(loop, site(), 3, hurried) as plant:
            order = await proposed(plant)
            assert await plant.station.desk.reject(order, PERSON, "not today") == ""
            await plant.forward(60.0)
            assert plant.station.optimising.validation.phase is Phase.REFUSED
            assert "before anything was switched" in plant.station.optimising.validation.reason
            assert [each.id for each in plant.orders if each.kind is OrderKind.RECONFIGURE] == [order]

    run(play, 3)


def test_it_carries_its_order_out_by_itself_where_the_operator_lets_it() -> None:
    async def play(loop: VirtualLoop) -> None:
        usual = site(EVERY)
        itself = replace(SETTINGS, mode=AUTOMATIC, automatic_saving_w=10.0)
        released = (Released(frozenset(each.id for each in usual.network.sources), 0.0),)
        parallels = Parallels(voltage_difference_pu=0.1, circulating_current_pu=1.0, released=released)
        rules = replace(usual.config.rules, parallels=parallels)
        async with open_site(
            loop, replace(usual, config=replace(usual.config, opf=itself, rules=rules)), 3, hurried
        ) as (plant):
            vos = lambda: plant.station.optimising.validation  # noqa: E731
            await plant.run_until(lambda: bool(vos().order), 120.0, "no order")
            order, moves = vos().order, vos().moves
            await plant.run_until(lambda: bool(plant.said("vos", "as predicted")), 300.0, vos().reason)
            ended = plant.station.desk.get(order)
            assert ended is not None
            assert (ended.state, ended.approved_by) == (OrderState.COMPLETED, "OPF")
            assert sorted(each for each, _ in vos().operated) == sorted(each for each, _ in moves)
            assert plant.truth().unfed_loads == ()

    run(play, 3)


def test_a_crew_moves_what_has_no_remote_control() -> None:
    async def play(loop: VirtualLoop) -> None:
        usual = site(SMALL_THIRD)
        by_hand = replace(SETTINGS, by_hand=True, saving_by_hand_w=10.0)
        async with open_site(loop, replace(usual, config=replace(usual.config, opf=by_hand)), 3, hurried) as plant:
            name, told = await proposed(plant), set[int]()
            assert await approve(plant, OrderKind.RECONFIGURE.value) == ""
            desk = plant.station.desk
            while (now := desk.orders[name]).state in (OrderState.APPROVED, OrderState.EXECUTING):
                for step in now.steps:
                    if step.state is StepState.EXECUTING and isinstance(step.value, CrewTask):
                        told.add(step.number)
                        plant.disturb("close by hand" if step.position is Dbpos.ON else "open by hand", step.element)
                        await plant.forward(3.0)
                        assert await crew_done(plant, step.element) == ""
                await plant.forward(1.0)
            assert now.state is OrderState.COMPLETED, now.reason
            manual = {each.id for each in usual.network.switches if not each.remote}
            assert told == {step.number for step in now.steps if step.element in manual}
            assert told
            await plant.run_until(lambda: bool(plant.said("vos", "as predicted")), 60.0, "it is not compared")
            assert plant.truth().unfed_loads == ()

    run(play, 3)
