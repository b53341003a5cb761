"""Small random planning grids with several sources, ties, branches that cannot be moved, and limits that bite; their
radial states by exhaustive search, which shares nothing with ours but the nodal power flow."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import networkx
import numpy as np

from models.errors import DivergedError
from models.network.planning import PlanningBranch, PlanningBus, PlanningGrid, PlanningSource
from substation.grid.excess import excesses
from substation.grid.nodal_flow import NodalFlow, nodal_flow
from substation.grid.radial import radial_grid

VOLTS = 20e3


def random_grid(seed: int, buses: int = 9, ties: int = 3, sources: int = 2, fixed: int = 1) -> PlanningGrid:
    """A random forest from the sources and ties beside it. fixed: how many closed branches cannot be moved."""
    random = np.random.default_rng(seed)
    nodes = tuple(
        PlanningBus(
            f"B{number}",
            VOLTS,
            0.9,
            1.1,
            load_w=float(random.uniform(1e5, 3e6)),
            load_var=float(random.uniform(0, 1e6)),
        )
        for number in range(buses)
    )
    ends = [(int(random.integers(0, at)), at) for at in range(sources, buses)]
    pairs = [pair for pair in combinations(range(buses), 2) if pair not in ends and pair[1] >= sources]
    chosen = [pairs[int(each)] for each in random.choice(len(pairs), size=ties, replace=False)]
    branches = [_branch(random, number, pair, number < len(ends)) for number, pair in enumerate([*ends, *chosen])]
    for number in random.choice(len(ends), size=fixed, replace=False):
        branches[number] = replace(branches[number], remote=False)
    fed = tuple(PlanningSource(f"S{number}", number, 1.0 + 0.01 * number) for number in range(sources))
    return PlanningGrid(f"random{seed}", 50.0, nodes, tuple(branches), fed)


def _branch(random: np.random.Generator, number: int, ends: tuple[int, int], closed: bool) -> PlanningBranch:
    name = f"L{number}"
    ohm = float(random.uniform(0.2, 4.0))
    return PlanningBranch(name, *ends, ohm, 0.7 * ohm, closed, opened_by=name, closed_by=name)


def with_limits(grid: PlanningGrid, voltage_min_pu: float, rated_a: float) -> PlanningGrid:
    return replace(
        grid,
        buses=tuple(replace(bus, voltage_min_pu=voltage_min_pu) for bus in grid.buses),
        branches=tuple(replace(branch, rated_a=rated_a) for branch in grid.branches),
    )


def renumbered(grid: PlanningGrid, seed: int) -> PlanningGrid:
    """The same grid in another order; ids stay with their elements."""
    random = np.random.default_rng(seed)
    buses, branches = random.permutation(len(grid.buses)), random.permutation(len(grid.branches))
    place = {int(old): new for new, old in enumerate(buses)}
    moved = (grid.branches[number] for number in branches)
    return replace(
        grid,
        buses=tuple(grid.buses[number] for number in buses),
        branches=tuple(replace(each, from_bus=place[each.from_bus], to_bus=place[each.to_bus]) for each in moved),
        sources=tuple(replace(source, bus=place[source.bus]) for source in reversed(grid.sources)),
    )


def radial_states(grid: PlanningGrid) -> Iterator[np.ndarray]:
    """bool[m] of every state in which each bus has one way to one source; what is not remote keeps its state."""
    fixed = [number for number, branch in enumerate(grid.branches) if not branch.remote and branch.closed]
    free = [number for number, branch in enumerate(grid.branches) if branch.remote and branch.opened_by]
    for chosen in combinations(free, len(grid.buses) - len(grid.sources) - len(fixed)):
        graph = networkx.Graph((grid.branches[each].from_bus, grid.branches[each].to_bus) for each in (*fixed, *chosen))
        graph.add_edges_from(("source", source.bus) for source in grid.sources)
        if graph.number_of_nodes() == len(grid.buses) + 1 and networkx.is_tree(graph):
            closed = np.zeros(len(grid.branches), dtype=np.bool_)
            closed[[*fixed, *chosen]] = True
            yield closed


def exhaustively(grid: PlanningGrid) -> tuple[float, float, int]:
    """(least excess over limits, least losses in W with it, number of radial states)."""
    arrays = radial_grid(grid)
    best, count = (math.inf, math.inf), 0
    for closed in radial_states(grid):
        count += 1
        flow = _flow(arrays, closed)
        if flow is None:
            continue
        excess = sum(each.amount for each in excesses(grid, arrays, flow))
        if excess < best[0] - 1e-9 or (excess < best[0] + 1e-9 and flow.loss_w < best[1]):
            best = (excess, flow.loss_w)
    return *best, count


def _flow(arrays: object, closed: np.ndarray) -> NodalFlow | None:
    try:
        return nodal_flow(arrays, closed)  # type: ignore[arg-type]
    except DivergedError:
        return None
