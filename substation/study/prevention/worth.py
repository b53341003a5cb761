"""What forecasts of faults are worth on times after those that were learned from, beside two baselines.

Climatology: how often each kind fails, learned from the same times. Persistence: as often as after a window with or
without a fault at the same place. A model is said to have skill only where it is better than climatology by its
logarithmic score (Good, 1952) with 95 % confidence, over blocks of a week, and by its Brier score too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from substation.forecast.hazard.model import Floats
from substation.forecast.score import Score, score

BLOCK_HOURS = 168
ONE_SIDED_95 = 1.6449
_SMALLEST = 1e-12


@dataclass(frozen=True, slots=True)
class Worth:
    """score: Brier of the model beside climatology, with the table of reliability. persistence_brier: of persistence.
    gain: nats per forecast that happened, over climatology; gain_low: its lower 95 % bound."""

    lead_h: int
    score: Score
    persistence_brier: float
    gain: float
    gain_low: float

    @property
    def has_skill(self) -> bool:
        return self.gain_low > 0.0 and self.score.skill > 0.0


def worth(lead_h: int, rows: Floats, said: Floats, climate: Floats, lasting: Floats, happened: Floats) -> Worth:
    """rows: float64[w], hours of issue; the others float64[n, w]."""
    judged = score(said.ravel(), climate.ravel(), happened.ravel())
    differences = (_log_score(said, happened) - _log_score(climate, happened)).sum(axis=0)
    blocks = np.unique(rows // BLOCK_HOURS, return_inverse=True)[1]
    sums = np.bincount(blocks, weights=differences)
    total = float(sums.sum())
    error = float(np.sqrt(len(sums) / max(len(sums) - 1, 1) * ((sums - sums.mean()) ** 2).sum()))
    events = max(1.0, float(happened.sum()))
    brier = float(np.mean((lasting - happened) ** 2))
    return Worth(lead_h, judged, brier, total / events, (total - ONE_SIDED_95 * error) / events)


def persistence(happened: Floats, before: Floats, learned: slice) -> Floats:
    """float64[n, w]: how often, in the learned windows, one with a fault followed one with, or one without."""
    early, earlier = happened[:, learned], before[:, learned]
    after = [_share(early[earlier == state]) for state in (0.0, 1.0)]
    return np.where(before > 0, after[1], after[0])


def _share(happened: Floats) -> float:
    return float((happened.sum() + 0.5) / (len(happened) + 1.0))


def _log_score(said: Floats, happened: Floats) -> Floats:
    bounded = np.clip(said, _SMALLEST, 1.0 - _SMALLEST)
    found: Floats = happened * np.log(bounded) + (1.0 - happened) * np.log1p(-bounded)
    return found
