"""The search reaches what is known or exhaustive; its answer is radial, within limits, and no matter of numbering."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import AlgorithmError
from models.network.planning import PlanningGrid
from substation.grid.radial import radial_grid
from substation.grid.reconfiguration import Effort, Reconfiguration, reconfigure
from tests.bench.mv.peer_batch import GridModelBatch
from tests.substation.grid.known_grids import FILE, known_grid
from tests.substation.grid.random_planning import exhaustively, random_grid, renumbered, with_limits

QUICK = Effort(exact=0.0)
"""Without proof: what a large network gets."""
SHORT = Effort(patience=5, least_patience=50, exact=0.0)
ROUNDING = 1e-6
SEEDS = st.integers(0, 10_000)


def solved(grid: PlanningGrid, effort: Effort | None = None) -> Reconfiguration:
    return reconfigure(radial_grid(grid), effort=effort)


def as_it_is(grid: PlanningGrid) -> Reconfiguration | None:
    """None where the present state cannot carry its loads."""
    try:
        return solved(replace(grid, branches=tuple(replace(each, remote=False) for each in grid.branches)), SHORT)
    except AlgorithmError:
        return None


def is_radial(grid: PlanningGrid, closed: np.ndarray) -> bool:
    graph = networkx.MultiGraph((f"S{source.bus}", source.bus) for source in grid.sources)
    graph.add_edges_from(("root", f"S{source.bus}") for source in grid.sources)
    graph.add_edges_from(
        (branch.from_bus, branch.to_bus) for branch, on in zip(grid.branches, closed, strict=True) if on
    )
    return bool(networkx.is_tree(graph)) and set(range(len(grid.buses))) <= set(graph)


@pytest.mark.parametrize("name", ["civanlar16", "baran_wu33", "mg33", "zhang118"])
def test_the_best_known_losses(data: Path, name: str) -> None:
    grid, known = known_grid(data, name), json.loads((data / FILE).read_text())[name]
    found = solved(grid)
    assert found.loss_w <= known["best_loss_kw"] * 1e3 + 0.1
    assert found.excess_pu == 0.0
    assert is_radial(grid, found.closed)
    assert GridModelBatch(grid).losses_w(found.closed[None, :])[0] == pytest.approx(found.loss_w, rel=1e-6)
    assert found.proven == bool(known["proved_optimal"] or name == "mg33")


@pytest.mark.parametrize("seed", range(4))
def test_other_loads_and_impedances_without_proof_as_with_it(data: Path, seed: int) -> None:
    """Nothing is tuned to the published answers."""
    random, grid = np.random.default_rng(seed), radial_grid(known_grid(data, "baran_wu33", voltage_min_pu=0.5))
    power = grid.power * random.uniform(0.3, 1.6, len(grid.power))
    changed = grid._replace(power=power, series=grid.series * random.uniform(0.5, 2.0, len(grid.series)))
    quick, proven = reconfigure(changed, effort=QUICK), reconfigure(changed)
    assert proven.proven
    assert not quick.proven
    assert quick.loss_pu == pytest.approx(proven.loss_pu, rel=ROUNDING)


@pytest.mark.parametrize("seed", range(24))
def test_small_grids_as_exhaustive_search(seed: int) -> None:
    sources, fixed = 1 + seed % 3, seed % 2
    grid = random_grid(seed, sources=sources, fixed=fixed, ties=2 + seed % 3)
    grid = with_limits(grid, 0.97 + 0.002 * (seed % 8), 60.0 + 10.0 * (seed % 6))
    excess, loss_w, count = exhaustively(grid)
    for effort in (None, QUICK):
        found = solved(grid, effort)
        assert found.trees == pytest.approx(count, rel=1e-9)
        assert found.excess_pu == pytest.approx(excess, rel=1e-5, abs=1e-6)
        assert found.loss_w == pytest.approx(loss_w, rel=1e-5)


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, voltage=st.floats(0.9, 0.98), rated_a=st.floats(60.0, 300.0), sources=st.integers(1, 3))
def test_radial_within_limits_and_no_worse_than_the_present(
    seed: int, voltage: float, rated_a: float, sources: int
) -> None:
    grid = with_limits(random_grid(seed, buses=12, ties=5, sources=sources), voltage, rated_a)
    found = solved(grid, SHORT)
    present = as_it_is(grid)
    assert is_radial(grid, found.closed)
    fixed = [number for number, branch in enumerate(grid.branches) if not branch.remote]
    assert all(found.closed[number] == grid.branches[number].closed for number in fixed)
    if present is None:
        return
    assert found.excess_pu <= present.excess_pu + ROUNDING
    if present.excess_pu == 0.0:
        assert found.excess_pu == 0.0
        assert found.loss_w <= present.loss_w * (1 + ROUNDING)


@settings(max_examples=12, deadline=None)
@given(seed=SEEDS, voltage=st.floats(0.9, 0.97), rated_a=st.floats(80.0, 250.0), wider=st.floats(1.0, 1.3))
def test_wider_limits_never_cost_losses(seed: int, voltage: float, rated_a: float, wider: float) -> None:
    grid = random_grid(seed, buses=10, ties=4)
    tight, wide = (
        solved(with_limits(grid, 1 - (1 - voltage) * by, rated_a * by)) for by in (1.0, wider)
    )  # fmt: skip
    assert wide.excess_pu <= tight.excess_pu + ROUNDING
    if tight.excess_pu == 0.0:
        assert wide.loss_w <= tight.loss_w * (1 + ROUNDING)


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, order=SEEDS, rated_a=st.floats(60.0, 300.0))
def test_the_numbering_does_not_matter(seed: int, order: int, rated_a: float) -> None:
    grid = with_limits(random_grid(seed, buses=14, ties=6), 0.95, rated_a)
    other = renumbered(grid, order)
    one, two = solved(grid, SHORT), solved(other, SHORT)
    assert one.loss_w == pytest.approx(two.loss_w, rel=1e-9)
    assert one.excess_pu == pytest.approx(two.excess_pu, abs=1e-8)
    opened = {branch.id for branch, on in zip(grid.branches, one.closed, strict=True) if not on}
    assert opened == {branch.id for branch, on in zip(other.branches, two.closed, strict=True) if not on}


def test_the_numbering_of_a_large_network_does_not_matter(data: Path) -> None:
    grid = known_grid(data, "zhang118")
    other = renumbered(grid, 5)
    short = Effort(patience=0, least_patience=10)
    one, two = solved(grid, short), solved(other, short)
    assert one.evaluations == two.evaluations
    assert one.loss_w == pytest.approx(two.loss_w, rel=1e-9)


def test_an_operation_that_saves_too_little_is_not_worth_it(data: Path) -> None:
    grid = radial_grid(known_grid(data, "baran_wu33"))
    moved = []
    for charge_pu in (0.0, 0.003, 0.012, 1.0):
        found = reconfigure(grid, np.full(len(grid.closed), charge_pu))
        moved.append(int((found.closed != grid.closed).sum()))
        present_pu = 0.202677126
        assert found.proven
        assert found.loss_pu + moved[-1] * charge_pu <= present_pu + 1e-9
    assert moved == sorted(moved, reverse=True)
    assert moved[0] == 8
    assert 0 < moved[2] < 8
    assert moved[-1] == 0


def test_what_is_dark_and_can_be_fed_is_fed() -> None:
    grid = random_grid(4, fixed=0)
    dark = replace(grid, branches=tuple(replace(branch, closed=False) for branch in grid.branches))
    assert is_radial(grid, solved(dark).closed)
    assert len(solved(dark).unfed) == 0


def test_loads_that_nothing_can_carry_are_an_error(data: Path) -> None:
    grid = radial_grid(known_grid(data, "baran_wu33"))
    with pytest.raises(AlgorithmError, match="can carry the loads"):
        reconfigure(grid._replace(power=grid.power * 50), effort=QUICK)
