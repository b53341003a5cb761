"""What planning data do not say and a node-breaker network must know. Every value here is ours, not the data's."""

from __future__ import annotations

from dataclasses import dataclass

from models.network.elements import Limits, Neutral


@dataclass(frozen=True, slots=True)
class Assumptions:
    """The neutral treatment has no default (SAFETY S10); the rest are usual values of European 10-20 kV grids.

    primary: name of the primary substations, numbered from 1. short_circuit_power_va, rx_ratio: of the upstream network
    (IEC 60909) where the data have none. reconnection_time_s: EN 50549-1 and VDE-AR-N 4105 ask for 60 s.
    customer_power_w: installed power that stands for one customer behind a utility's station.
    critical_share: share of the utility's stations, and of the MV customers, that count one critical customer.
    """

    primary: str
    neutral: Neutral
    limits: Limits = Limits(0.90, 1.10, 1.0, 1.0)
    short_circuit_power_va: float = 2e9
    rx_ratio: float = 0.1
    reconnection_time_s: float = 60.0
    customer_power_w: float = 2500.0
    critical_share: float = 0.05
    critical_share_of_mv_customers: float = 0.34
    switch_rated_current_a: float = 630.0
    breaker_rated_current_a: float = 1250.0
    breaker_breaking_current_a: float = 25_000.0
