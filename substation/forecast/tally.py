"""Scores that are kept while forecasts go on: Brier sums beside a baseline, a calibration table, warnings.

Nothing of a single forecast is kept, so that a unit can judge itself for years in a few numbers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

EDGES = (0.0, 1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 0.6, 0.9)
"""Lower bounds of the lines of the calibration table."""


@dataclass(frozen=True, slots=True)
class Line:
    """Forecasts from one of EDGES on: how many, the sum of what they said, how many came true."""

    count: int = 0
    said: float = 0.0
    happened: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """One forecast and what came of it. count: so many of the same."""

    said: float
    baseline: float
    happened: bool
    count: int = 1


@dataclass(frozen=True, slots=True)
class Tally:
    """brier, baseline: sums of squares of probability less outcome."""

    lines: tuple[Line, ...] = (Line(),) * len(EDGES)
    brier: float = 0.0
    baseline: float = 0.0

    @property
    def count(self) -> int:
        return sum(line.count for line in self.lines)

    @property
    def happened(self) -> int:
        return sum(line.happened for line in self.lines)

    @property
    def skill(self) -> float | None:
        """Above 0: better than the baseline. None before anything happened: then both are right."""
        return 1.0 - self.brier / self.baseline if self.baseline > 0 and self.happened else None

    def plus(self, verdicts: Iterable[Verdict]) -> Tally:
        lines, brier, baseline = list(self.lines), self.brier, self.baseline
        for each in verdicts:
            at, outcome = bisect_right(EDGES, max(each.said, 0.0)) - 1, float(each.happened)
            line = lines[at]
            came_true = each.count if each.happened else 0
            lines[at] = Line(line.count + each.count, line.said + each.count * each.said, line.happened + came_true)
            brier += each.count * (each.said - outcome) ** 2
            baseline += each.count * (each.baseline - outcome) ** 2
        return Tally(tuple(lines), brier, baseline)


@dataclass(frozen=True, slots=True)
class Warnings:
    """hits: events while a warning stood; lead_s: sum over them, from the beginning of the warning to the event."""

    hits: int = 0
    misses: int = 0
    false_alarms: int = 0
    lead_s: float = 0.0

    def hit(self, lead_s: float) -> Warnings:
        return Warnings(self.hits + 1, self.misses, self.false_alarms, self.lead_s + lead_s)

    def missed(self) -> Warnings:
        return Warnings(self.hits, self.misses + 1, self.false_alarms, self.lead_s)

    def false(self) -> Warnings:
        return Warnings(self.hits, self.misses, self.false_alarms + 1, self.lead_s)

    @property
    def mean_lead_s(self) -> float | None:
        return self.lead_s / self.hits if self.hits else None
