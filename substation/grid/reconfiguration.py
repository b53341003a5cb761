"""The radial state of least cost of a grid: branch exchange from several starts, kicks and repairs, enumeration.

Cost is losses plus what changing each branch costs. Where limits cannot all be kept, the least excess comes first.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from models.errors import AlgorithmError
from substation.grid.arrays import BASE_POWER_VA, Booleans, Floats, Integers
from substation.grid.canonical import canonical, renumbered
from substation.grid.exchange_kernel import EVALUATIONS, KICKS, LEAST_EXCESS, VISITS, assess, better, copy, kick, settle
from substation.grid.flow_arrays import FlowGrid, Forest, feeders, flow_grid, forest, loop
from substation.grid.radial import RadialGrid
from substation.grid.radial_start import from_meshed, near_present
from substation.grid.spanning_trees import Chain, chains, count_trees, opened_chains
from substation.grid.tree_kernel import choose

SEED = 20_040_917
LEAST_CHARGE_PU = 1e-8
"""Of losses, for every branch that changes its state: of two states that lose the same, the nearer one is taken."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to search. patience: kicks without success, per tie, and at least least_patience. visits: of buses by
    sweeps, altogether; exact: the most of them that a proof by enumeration may take (0: no proof)."""

    patience: int = 12
    least_patience: int = 200
    visits: float = 3e7
    exact: float = 6e7


@dataclass(frozen=True, slots=True)
class Reconfiguration:
    """closed: bool[m]. loss_pu: losses, of 1 MVA; excess_pu: by how much limits are exceeded altogether, p.u. of
    rating, voltages counted tenfold. evaluations: candidates calculated. proven: no radial state costs less. trees: how
    many radial states there are. unfed: int64[k], buses that no state feeds."""

    closed: Booleans
    loss_pu: float
    excess_pu: float
    evaluations: int
    kicks: int
    proven: bool
    trees: float
    unfed: Integers

    @property
    def loss_w(self) -> float:
        return self.loss_pu * BASE_POWER_VA


@dataclass(slots=True)
class _Search:
    """The state of a search. best, value (excess, cost) and ties belong together."""

    grid: RadialGrid
    flow: FlowGrid
    effort: Effort
    best: Forest
    now: Forest
    trial: Forest
    ties: Integers
    value: Floats
    tally: Integers = field(default_factory=lambda: np.array([0, 0, SEED, 0], dtype=np.int64))


def reconfigure(grid: RadialGrid, charge_pu: Floats | None = None, effort: Effort | None = None) -> Reconfiguration:
    """charge_pu: float64[m], what changing each branch's state costs, as losses in p.u. of 1 MVA.

    The same grid gives the same answer, whatever its numbering. AlgorithmError where no radial state can carry the
    loads, or branches that cannot be moved are not radial.
    """
    charge = np.zeros(len(grid.closed)) if charge_pu is None else charge_pu
    buses, branches = canonical(grid)
    search = _begun(renumbered(grid, buses, branches), charge[branches] + LEAST_CHARGE_PU, effort or Effort())
    found = chains(search.grid)
    proven = _searched(search, found)
    closed = np.zeros(len(branches), dtype=np.bool_)
    closed[branches] = search.best.closed
    excess, cost = assess(search.flow._replace(charge=np.zeros(len(branches))), search.best, np.inf)
    return Reconfiguration(
        closed=closed,
        loss_pu=cost,
        excess_pu=excess if excess > LEAST_EXCESS else 0.0,
        evaluations=int(search.tally[EVALUATIONS]),
        kicks=int(search.tally[KICKS]),
        proven=proven,
        trees=count_trees(found),
        unfed=buses[np.flatnonzero(search.best.root_of < 0)],
    )


def _begun(grid: RadialGrid, charge: Floats, effort: Effort) -> _Search:
    flow = flow_grid(grid, charge)
    ties = np.zeros(0, dtype=np.int64)
    return _Search(grid, flow, effort, forest(flow), forest(flow), forest(flow), ties, np.full(2, np.inf))


def _searched(search: _Search, found: list[Chain]) -> bool:
    """Take search.best as far as the effort allows; returns whether it is proven."""
    for start in dict.fromkeys(state.tobytes() for state in (near_present(search.grid), from_meshed(search.grid))):
        _settled(search, np.frombuffer(start, dtype=np.bool_))
    _iterated(search)
    proven = count_trees(found) * len(search.flow.active) <= search.effort.exact and _enumerated(search, found)
    if not np.isfinite(search.value[1]):
        raise AlgorithmError(
            "no radial state that was tried can carry the loads: the power flow of none converges; look for wrong "
            "units of loads, impedances or nominal voltages, or for far too much load"
        )
    return proven


def _settled(search: _Search, closed: Booleans) -> None:
    """Exchange branches from this start, and keep the result where it is better."""
    search.now.closed[:] = closed
    value = np.array(assess(search.flow, search.now, np.inf))
    search.tally[EVALUATIONS] += 1
    ties = np.flatnonzero(search.flow.movable & ~closed)
    ties = ties[search.now.root_of[search.flow.branch_from[ties]] >= 0]
    if np.isfinite(value[1]):
        everywhere = search.best._replace(closed=~closed)
        settle(
            search.flow, search.now, search.trial, everywhere, feeders(search.flow), ties, np.zeros_like(ties),
            loop(search.flow), value, search.tally,
        )  # fmt: skip
    if len(search.ties) == 0 or _is_better(value, search.value):
        copy(search.now, search.best)
        search.ties, search.value = ties, value


def _is_better(value: Floats, than: Floats) -> bool:
    return bool(better(value[0], value[1], than))


def _iterated(search: _Search) -> None:
    """Kick the best state and repair it, until nothing better comes."""
    flow, tally, room, parts = search.flow, search.tally, loop(search.flow), feeders(search.flow)
    patience = max(search.effort.patience * len(search.ties), search.effort.least_patience)
    idle, ties, tried = 0, search.ties.copy(), np.zeros_like(search.ties)
    while idle < patience and tally[VISITS] < search.effort.visits and len(ties) > 1:
        idle += 1
        tally[KICKS] += 1
        copy(search.best, search.now)
        ties[:] = search.ties
        kick(flow, search.now, ties, room, tally)
        value = np.array(assess(flow, search.now, np.inf))
        tally[EVALUATIONS] += 1
        tally[VISITS] += 2 * len(flow.active)
        if np.isfinite(value[1]):
            settle(flow, search.now, search.trial, search.best, parts, ties, tried, room, value, tally)
            if _is_better(value, search.value):
                copy(search.now, search.best)
                search.ties[:], search.value, idle = ties, value, 0


def _enumerated(search: _Search, found: list[Chain]) -> bool:
    """Try every spanning tree."""
    flow, trial = search.flow, search.trial
    members = np.array([branch for chain in found for branch in chain.branches], dtype=np.int64)
    loose = np.zeros(len(flow.closed), dtype=np.bool_)
    loose[members] = True
    trial.closed[:] = search.best.closed | loose
    if count_trees(found, weighted=False) * len(found) > search.effort.exact / len(flow.active):
        return False
    for chosen in opened_chains(found):
        parts = [found[chain].branches for chain in chosen]
        first = np.cumsum([0, *(len(part) for part in parts)]).astype(np.int64)
        opened = np.array([branch for part in parts for branch in part], dtype=np.int64)
        choose(
            flow, search.best, trial, opened, first, np.zeros(len(parts), dtype=np.int64), search.value, search.tally
        )
    return True
