"""Volt/Var schedules beside enumeration by another solver, and properties that hold for every grid and load."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import AlgorithmError
from models.network.planning import PlanningBranch, PlanningBus, PlanningGrid, PlanningSource
from models.network.supplement.devices import without_supplement
from models.network.supplement.model import CapacitorBank, DispersedGenerator, Regulator, Supplement
from models.network.supplement.volt_var import Horizon
from substation.grid.volt_var import MOST_STATES, Bank, Tap, VoltVarQuestion, optimise
from substation.study.present_state import present_state
from substation.study.volt_var_grid import VoltVarGrid, volt_var_grid
from tests.models.network.peer_flow import losses_and_voltages

EXCESS_W = 1e10
"""1e4 p.u. of 1 MVA for each p.u. beyond a limit."""


def chain(loads_w: tuple[float, ...], lowest_pu: float = 0.9, highest_pu: float = 1.1) -> PlanningGrid:
    """A source and a string of buses at 10 kV; the loads have a power factor of 0.8."""
    buses = [PlanningBus("S", 10e3, 0.9, 1.1)]
    buses += [
        PlanningBus(f"B{number}", 10e3, lowest_pu, highest_pu, load_w, 0.75 * load_w)
        for number, load_w in enumerate(loads_w, 1)
    ]
    branches = [
        PlanningBranch(f"W{number}", number, number + 1, 1.2, 0.8, True, susceptance_s=2e-5)
        for number in range(len(loads_w))
    ]
    return PlanningGrid("chain", 50.0, tuple(buses), tuple(branches), (PlanningSource("I", 0, 1.02),))


def asked(grid: PlanningGrid, horizon: Horizon, constant_power: bool = True, wear_wh: float = 0.0) -> VoltVarGrid:
    """A regulator in the first branch, a bank, and a converter at the end."""
    last = len(grid.buses) - 1
    supplement: Supplement = replace(
        without_supplement(grid),
        regulators=(Regulator("T", 0, 1, 0, -1, 2, 0.02, operation_wh=wear_wh),),
        capacitors=(CapacitorBank("C", last, 200e3, 3, constant_power=constant_power, operation_wh=wear_wh),),
        generators=(DispersedGenerator("G", last, 0.0, 0.0, -60e3, 60e3),),
        horizon=horizon,
    )
    return volt_var_grid(grid, supplement)


def dearness(question: VoltVarGrid, moment: int, levels: tuple[int, ...]) -> float:
    """Losses in W and what limits add, by the sweep over phasors."""
    state, grid = present_state(question.at(moment, levels)), question.bare
    low = np.array([bus.voltage_min_pu for bus in grid.buses])
    high = np.array([bus.voltage_max_pu for bus in grid.buses])
    beyond = np.maximum(low - state.voltage_pu, 0.0).sum() + np.maximum(state.voltage_pu - high, 0.0).sum()
    return state.loss_w + 10.0 * EXCESS_W * float(beyond)


@pytest.mark.parametrize("constant_power", [True, False])
def test_every_moment_equals_enumeration(constant_power: bool) -> None:
    grid = chain((300e3, 500e3, 400e3), lowest_pu=0.97)
    found = asked(grid, Horizon(900.0, (0.3, 1.0), (1.0, 1.0)), constant_power)
    schedule = optimise(found.question)
    ranges = [range(-1, 3), range(4), range(13)]
    assert schedule.proven
    for moment in range(2):
        best = min(dearness(found, moment, levels) for levels in product(*ranges))
        assert dearness(found, moment, tuple(schedule.levels[moment].tolist())) == pytest.approx(best, rel=1e-9)
        peer_w = losses_and_voltages(found.at(moment, schedule.levels[moment].tolist()))[0]
        assert schedule.loss_w[moment] == pytest.approx(peer_w, rel=1e-6)


def test_wear_stops_steps_that_save_too_little() -> None:
    grid, horizon = chain((300e3, 500e3)), Horizon(900.0, (0.6, 1.0, 0.6, 1.0), (1.0,) * 4)
    free, dear = (optimise(asked(grid, horizon, wear_wh=wear_wh).question) for wear_wh in (0.0, 800.0))
    assert 0 == dear.operations < free.operations
    assert free.loss_w.sum() <= dear.loss_w.sum()
    never = optimise(asked(grid, horizon, wear_wh=1e9).question)
    assert never.levels[:, :2].tolist() == [[0, 0]] * 4


def test_limits_come_before_losses() -> None:
    grid = chain((400e3, 400e3, 400e3), lowest_pu=0.99)
    found = asked(grid, Horizon(), wear_wh=1e6)
    schedule = optimise(found.question)
    assert schedule.beyond_before[0] > 0.0 == schedule.beyond[0]
    assert schedule.levels[0, 0] == -1


def test_what_cannot_be_carried_is_refused() -> None:
    with pytest.raises(AlgorithmError, match="moment 1 cannot be carried"):
        optimise(asked(chain((300e3, 500e3)), Horizon(900.0, (1.0, 90.0), (1.0, 1.0))).question)
    question = asked(chain((300e3,)), Horizon()).question
    with pytest.raises(AlgorithmError, match="control 1 stands at level 5, outside -1 to 2"):
        optimise(replace(question, start=(5, 0, 0)))


@given(
    loads_kw=st.lists(st.integers(0, 700), min_size=5, max_size=5),
    course=st.lists(st.floats(0.2, 1.2), min_size=1, max_size=4),
    wear_w=st.sampled_from([0.0, 200.0]),
)
@settings(max_examples=15, deadline=None)
def test_a_search_is_never_worse_than_doing_nothing_and_hardly_worse_than_the_proof(
    loads_kw: list[int], course: list[float], wear_w: float
) -> None:
    grid = chain(tuple(1e3 * load for load in loads_kw))
    bare = volt_var_grid(grid, replace(without_supplement(grid), horizon=Horizon(900.0, tuple(course), tuple(course))))
    few = (Tap(0, 0.02, -2, 2, wear_w), Bank(2, 150e3, 3, wear_w=wear_w), Bank(5, 150e3, 3, wear_w=wear_w))
    many = (*few, Bank(3, 1.0, MOST_STATES))  # steps that change nothing, so that nothing can be enumerated
    exact = optimise(replace(bare.question, controls=few, start=(0, 0, 0)))
    searched = optimise(replace(bare.question, controls=many, start=(0, 0, 0, 0)))
    assert (exact.proven, searched.proven) == (True, False)
    for schedule in (exact, searched):
        assert (
            total(schedule, few)
            <= float(schedule.before_w.sum()) + 10.0 * EXCESS_W * float(schedule.beyond_before.sum()) + 1e-6
        )
    assert total(searched, few) <= total(exact, few) * 1.001 + 1.0


def total(schedule: object, controls: tuple[Tap | Bank, ...]) -> float:
    levels, loss_w, beyond = (getattr(schedule, name) for name in ("levels", "loss_w", "beyond"))
    own = levels[:, : len(controls)]
    steps = np.abs(np.diff(np.vstack([np.zeros((1, len(controls)), dtype=np.int64), own]), axis=0))
    wear = np.array([control.wear_w for control in controls])
    return float(loss_w.sum() + EXCESS_W * beyond.sum() + (steps @ wear).sum())


def test_same_answer_under_renumbering() -> None:
    grid = chain((300e3, 500e3, 400e3))
    turned = [len(grid.buses) - 1 - number for number in range(len(grid.buses))]
    buses = tuple(grid.buses[turned[number]] for number in range(len(turned)))
    branches = tuple(
        replace(branch, from_bus=turned[branch.from_bus], to_bus=turned[branch.to_bus]) for branch in grid.branches
    )
    other = replace(
        grid, buses=buses, branches=branches, sources=(replace(grid.sources[0], bus=turned[grid.sources[0].bus]),)
    )
    one = VoltVarQuestion(*_alone(grid, Bank(3, 200e3, 5)))
    two = VoltVarQuestion(*_alone(other, Bank(turned[3], 200e3, 5)))
    assert optimise(one).levels.tolist() == optimise(two).levels.tolist()
    assert optimise(one).loss_w == pytest.approx(optimise(two).loss_w, rel=1e-9)


def _alone(grid: PlanningGrid, bank: Bank) -> tuple[object, ...]:
    question = volt_var_grid(grid, without_supplement(grid)).question
    return question.grid, (bank,), (0,), question.active, question.reactive
