"""Limits to plan with: a reserve is kept, since a plan is made with readings that have dead bands and grow old.

Without it the gate, which asks again before each close with the readings of that moment, would refuse the last steps of
the best plans (SAFETY S16), and what was planned would stay dark.
"""

from __future__ import annotations

from dataclasses import replace

from models.network.elements import Limits, Network
from substation.mv.settings import FdirSettings


def with_reserve(network: Network, settings: FdirSettings) -> Network:
    """The same network with narrower limits."""
    limits = network.limits
    share = 1.0 - settings.loading_reserve
    return replace(
        network,
        limits=Limits(
            voltage_min_pu=limits.voltage_min_pu + settings.voltage_reserve_pu,
            voltage_max_pu=limits.voltage_max_pu - settings.voltage_reserve_pu,
            line_loading_pu=limits.line_loading_pu * share,
            transformer_loading_pu=limits.transformer_loading_pu * share,
        ),
    )
