"""Net consumption of all groups for the next hours, with the spread of such forecasts in the past, from own history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

import numpy as np

from models.errors import AlgorithmError
from substation.forecast.weekly_profile import SLOT_NS, SLOTS_PER_DAY, WeeklyProfile, learn, slot_of
from substation.grid.arrays import Floats, Integers

MOST_SLOTS = 6 * 7 * SLOTS_PER_DAY
"""Quarter hours that are kept: six weeks."""

Record = tuple[int, tuple[int, ...]]
"""Number of the quarter hour since 1970, net consumption of every group at its beginning in W."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """mean_w, deviation_w: float64[leads, groups]. correlation: float64[groups, groups], of the errors."""

    mean_w: Floats
    deviation_w: Floats
    correlation: Floats


def recorded(history: tuple[Record, ...], slot: int, powers_w: Floats) -> tuple[Record, ...]:
    """The first reading of a quarter hour stands for it."""
    if history and history[-1][0] >= slot:
        return history
    return (*history, (slot, tuple(round(float(each)) for each in powers_w)))[-MOST_SLOTS:]


def forecast(history: Sequence[Record], now_ns: int, powers_w: Floats, leads: int) -> Forecast:
    """AlgorithmError before two weeks of quarter hours are known."""
    if not history:
        raise AlgorithmError("nothing is known of the past; two weeks of quarter hours are needed")
    times_ns = np.array([slot for slot, _ in history], dtype=np.int64) * SLOT_NS
    past_w = np.array([powers for _, powers in history], dtype=np.float64)
    profiles = [learn(times_ns, past_w[:, number], UTC, leads) for number in range(len(powers_w))]
    told = [profile.forecast(now_ns, float(powers_w[number])) for number, profile in enumerate(profiles)]
    mean_w, deviation_w = (np.stack([each[part] for each in told], axis=1) for part in (0, 1))
    return Forecast(mean_w, deviation_w, _correlation(times_ns, past_w, profiles))


def _correlation(times_ns: Integers, past_w: Floats, profiles: Sequence[WeeklyProfile]) -> Floats:
    """Of what the profiles miss at the same time: weather moves all groups together."""
    slots = np.array([slot_of(int(each), UTC) for each in times_ns], dtype=np.int64)
    residual = past_w - np.stack([profile.expected[slots] for profile in profiles], axis=1)
    residual = residual - residual.mean(axis=0)
    spread = np.sqrt((residual**2).mean(axis=0))
    unit = np.divide(residual, spread, out=np.zeros_like(residual), where=spread > 0)
    found: Floats = unit.T @ unit / len(unit)
    np.fill_diagonal(found, 1.0)
    return found
