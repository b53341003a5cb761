"""Reconfiguration of networks that nobody has published: as exhaustive search where small, else as long searches."""

from __future__ import annotations

import pytest

from substation.grid.radial import radial_grid
from substation.grid.reconfiguration import Effort, reconfigure
from tests.substation.grid.random_planning import exhaustively
from tests.substation.grid.towns import town_grid


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["hamlet", "village"])
def test_small_towns_as_exhaustive_search(kind: str, seed: int) -> None:
    """A busbar section without impedance, transformers in parallel, two substations, elements out of service."""
    grid = town_grid(kind, seed)
    excess, loss_w, count = exhaustively(grid)
    for effort in (None, Effort(exact=0.0)):
        found = reconfigure(radial_grid(grid), effort=effort)
        assert found.trees == pytest.approx(count, rel=1e-9)
        assert found.excess_pu == pytest.approx(excess, rel=1e-5, abs=1e-6)
        assert found.loss_w == pytest.approx(loss_w, rel=1e-5)
        assert found.proven == (effort is None)


LONG = {
    ("das", 1): 827.2330,
    ("taiwan", 4): 2561.3201,
    ("taiwan_transformers", 1): 3782.7332,
    ("brazil", 0): 3052.6709,
    ("brazil_transformers", 3): 4231.5203,
}
"""kW, the best that `python -m tests.substation.grid.towns_searched` finds with much time and by another method."""


@pytest.mark.parametrize(("kind", "seed"), LONG)
def test_as_long_searches(kind: str, seed: int) -> None:
    found = reconfigure(radial_grid(town_grid(kind, seed)))
    assert found.loss_w / 1e3 == pytest.approx(LONG[kind, seed], rel=1e-6)
    assert found.excess_pu == 0
    assert not found.proven
