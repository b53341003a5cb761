"""Radial states are counted and listed as exhaustive search finds them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.errors import AlgorithmError
from models.network.planning import PlanningSource
from substation.grid.radial import radial_grid
from substation.grid.radial_start import from_meshed, near_present
from substation.grid.spanning_trees import chains, count_trees, opened_chains
from tests.substation.grid.known_grids import known_grid
from tests.substation.grid.random_planning import radial_states, random_grid


@pytest.mark.parametrize("seed", range(25))
def test_they_are_as_many_as_exhaustive_search_finds(seed: int) -> None:
    grid = random_grid(seed, sources=1 + seed % 3, ties=2 + seed % 3, fixed=seed % 3)
    found = chains(radial_grid(grid))
    expected = {closed.tobytes() for closed in radial_states(grid)}
    assert count_trees(found) == pytest.approx(len(expected), rel=1e-9)
    listed = [[found[chain].branches for chain in chosen] for chosen in opened_chains(found)]
    assert sum(int(np.prod([len(part) for part in parts])) for parts in listed) == len(expected)


@pytest.mark.parametrize(
    ("name", "trees"), [("civanlar16", 190), ("baran_wu33", 50751), ("mg33", 50751), ("baran_wu69", 407924)]
)
def test_published_networks(data: Path, name: str, trees: int) -> None:
    assert count_trees(chains(radial_grid(known_grid(data, name)))) == pytest.approx(trees, rel=1e-9)


@pytest.mark.parametrize("seed", range(15))
def test_starts_are_radial_states(seed: int) -> None:
    grid = random_grid(seed, sources=1 + seed % 2, ties=4, fixed=2)
    expected = {closed.tobytes() for closed in radial_states(grid)}
    arrays = radial_grid(grid)
    assert near_present(arrays).tobytes() == arrays.closed.tobytes()
    assert from_meshed(arrays).tobytes() in expected
    meshed = arrays._replace(closed=np.ones(len(arrays.closed), dtype=np.bool_))
    assert near_present(meshed).tobytes() in expected


def test_what_cannot_be_opened_and_is_not_radial_is_named() -> None:
    grid = random_grid(1, sources=1)
    stuck = tuple(replace(branch, remote=False) for branch in grid.branches)
    second = PlanningSource("S9", len(grid.buses) - 1, 1.0)
    with pytest.raises(AlgorithmError, match="cannot be opened"):
        chains(radial_grid(replace(grid, branches=stuck, sources=(*grid.sources, second))))
