"""What a probability forecast is worth: Brier score beside a baseline, and whether its figures mean what they say.

Sources: Brier (1950), Verification of forecasts expressed in terms of probability; Murphy (1973) for the reliability
table. Scores are of times after those that were learned from (`split_by_time`), never of the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.errors import AlgorithmError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Bin:
    """Forecasts between two probabilities: how many, what they said on average, how often it happened."""

    lowest: float
    highest: float
    count: int
    said: float
    happened: float


@dataclass(frozen=True, slots=True)
class Score:
    """brier, baseline_brier: mean square of probability less outcome (0 is perfect). skill: 1 less their ratio; above
    0 means better than the baseline. calibration_error: mean difference between said and happened, by count."""

    count: int
    events: int
    brier: float
    baseline_brier: float
    bins: tuple[Bin, ...]

    @property
    def skill(self) -> float:
        return 1.0 - self.brier / self.baseline_brier if self.baseline_brier > 0 else 0.0

    @property
    def calibration_error(self) -> float:
        return sum(each.count * abs(each.said - each.happened) for each in self.bins) / max(self.count, 1)


def split_by_time(times_ns: Integers, share: float) -> tuple[Integers, Integers]:
    """Row numbers of the first `share` of the time and of the rest; what is judged is always later."""
    if not len(times_ns) or not 0.0 < share < 1.0:
        raise AlgorithmError("nothing to split: times and a share between 0 and 1 are needed")
    border_ns = times_ns.min() + round(share * float(times_ns.max() - times_ns.min()))
    return np.flatnonzero(times_ns < border_ns), np.flatnonzero(times_ns >= border_ns)


def score(said: Floats, baseline: Floats, happened: Floats, bins: int = 10) -> Score:
    """said, baseline: probabilities; happened: 0 or 1; all float64[m]. Bins hold about the same number each, since rare
    events crowd near 0. AlgorithmError for anything that is no probability."""
    if not len(said) or not (len(said) == len(baseline) == len(happened)):
        raise AlgorithmError("nothing to judge: forecasts, baseline and outcomes of the same times are needed")
    if min(said.min(), baseline.min()) < 0.0 or max(said.max(), baseline.max()) > 1.0:
        raise AlgorithmError("a forecast is no probability: it lies outside 0 to 1")
    parts = np.array_split(np.argsort(said, kind="stable"), min(bins, len(said)))
    return Score(
        count=len(said),
        events=int(happened.sum()),
        brier=float(np.mean((said - happened) ** 2)),
        baseline_brier=float(np.mean((baseline - happened) ** 2)),
        bins=tuple(_bin(said[part], happened[part]) for part in parts if len(part)),
    )


def _bin(said: Floats, happened: Floats) -> Bin:
    return Bin(float(said.min()), float(said.max()), len(said), float(said.mean()), float(happened.mean()))
