"""Restorations of whole grids: as good as the exact MILP, feasible by power-grid-model, with their properties."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.network.planning import PlanningGrid
from substation.grid.wide_restoration import Effort, WidePlan, restore_whole
from tests.substation.grid.known_grids import known_grid
from tests.substation.grid.restoration_oracle import compare, question, within_limits
from tests.substation.grid.synthetic import synthetic_grid

SMALL = Effort(candidates=200, steps=400, rounds=2)


@pytest.mark.parametrize("fault", [1, 4, 7, 12, 17, 25, 27, 30, 32])
def test_baran_wu_equals_the_milp(data: Path, fault: int) -> None:
    found = compare(known_grid(data, "baran_wu33"), {fault - 1}, 60.0, SMALL)
    assert found.answer.proven
    assert found.verdict in ("equal", "near")  # near: the MILP's plan is beyond limits, ours at its bound


def test_re_switching_what_is_fed_restores_what_the_dark_part_alone_cannot(data: Path) -> None:
    asked = question(known_grid(data, "baran_wu33"), {22})
    narrow = restore_whole(asked, replace(SMALL, most_free=0))
    wide = restore_whole(asked, SMALL)
    assert wide.unserved_w < narrow.unserved_w
    assert wide.unserved_w == 0
    assert not wide.narrow


def test_zhang_equals_what_highs_proves_in_minutes(data: Path) -> None:
    """Branch 84: 49.513 kW, proved by HiGHS with tests.substation.grid.restoration_oracle."""
    grid = known_grid(data, "zhang118")
    plan = restore_whole(question(grid, {83}), SMALL)
    assert plan.unserved_w == pytest.approx(49_513, abs=1)
    assert within_limits(grid, plan.closed) == []


def tight(seed: int, buses: int) -> PlanningGrid:
    """Three feeders of one source, many ties, ratings and voltages that bind."""
    random = np.random.default_rng(seed)
    grid = synthetic_grid(buses, seed, tie_share=0.3)
    rated_a, factor = float(random.uniform(15, 60)), float(random.uniform(1, 12))
    heavier = tuple(
        replace(
            each,
            resistance_ohm=factor * each.resistance_ohm,
            reactance_ohm=factor * each.reactance_ohm,
            rated_a=rated_a,
        )
        for each in grid.branches
    )
    return replace(grid, branches=heavier, buses=tuple(replace(bus, voltage_min_pu=0.95) for bus in grid.buses))


def radial(grid: PlanningGrid, plan: WidePlan) -> bool:
    """As many closed branches as fed buses that are no source, among those that are fed."""
    ends = [(branch.from_bus, branch.to_bus) for branch, on in zip(grid.branches, plan.closed, strict=True) if on]
    fed = [each for each in ends if plan.served[each[0]]]
    return len(fed) == int(plan.served.sum()) - len(grid.sources)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), buses=st.integers(8, 16), place=st.floats(0, 1))
def test_radial_within_limits_never_worse_than_nothing(seed: int, buses: int, place: float) -> None:
    grid = tight(seed, buses)
    closed = [number for number, branch in enumerate(grid.branches) if branch.closed]
    fault = closed[min(int(place * len(closed)), len(closed) - 1)]
    asked = question(grid, {fault})
    plan = restore_whole(asked, SMALL)
    assert radial(grid, plan)
    assert within_limits(grid, plan.closed) == []
    assert not plan.closed[fault]
    nothing = asked.grid.closed & asked.usable
    if not within_limits(grid, nothing):
        unfed_w = sum(bus.load_w for bus, fed in zip(grid.buses, _fed(asked, nothing), strict=True) if not fed)
        assert plan.unserved_w <= unfed_w + 1
    wider = replace(grid, branches=tuple(replace(each, rated_a=2 * each.rated_a) for each in grid.branches))
    assert restore_whole(question(wider, {fault}), SMALL).unserved_w <= plan.unserved_w + 1


def _fed(asked: object, closed: np.ndarray) -> np.ndarray:
    return restore_whole(replace(asked, usable=closed), SMALL).served  # type: ignore[type-var]


@settings(max_examples=6, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6))
def test_same_answer_under_renumbering(seed: int) -> None:
    grid = tight(seed, 12)
    fault = seed % 5
    turned = PlanningGrid(grid.name, 50.0, grid.buses, tuple(reversed(grid.branches)), grid.sources)
    one = restore_whole(question(grid, {fault}), SMALL)
    other = restore_whole(question(turned, {len(grid.branches) - 1 - fault}), SMALL)
    assert one.unserved_w == pytest.approx(other.unserved_w, abs=1)
    if one.proven and other.proven:
        assert one.operations == other.operations
