"""Settings of fault location, isolation and restoration (FDIR)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from models.network.elements import Limits
from substation.mv.preferences import Preferences


class Times(Protocol):
    """What `unit.toml` says. evidence_window_s: from the final trip until indications count as complete (S9).

    travel_s: longest time a switch takes from command or trip to its position.
    """

    @property
    def evidence_window_s(self) -> float: ...

    @property
    def travel_s(self) -> float: ...


@dataclass(frozen=True, slots=True)
class FdirSettings:
    """What rarely changes.

    trip_report_s: how long a trip may be reported after its breaker has opened. reclosing_start_s: how long a recloser
    that is ready may take to begin its cycle. linger_s: how long an ended case stays listed. record_period_s: distance
    of two recordings of loads. old_load_s: a load that was last read longer before the fault counts as its rated peak.
    assumed_share: share of the interrupted load (by rated peak) that may be assumed so; beyond it is doubt.
    flag_tolerance_s: how much earlier than the pickup an indication of the same fault may be tagged (clocks of RTUs).
    preferences: of restoration. most_candidates: budget of its search. voltage_reserve_pu, loading_reserve_pu: a
    plan stays that far inside the limits. certainty: least probability that the fault lies in what is isolated.
    doubtful_indicators: so many devices may contradict the others, or second faults stand beside the first, for
    automation still to act, on all that then has to be enclosed; 0: one that contradicts or cannot be read is doubt.
    late_s: by station, how late it tells what has happened. crew_orders: whether orders of crews are proposed.
    cold_load_pu: load that comes back after a long outage, as a multiple of the load before (S11).
    """

    trip_report_s: float = 2.0
    reclosing_start_s: float = 2.0
    linger_s: float = 300.0
    record_period_s: float = 1.0
    old_load_s: float = 900.0
    assumed_share: float = 0.2
    flag_tolerance_s: float = 1.0
    preferences: Preferences = Preferences()
    most_candidates: int = 200_000
    voltage_reserve_pu: float = 0.0
    loading_reserve_pu: float = 0.0
    certainty: float = 0.95
    doubtful_indicators: int = 0

    late_s: Mapping[str, float] = field(default_factory=dict)
    crew_orders: bool = True
    cold_load_pu: float = 1.2

    def tightened(self, limits: Limits) -> Limits:
        """What a plan keeps, so that the order still passes the gate when loads have moved on meanwhile."""
        return Limits(
            voltage_min_pu=limits.voltage_min_pu + self.voltage_reserve_pu,
            voltage_max_pu=limits.voltage_max_pu - self.voltage_reserve_pu,
            line_loading_pu=limits.line_loading_pu - self.loading_reserve_pu,
            transformer_loading_pu=limits.transformer_loading_pu - self.loading_reserve_pu,
        )
