"""Where capacitor banks save most in a radial grid at one load: sites and steps (Baran and Wu 1989 state the problem).

One bank after the other is put where it helps most, then each in turn is tried at every other bus, all steps being
settled anew, until no move helps. That proves nothing; what it finds is compared with known results in the tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.errors import AlgorithmError
from substation.grid.arrays import Floats
from substation.grid.radial import RadialGrid
from substation.grid.volt_var import Bank, VoltVarQuestion, optimise

LEAST_GAIN_W = 1e-3


@dataclass(frozen=True, slots=True)
class SitingQuestion:
    """banks: how many at most. candidates: buses where one may stand. steps: of step_var each, at most. constant_power:
    as in Bank. active, reactive: float64[n], load less generation in p.u."""

    grid: RadialGrid
    banks: int
    candidates: tuple[int, ...]
    step_var: float
    steps: int
    constant_power: bool
    active: Floats
    reactive: Floats


@dataclass(frozen=True, slots=True)
class Siting:
    """sites: (bus, steps), those with none left out. rank: (excess over limits in p.u., losses in W)."""

    sites: tuple[tuple[int, int], ...]
    rank: tuple[float, float]
    before: tuple[float, float]
    evaluations: int

    @property
    def loss_w(self) -> float:
        return self.rank[1]


def site(question: SitingQuestion) -> Siting:
    """AlgorithmError where there is nothing to choose from, or the grid cannot be reckoned as it stands."""
    if question.banks < 1 or not question.candidates or question.steps < 1:
        raise AlgorithmError("nothing to site: banks, their steps and buses for them are needed")
    return _Search(question).run()


@dataclass(frozen=True, slots=True)
class _Found:
    buses: tuple[int, ...]
    levels: tuple[int, ...]
    rank: tuple[float, float]


class _Search:
    def __init__(self, question: SitingQuestion) -> None:
        self._question = question
        self._evaluations = 0

    def run(self) -> Siting:
        before = self._settled(())
        best = before
        while len(best.buses) < min(self._question.banks, len(self._question.candidates)):
            grown = self._best([(*best.buses, bus) for bus in self._free(best.buses)], best)
            if grown is best:
                break
            best = self._relocated(grown)
        sites = sorted((bus, level) for bus, level in zip(best.buses, best.levels, strict=True) if level)
        return Siting(tuple(sites), best.rank, before.rank, self._evaluations)

    def _relocated(self, best: _Found) -> _Found:
        while True:
            moves = [
                (*best.buses[:number], bus, *best.buses[number + 1 :])
                for number in range(len(best.buses))
                for bus in self._free(best.buses)
            ]
            found = self._best(moves, best)
            if found is best:
                return best
            best = found

    def _free(self, buses: Sequence[int]) -> list[int]:
        return [bus for bus in self._question.candidates if bus not in buses]

    def _best(self, trials: Sequence[tuple[int, ...]], best: _Found) -> _Found:
        for buses in trials:
            found = self._settled(buses)
            if found.rank < (best.rank[0], best.rank[1] - LEAST_GAIN_W):
                best = found
        return best

    def _settled(self, buses: tuple[int, ...]) -> _Found:
        asked = self._question
        banks = tuple(Bank(bus, asked.step_var, asked.steps, asked.constant_power) for bus in buses)
        start = tuple(0 for _ in buses)
        schedule = optimise(
            VoltVarQuestion(asked.grid, banks, start, asked.active[None, :].copy(), asked.reactive[None, :].copy())
        )
        self._evaluations += schedule.evaluations
        rank = (round(float(schedule.beyond[0]), 9), float(schedule.loss_w[0]))
        return _Found(buses, tuple(int(level) for level in schedule.levels[0]), rank)
