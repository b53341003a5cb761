"""What FDIR plans with, from all of unit.toml that concerns it."""

from __future__ import annotations

from dataclasses import replace

from substation.config import UnitConfig
from substation.mv.settings import FdirSettings


def fdir_settings(config: UnitConfig) -> FdirSettings:
    """Short-term overloads and cold load are those of the gate."""
    healing, rules = config.self_healing, config.rules
    overloads = {each.asset: each.loading_pu for each in rules.overloads.values()}
    return FdirSettings(
        voltage_reserve_pu=healing.voltage_reserve_pu,
        loading_reserve_pu=healing.loading_reserve_pu,
        late_s=healing.late_s,
        certainty=healing.certainty,
        doubtful_indicators=healing.doubtful_indicators,
        preferences=replace(healing.preferences, overloads=overloads),
        crew_orders=healing.crew_orders,
        cold_load_pu=rules.restoring.cold_load_pu,
    )
