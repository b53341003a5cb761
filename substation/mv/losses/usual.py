"""What each asset usually loses by the load of the grid: losses by current grow with its square, in the usual state.

An asset beyond that carries more of the load than it does otherwise: another switching state, a feeder that takes over.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from substation.application import Plain
from substation.forecast.weekly_profile import SLOTS_PER_DAY
from substation.grid.arrays import Booleans, Floats

LEARNED_SLOTS = 14 * SLOTS_PER_DAY
"""Quarter hours from which on something is expected; what is older counts less and less."""
LEAST_W = 50.0
"""An asset that loses less beyond its expectation is not above it."""


@dataclass(frozen=True, slots=True)
class Usual:
    """slot: the newest quarter hour learned from. count: how many, at most LEARNED_SLOTS. mean, variance: by asset, of
    its losses by current over the square of the load of the grid, in 1/W."""

    slot: int = 0
    count: int = 0
    mean: tuple[float, ...] = ()
    variance: tuple[float, ...] = ()


def learned(usual: Usual, slot: int, loss_w: Floats, load_w: float) -> Usual:
    """loss_w: float64[assets], by current. Once for each quarter hour; other assets than before begin anew."""
    if usual.slot >= slot or load_w <= 0.0:
        return usual
    now = np.asarray(loss_w / load_w**2, dtype=np.float64)
    if len(usual.mean) != len(now):
        return Usual(slot, 1, tuple(now.tolist()), (0.0,) * len(now))
    count, mean = min(usual.count + 1, LEARNED_SLOTS), np.array(usual.mean)
    apart = now - mean
    mean = mean + apart / count
    variance = (1.0 - 1.0 / count) * (np.array(usual.variance) + apart**2 / count)
    return Usual(slot, count, tuple(mean.tolist()), tuple(variance.tolist()))


@dataclass(frozen=True, slots=True)
class AssetBound:
    """float64[assets], W: losses by current that are usual with this load, and from which on they are above it."""

    expected_w: Floats
    bound_w: Floats

    def above(self, loss_w: Floats) -> Booleans:
        return np.asarray(loss_w > self.bound_w, dtype=np.bool_)


def asset_bound(usual: Usual, assets: int, load_w: float, share: float, deviations: float) -> AssetBound | None:
    """share, deviations: the greater of both margins holds. None before two weeks are known."""
    if usual.count < LEARNED_SLOTS or len(usual.mean) != assets or load_w <= 0.0:
        return None
    expected_w = np.array(usual.mean) * load_w**2
    deviation_w = np.sqrt(np.maximum(np.array(usual.variance), 0.0)) * load_w**2
    margin_w = np.maximum(np.maximum(share * expected_w, deviations * deviation_w), LEAST_W)
    return AssetBound(expected_w, expected_w + margin_w)


def dump_usual(usual: Usual) -> Plain:
    return {"slot": usual.slot, "count": usual.count, "mean": list(usual.mean), "variance": list(usual.variance)}


def load_usual(plain: Plain) -> Usual:
    """Nothing from before it was kept; ValueError for what is not readable."""
    if plain is None:
        return Usual()
    if not isinstance(plain, dict):
        raise ValueError("the stored losses of assets are not readable")
    slot, count = plain.get("slot"), plain.get("count")
    mean, variance = _numbers(plain.get("mean")), _numbers(plain.get("variance"))
    if not isinstance(slot, int) or not isinstance(count, int) or len(mean) != len(variance):
        raise ValueError("the stored losses of assets are not readable")
    return Usual(slot, count, mean, variance)


def _numbers(plain: Plain) -> tuple[float, ...]:
    if not isinstance(plain, list):
        raise ValueError("the stored losses of assets are no list")
    return tuple(float(each) for each in plain if isinstance(each, int | float))
