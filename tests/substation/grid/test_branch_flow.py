"""The branch flow in magnitudes agrees with node admittances and with power-grid-model on whatever is radial."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from substation.grid.branch_flow import losses
from substation.grid.confirmation import confirmed
from substation.grid.exchange_kernel import assess
from substation.grid.flow_arrays import flow_grid, forest
from substation.grid.nodal_flow import nodal_flow
from substation.grid.radial import RadialGrid, radial_grid
from tests.bench.mv.candidates import radial_candidates
from tests.bench.mv.peer_batch import GridModelBatch
from tests.substation.grid.known_grids import known_grid
from tests.substation.grid.random_planning import random_grid


def rich(seed: int) -> RadialGrid:
    """With charging, iron losses, transformers with phase shifts, shunts, and impedance behind the sources."""
    grid, random = radial_grid(random_grid(seed, buses=14, ties=0)), np.random.default_rng(seed)
    branches, buses = len(grid.series), len(grid.power)
    return grid._replace(
        half_shunt=random.uniform(0, 0.02, branches) + 1j * random.uniform(-0.05, 0.2, branches),
        ratio=random.uniform(0.95, 1.05, branches) * np.exp(1j * random.integers(0, 12, branches) * np.pi / 6),
        shunt=random.uniform(0, 0.1, buses) + 1j * random.uniform(-0.3, 0.3, buses),
        power=grid.power * random.uniform(-0.5, 1.0, buses),
        source_series=np.array([0.001 + 0.01j, 0j]),
    )


@pytest.mark.parametrize("seed", range(20))
def test_it_agrees_with_node_admittances(seed: int) -> None:
    grid = rich(seed)
    flow = flow_grid(grid)
    tree = forest(flow)
    excess, loss = assess(flow, tree, np.inf)
    second = nodal_flow(grid, grid.closed)
    assert loss == pytest.approx(second.loss_pu, rel=1e-7)
    np.testing.assert_allclose(np.sqrt(tree.square), np.abs(second.voltage), atol=1e-8)
    loading = second.current / grid.rating
    assert excess == pytest.approx(
        np.maximum(loading - 1, 0).sum() + 10 * np.maximum(grid.voltage_min - abs(second.voltage), 0).sum()
        + 10 * np.maximum(abs(second.voltage) - grid.voltage_max, 0).sum(), abs=1e-6,
    )  # fmt: skip


def test_ratings_count_at_the_end_that_carries_more() -> None:
    grid = rich(3)
    carried = nodal_flow(grid, grid.closed).current
    rating = np.full(len(carried), np.inf)
    branch = int(np.argmax(grid.half_shunt.imag * grid.closed))
    rating[branch] = carried[branch] / 1.5
    flow = flow_grid(grid._replace(rating=rating, voltage_min=grid.voltage_min * 0, voltage_max=grid.voltage_max * 2))
    assert assess(flow, forest(flow), np.inf)[0] == pytest.approx(0.5, abs=1e-6)


def test_many_candidates_as_power_grid_model(data: Path) -> None:
    grid = known_grid(data, "baran_wu33")
    arrays, candidates = flow_grid(radial_grid(grid)), radial_candidates(grid, 60)
    found = np.empty(len(candidates))
    losses(arrays, forest(arrays), candidates, found)
    sound = found < 0.2 * arrays.active.sum()  # near a collapse engines stop at different iterations
    assert sound.sum() > 40
    np.testing.assert_allclose(found[sound] * 1e6, GridModelBatch(grid).losses_w(candidates[sound]), rtol=1e-6)


def test_what_cannot_be_carried_or_fed_is_no_candidate(data: Path) -> None:
    grid = radial_grid(known_grid(data, "baran_wu33"))
    found = np.empty(1)
    heavy = flow_grid(grid._replace(power=grid.power * 20))
    assert losses(heavy, forest(heavy), grid.closed[None, :], found) == 0
    assert found[0] == np.inf
    dark, flow = grid.closed.copy(), flow_grid(grid)
    dark[10] = False
    assert losses(flow, forest(flow), dark[None, :], found) == 0
    assert found[0] == np.inf


@pytest.mark.parametrize("seed", range(10))
def test_a_candidate_is_given_up_only_where_it_is_dearer(seed: int) -> None:
    flow = flow_grid(radial_grid(random_grid(seed)))
    assert flow.rising[0]
    _, loss = assess(flow, forest(flow), np.inf)
    assert assess(flow, forest(flow), loss * 1.000001)[1] == pytest.approx(loss, rel=1e-12)
    assert assess(flow, forest(flow), loss * 0.5)[1] == np.inf


def test_computations_that_disagree_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from models.errors import AlgorithmError
    from substation.grid import confirmation

    grid = radial_grid(random_grid(1))
    assert confirmed(grid).loss_w > 0
    monkeypatch.setattr(confirmation, "nodal_flow", lambda grid, closed: nodal_flow(
        grid._replace(power=grid.power * 1.0001), closed))  # fmt: skip
    with pytest.raises(AlgorithmError, match="two computations of the same state disagree"):
        confirmed(grid)
