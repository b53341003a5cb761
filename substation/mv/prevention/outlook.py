"""Loading of every line and transformer in the hours ahead: power flow at the mean, errors propagated to first order.

Each group's error moves the loading by its own slope (one sweep per group and quarter hour); the variances add up with
the correlation of the errors, and the probability is that of a normal distribution. Within a group all loads move
together, in the present switching state.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from substation.grid.arrays import Complexes, Floats
from substation.grid.sweep import solve
from substation.grid.topology import Topology
from substation.mv.present_flow import PresentFlow
from substation.mv.prevention.forecast import Forecast
from substation.mv.prevention.groups import Groups

_LEAST_STEP_W = 1000.0
_erfc = np.vectorize(math.erfc, otypes=[np.float64])


@dataclass(frozen=True, slots=True)
class Outlook:
    """float64[leads, lines + transformers], p.u. of the rating; limit_pu: float64[lines + transformers]."""

    mean_pu: Floats
    deviation_pu: Floats
    limit_pu: Floats

    @property
    def probability(self) -> Floats:
        """float64[leads, assets], that the limit is exceeded."""
        return exceeding(self.mean_pu, self.deviation_pu, self.limit_pu)


def exceeding(mean: Floats, deviation: Floats, limit: Floats) -> Floats:
    """Probability that a normally distributed value lies above the limit; without spread 0 or 1."""
    distance = np.divide(limit - mean, deviation, out=np.full(mean.shape, np.inf), where=deviation > 0)
    distance = np.where((deviation <= 0) & (mean > limit), -np.inf, distance)
    return np.asarray(_erfc(distance / math.sqrt(2.0)) / 2.0, dtype=np.float64)


def outlook(topology: Topology, now: PresentFlow, load: Groups, ahead: Forecast) -> Outlook:
    """DivergedError when the loads that are expected cannot be carried."""
    present_w = load.powers_w(now.power_va)
    means, deviations = [], []
    for mean_w, deviation_w in zip(ahead.mean_w, ahead.deviation_w, strict=True):
        power_va = now.power_va + (mean_w - present_w) @ load.shares
        mean = _loading(topology, now, power_va)
        slopes = np.stack(
            [
                _slope(topology, now, power_va, mean, load.shares[number], max(float(step), _LEAST_STEP_W))
                for number, step in enumerate(deviation_w)
            ],
            axis=1,
        )
        moved = slopes * deviation_w
        means.append(mean)
        deviations.append(np.sqrt(np.maximum(np.einsum("ag,gh,ah->a", moved, ahead.correlation, moved), 0.0)))
    return Outlook(np.array(means), np.array(deviations), _limits(topology))


def _slope(
    topology: Topology, now: PresentFlow, power_va: Complexes, mean: Floats, share: Complexes, step_w: float
) -> Floats:
    """p.u. per W: towards more load, where the overloads are."""
    return np.asarray((_loading(topology, now, power_va + step_w * share) - mean) / step_w, dtype=np.float64)


def _loading(topology: Topology, now: PresentFlow, power_va: Complexes) -> Floats:
    flow = solve(topology, now.closed, power_va, now.taps)
    return np.concatenate([flow.line_loading_pu(), flow.transformer_loading_pu()])


def _limits(topology: Topology) -> Floats:
    network = topology.network
    lines = np.full(len(network.lines), network.limits.line_loading_pu)
    return np.concatenate([lines, np.full(len(network.transformers), network.limits.transformer_loading_pu)])
