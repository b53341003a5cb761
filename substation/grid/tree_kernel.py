"""Kernel of the enumeration of spanning trees: every choice of one branch to open in each of several chains."""

from __future__ import annotations

import numpy as np

from substation.grid.arrays import Floats, Integers
from substation.grid.compiled import compiled
from substation.grid.exchange_kernel import EVALUATIONS, LEAST_EXCESS, assess, better, copy
from substation.grid.flow_arrays import (
    FLOATS,
    FLOW_GRID,
    FOREST,
    INTEGERS,
    VOID,
    FlowGrid,
    Forest,
)


@compiled(VOID(FLOW_GRID, FOREST, FOREST, INTEGERS, INTEGERS, INTEGERS, FLOATS, INTEGERS))
def choose(
    grid: FlowGrid,
    best: Forest,
    trial: Forest,
    members: Integers,
    first: Integers,
    chosen: Integers,
    value: Floats,
    tally: Integers,
) -> None:
    """Open one branch of each chain in every way; best and its value (excess, cost) follow.

    Chain c has the branches members[first[c]:first[c + 1]]; chosen: int64[k], working memory. trial.closed has all of
    them closed, before and after.
    """
    for chain in range(len(chosen)):
        chosen[chain] = first[chain]
        trial.closed[members[first[chain]]] = False
    moved = 0
    while moved < len(chosen):
        dearest = value[1] if grid.rising[0] and value[0] <= LEAST_EXCESS else np.inf
        excess, cost = assess(grid, trial, dearest)
        tally[EVALUATIONS] += 1
        if better(excess, cost, value):
            value[0], value[1] = excess, cost
            copy(trial, best)
        moved = 0
        while moved < len(chosen):
            trial.closed[members[chosen[moved]]] = True
            chosen[moved] += 1
            if chosen[moved] < first[moved + 1]:
                trial.closed[members[chosen[moved]]] = False
                break
            chosen[moved] = first[moved]
            trial.closed[members[chosen[moved]]] = False
            moved += 1
    for chain in range(len(chosen)):
        trial.closed[members[first[chain]]] = True
