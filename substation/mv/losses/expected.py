"""What the losses were to be at this time of the week, by the unit's own history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

import numpy as np

from models.errors import AlgorithmError
from substation.forecast.weekly_profile import SLOT_NS, SLOTS_PER_DAY, learn

MOST_SLOTS = 8 * 7 * SLOTS_PER_DAY
"""Quarter hours that are kept: eight weeks."""

Record = tuple[int, int, int]
"""Number of the quarter hour since 1970, losses and net consumption at its beginning in W."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """For one quarter hour, in W. deviation_w: of forecasts of the losses a day ahead that were made in the past."""

    slot: int
    loss_w: float
    deviation_w: float
    load_w: float


def recorded(history: tuple[Record, ...], slot: int, loss_w: float, load_w: float) -> tuple[Record, ...]:
    """The first calculation of a quarter hour stands for it."""
    if history and history[-1][0] >= slot:
        return history
    return (*history, (slot, round(loss_w), round(load_w)))[-MOST_SLOTS:]


def expectation(history: Sequence[Record], slot: int) -> Expectation | None:
    """None before two weeks of quarter hours are known. The quarter hour itself is not learned from."""
    past = [each for each in history if each[0] < slot]
    if not past:
        return None
    times_ns, loss_w, load_w = np.array(past, dtype=np.int64).T
    try:
        losses = learn(times_ns * SLOT_NS, loss_w.astype(np.float64), UTC, SLOTS_PER_DAY)
        load = learn(times_ns * SLOT_NS, load_w.astype(np.float64), UTC, 1)
    except AlgorithmError:
        return None
    now_ns = slot * SLOT_NS
    return Expectation(slot, losses.at(now_ns), float(losses.deviation[-1]), load.at(now_ns))
