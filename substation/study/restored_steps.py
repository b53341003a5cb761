"""From the state after isolation to the planned one, step by step: radial at each, the dark parts first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from substation.grid.arrays import Booleans
from substation.grid.forest import components
from substation.grid.radial_reduction import RadialQuestion

RESWITCH = "re-switch"
"""Purpose of a step that operates what is fed."""


@dataclass(frozen=True, slots=True)
class RestoredStep:
    """branch: position. words: what it does, after the name of the switch."""

    branch: int
    closes: bool
    purpose: str
    words: str


def restored_steps(asked: RadialQuestion, before: Booleans, after: Booleans) -> list[RestoredStep]:
    """Openings in the dark; then of what is fed, each with the closing that takes over; then the other closings."""
    return _Order(asked, before.copy(), after).steps()


@dataclass(slots=True)
class _Order:
    asked: RadialQuestion
    now: Booleans
    after: Booleans

    def steps(self) -> list[RestoredStep]:
        done: list[RestoredStep] = []
        for branch in self._left(False):
            if not self._fed()[self.asked.grid.branch_from[branch]]:
                done.append(self._do(branch, False, "split", "so that both sides can be fed apart"))
        while self._left(False) or self._left(True):
            done += self._next()
        return done

    def _left(self, closes: bool) -> list[int]:
        changed = np.flatnonzero(self.now != self.after)
        return [int(branch) for branch in changed if self.after[branch] == closes]

    def _fed(self) -> Booleans:
        grid = self.asked.grid
        label = components(len(grid.power), grid.branch_from, grid.branch_to, self.now)
        return np.isin(label, label[grid.source_bus])

    def _do(self, branch: int, closes: bool, purpose: str, words: str) -> RestoredStep:
        self.now[branch] = closes
        return RestoredStep(branch, closes, purpose, words)

    def _next(self) -> list[RestoredStep]:
        """First what relieves donors, last what loads them."""
        openings = self._left(False)
        if openings:
            return self._reswitched(openings[0])
        fed = self._fed()
        grid = self.asked.grid
        for branch in self._left(True):
            if fed[grid.branch_from[branch]] != fed[grid.branch_to[branch]]:
                return [self._do(branch, True, "restore", "to restore what lies behind it")]
        return [self._do(self._left(True)[0], True, "restore", "while both its sides are dark")]

    def _reswitched(self, opening: int) -> list[RestoredStep]:
        """Open it and, where that darkens load which another tie takes over, close that at once."""
        before = self._fed()
        steps = [self._do(opening, False, RESWITCH, "although it is fed: what lies behind it is moved or let go")]
        lost = before & ~self._fed()
        grid = self.asked.grid
        for branch in self._left(True):
            ends = grid.branch_from[branch], grid.branch_to[branch]
            fed = self._fed()
            if fed[ends[0]] != fed[ends[1]] and (lost[ends[0]] or lost[ends[1]]):
                words = "at once: it takes over what the opening has left dark"
                return [*steps, self._do(branch, True, RESWITCH, words)]
        return steps
