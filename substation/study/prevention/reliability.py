"""The reliability diagram in figures, with what chance alone allows (consistency bars: Broecker and Smith, 2007)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from substation.forecast.score import Bin, Score

SIDE_95 = 1.96


@dataclass(frozen=True, slots=True)
class Point:
    """Forecasts from lowest to highest; said: their mean; happened: share of them that came true; low, high: where that
    share lies with 95 % if the forecasts are right."""

    lowest: float
    highest: float
    count: int
    said: float
    happened: float
    low: float
    high: float


def reliability(score: Score) -> tuple[Point, ...]:
    return tuple(_point(each) for each in score.bins)


def calibrated(score: Score) -> bool:
    """Every point lies within what chance allows, of forecasts that are right; of twenty one may lie outside."""
    outside = sum(not each.low <= each.happened <= each.high for each in reliability(score))
    return outside <= max(1, len(score.bins) // 20)


def _point(of: Bin) -> Point:
    reach = SIDE_95 * math.sqrt(max(of.said * (1.0 - of.said), 0.0) / of.count) + 0.5 / of.count
    return Point(
        of.lowest, of.highest, of.count, of.said, of.happened, max(0.0, of.said - reach), min(1.0, of.said + reach)
    )
