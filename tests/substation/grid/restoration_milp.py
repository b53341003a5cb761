"""The exact MILP of a restoration: LinDistFlow, one binary per branch and bus, solved by HiGHS. Oracle for tests.

Without losses, so that its least unserved load bounds the true one from below wherever loads only draw. Every branch
may be opened or closed but the faulted ones; every component hangs on one source; a bus is fed whole or not at all.
Model after Baran and Wu (1989, linearised) with a single-commodity flow for radiality (Lavorato et al. 2012).
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import highspy
import numpy as np

from substation.grid.radial import RadialGrid

_FACES = 16
_FREE = highspy.kHighsInf


@dataclass(frozen=True)
class Answer:
    """unserved_kw of the plan found, bound_kw: no plan leaves less dark; proven: HiGHS says that they are one.

    closed: bool[m]; served: bool[n].
    """

    unserved_kw: float
    bound_kw: float
    proven: bool
    closed: np.ndarray
    served: np.ndarray


@dataclass
class Milp:
    """One question: faulted branches by position, loads and limits of the grid; `seconds` at most."""

    grid: RadialGrid
    faulted: Collection[int]
    seconds: float = 60.0

    def solve(self) -> Answer:
        self.model = highspy.Highs()
        self.model.setOptionValue("output_flag", False)
        self.model.setOptionValue("threads", 1)
        self.model.setOptionValue("time_limit", self.seconds)
        self.model.setOptionValue("mip_rel_gap", 0.0)
        self.model.setOptionValue("mip_abs_gap", 1e-5)
        self._variables()
        self._connected()
        self._balanced()
        self._within_limits()
        self.model.run()
        info, solution = self.model.getInfo(), np.array(self.model.getSolution().col_value)
        if len(solution) == 0:
            solution = np.zeros(self.columns)
        proven = self.model.getModelStatus() == highspy.HighsModelStatus.kOptimal
        unserved = info.objective_function_value if info.primal_solution_status == 2 else math.inf
        return Answer(
            unserved * 1e3, info.mip_dual_bound * 1e3, proven, solution[self.closed] > 0.5, solution[self.served] > 0.5
        )

    def _columns(self, count: int, low: object, high: object, cost: object = 0.0, whole: bool = False) -> np.ndarray:
        first = getattr(self, "columns", 0)
        self.columns = first + count
        lows, highs, costs = (np.broadcast_to(np.asarray(each, float), (count,)) for each in (low, high, cost))
        for column in range(count):
            self.model.addCol(float(costs[column]), float(lows[column]), float(highs[column]), 0, [], [])
            if whole:
                self.model.changeColIntegrality(first + column, highspy.HighsVarType.kInteger)
        return np.arange(first, first + count)

    def _row(self, low: float, high: float, terms: list[tuple[int, float]]) -> None:
        columns, values = zip(*terms, strict=True)
        self.model.addRow(low, high, len(terms), np.array(columns, dtype=np.int32), np.array(values, dtype=float))

    def _variables(self) -> None:
        grid = self.grid
        n, m = len(grid.power), len(grid.branch_from)
        self.roots = set(grid.source_bus.tolist())
        usable = np.array([branch not in self.faulted for branch in range(m)], dtype=float)
        self.fixed = ~grid.movable & grid.closed & (usable > 0.0)
        usable = np.where(grid.movable, usable, usable * grid.closed)
        low = np.array([1.0 if bus in self.roots else 0.0 for bus in range(n)])
        self.closed = self._columns(m, 0.0, usable, whole=True)
        self.served = self._columns(n, low, 1.0, -grid.power.real, whole=True)
        self.model.changeObjectiveOffset(float(grid.power.real.sum()))
        self.large = float(np.abs(grid.power.real).sum()), float(np.abs(grid.power.imag).sum())
        self.active = self._columns(m, -self.large[0], self.large[0])
        self.reactive = self._columns(m, -self.large[1], self.large[1])
        self.trees = self._columns(m, -n, n)
        square = np.array([grid.voltage_min**2, grid.voltage_max**2])
        for bus, volts in zip(grid.source_bus, grid.source_voltage, strict=True):
            square[:, bus] = volts**2
        self.square = self._columns(n, square[0], square[1])

    def _connected(self) -> None:
        """Closed branches join buses of one state; as many as buses that are fed, all of which get one unit of flow."""
        grid, n = self.grid, len(self.grid.power)
        for branch, (one, other) in enumerate(zip(grid.branch_from, grid.branch_to, strict=True)):
            for first, second in ((one, other), (other, one)):
                terms = [(self.closed[branch], 1.0), (self.served[first], 1.0), (self.served[second], -1.0)]
                self._row(-_FREE, 1.0, terms)
                self._row(-_FREE, 0.0, [(self.closed[branch], 1.0), (self.served[first], -1.0)])
                if self.fixed[branch]:  # open in the model where it joins dark buses, which no tree reaches
                    self._row(0.0, _FREE, [(self.closed[branch], 1.0), (self.served[first], -1.0)])
            self._bounded(self.trees[branch], self.closed[branch], n)
        others = [bus for bus in range(n) if bus not in self.roots]
        every = [(column, 1.0) for column in self.closed]
        self._row(0.0, 0.0, [*every, *((self.served[bus], -1.0) for bus in others)])

    def _bounded(self, column: int, switch: int, large: float) -> None:
        self._row(-_FREE, 0.0, [(column, 1.0), (switch, -large)])
        self._row(-_FREE, 0.0, [(column, -1.0), (switch, -large)])

    def _balanced(self) -> None:
        grid = self.grid
        flows = (
            (self.active, grid.power.real),
            (self.reactive, grid.power.imag),
            (self.trees, np.ones(len(grid.power))),
        )
        for bus in range(len(grid.power)):
            if bus in self.roots:
                continue
            near = grid.adjacent[grid.first[bus] : grid.first[bus + 1]]
            signs = [(branch, 1.0 if grid.branch_to[branch] == bus else -1.0) for branch in near]
            for flow, drawn in flows:
                terms = [(flow[branch], sign) for branch, sign in signs]
                self._row(0.0, 0.0, [*terms, (self.served[bus], -float(drawn[bus]))])

    def _within_limits(self) -> None:
        grid = self.grid
        for branch, (one, other) in enumerate(zip(grid.branch_from, grid.branch_to, strict=True)):
            switch, active, reactive = self.closed[branch], self.active[branch], self.reactive[branch]
            rating = float(grid.rating[branch] * grid.source_voltage.max())  # loads only draw
            self._bounded(active, switch, min(self.large[0], rating))
            self._bounded(reactive, switch, min(self.large[1], rating))
            if math.isfinite(rating):
                for face in range(_FACES):
                    angle = 2 * math.pi * (face + 0.5) / _FACES
                    self._row(-_FREE, rating, [(active, math.cos(angle)), (reactive, math.sin(angle))])
            ohm = grid.series[branch]
            drop = [
                (self.square[one], 1.0),
                (self.square[other], -1.0),
                (active, -2 * ohm.real),
                (reactive, -2 * ohm.imag),
            ]
            gap = float(max(grid.voltage_max) ** 2 - min(grid.voltage_min) ** 2)
            self._row(-_FREE, gap, [*drop, (switch, gap)])
            self._row(-gap, _FREE, [*drop, (switch, -gap)])
