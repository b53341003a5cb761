"""Load, operations and losses of a restoration, in this order, against every state of small grids; what is proved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.network.planning import PlanningGrid
from substation.grid.radial_reduction import RadialQuestion
from substation.grid.wide_restoration import Effort, WidePlan, restore_whole
from tests.substation.grid.known_grids import known_grid
from tests.substation.grid.planning_peer import peer
from tests.substation.grid.random_planning import random_grid, with_limits
from tests.substation.grid.restoration_exhaustive import Ranked, exhaustively
from tests.substation.grid.restoration_oracle import compare, question, within_limits
from tests.substation.grid.restoration_random import case

LITTLE = Effort(candidates=50, steps=100, rounds=2)


def small(seed: int, sources: int = 2) -> tuple[PlanningGrid, set[int]]:
    """Eight buses, ten or so branches, limits that bind in about half of the cases; one or two faults."""
    random = np.random.default_rng(seed)
    grid = random_grid(
        seed, buses=8, ties=int(random.integers(2, 5)), sources=sources, fixed=int(random.integers(0, 2))
    )
    grid = with_limits(grid, float(random.uniform(0.93, 0.99)), float(random.uniform(60, 260)))
    closed = [number for number, branch in enumerate(grid.branches) if branch.closed]
    return grid, {int(each) for each in random.choice(closed, size=int(random.integers(1, 3)), replace=False)}


def ranked(grid: PlanningGrid, asked: RadialQuestion, plan: WidePlan) -> Ranked:
    ohm = np.array([branch.resistance_ohm for branch in grid.branches])
    state = peer(grid, plan.closed)
    dark_w = sum(bus.load_w for bus, fed in zip(grid.buses, plan.served, strict=True) if not fed)
    moved = int((plan.closed != (asked.grid.closed & asked.usable)).sum())
    return Ranked(dark_w, moved, float(3 * (ohm * state.current_a**2)[plan.closed].sum()))


def agree(grid: PlanningGrid, faults: set[int], effort: Effort) -> WidePlan:
    asked = question(grid, faults)
    plan = restore_whole(asked, effort)
    assert within_limits(grid, plan.closed) == []
    ours, best = ranked(grid, asked, plan), exhaustively(grid, faults)
    assert ours.unserved_w == pytest.approx(best.unserved_w, abs=1)
    assert ours.operations == best.operations == plan.operations
    assert ours.loss_w == pytest.approx(best.loss_w, rel=1e-6, abs=1)
    return plan


@settings(max_examples=6, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), sources=st.integers(1, 2))
def test_all_three_keys_equal_exhaustive_search_and_are_proved(seed: int, sources: int) -> None:
    grid, faults = small(seed, sources)
    plan = agree(grid, faults, LITTLE)
    assert plan.proven
    assert plan.bound_w <= plan.unserved_w + 1


def test_what_losses_make_unreachable_is_proved(data: Path) -> None:
    """Branch 2 of Baran and Wu: the MILP without losses leaves 1,160 kW dark, no state within limits below 1,280."""
    plan = restore_whole(question(known_grid(data, "baran_wu33"), {1}), replace(Effort(), steps=400))
    assert plan.unserved_w == pytest.approx(1_280e3, abs=1)
    assert plan.proven
    assert plan.bound_w == pytest.approx(plan.unserved_w, abs=1)


def test_a_proof_finds_what_the_search_has_missed(data: Path) -> None:
    grid = known_grid(data, "baran_wu33", rated_a=160.0)
    plan = restore_whole(question(grid, {9}), replace(Effort(), steps=1, rounds=1, candidates=1))
    assert plan.unserved_w == pytest.approx(635e3, abs=1)
    assert plan.proven_unserved
    assert within_limits(grid, plan.closed) == []


def test_without_the_budget_the_bound_tells_the_gap(data: Path) -> None:
    grid = known_grid(data, "baran_wu33", rated_a=160.0)
    plan = restore_whole(question(grid, {9}), replace(Effort(), growth=10, steps=100, rounds=1, candidates=1))
    assert not plan.proven_unserved
    assert 0 <= plan.bound_w < 635e3 <= plan.unserved_w + 1  # 635 kW: proved above


def test_a_proof_replaces_a_plan_with_more_operations() -> None:
    """The walk ends with three operations here, one does as well."""
    grid, faults = small(1384, 1)
    assert agree(grid, faults, LITTLE).operations == 1


@pytest.mark.parametrize("seed", [9, 123])
def test_random_grids_agree_with_the_milp(seed: int) -> None:
    found = compare(*case(seed, 20, 30), 60.0)
    assert found.verdict in ("equal", "near", "above", "open")
