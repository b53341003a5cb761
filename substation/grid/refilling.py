"""What a plan leaves dark although one closing more would feed it within limits: closed, the greatest load first."""

from __future__ import annotations

from substation.grid.arrays import Booleans
from substation.grid.reduction import Reduction
from substation.grid.search_kernel import FEASIBLE, LOAD_TOLERANCE_W, assess


def refilled(reduction: Reduction, conducting: Booleans) -> Booleans:
    """bool[b], the state itself where nothing can be added, or where it is beyond limits itself."""
    grid, scratch, state = reduction.grid, reduction.scratch(), conducting.copy()
    verdict, fed_w, _, _ = assess(grid, state, scratch, 0.0)
    while verdict == FEASIBLE:
        found = -1
        for branch in reduction.branches.values():
            if state[branch]:
                continue
            state[branch] = True
            trial, trial_w, _, _ = assess(grid, state, scratch, fed_w)
            state[branch] = False
            if trial == FEASIBLE and trial_w > fed_w + LOAD_TOLERANCE_W:
                found, fed_w = branch, trial_w
        if found < 0:
            break
        state[found] = True
    return state
