"""Load of the next hours as a share of the present one: from its own history, else as it is now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

import numpy as np

from models.errors import AlgorithmError
from substation.forecast.weekly_profile import SLOT_NS, learn
from substation.grid.arrays import Floats

_LEAST, _MOST = 0.2, 3.0
"""A forecast beyond these shares of the present load is no ground to control on."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """shares: float64[moments], the first is now. words: where it comes from."""

    shares: Floats
    words: str


def horizon(load: Sequence[tuple[int, int]], time_ns: int, load_w: float, ahead_s: float) -> Horizon:
    """load: (quarter hour, W), oldest first."""
    leads = max(1, round(ahead_s * 1e9 / SLOT_NS))
    held = Horizon(np.ones(1 + leads), "the present load is held")
    if load_w <= 0:
        return held
    times_ns = np.array([slot * SLOT_NS for slot, _ in load], dtype=np.int64)
    try:
        profile = learn(times_ns, np.array([each for _, each in load], dtype=np.float64), UTC, leads)
    except AlgorithmError:
        return Horizon(held.shares, f"{held.words}: {len(load)} quarter hours are known, two weeks are needed")
    expected, _ = profile.forecast(time_ns, load_w)
    shares = np.clip(expected / load_w, _LEAST, _MOST)
    return Horizon(np.concatenate([[1.0], shares]), f"load forecast from {len(load)} quarter hours of its own")
