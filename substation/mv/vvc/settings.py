"""`[vvc]` of unit.toml."""

from __future__ import annotations

from dataclasses import dataclass

from models.config import Table
from substation.image import Mode

MODES = {"off": Mode.DISABLED, "advisory": Mode.MANUAL, "automatic": Mode.AUTOMATIC}
"""What people write, and what it is: proposals alone are for people to carry out."""


@dataclass(frozen=True, slots=True)
class VvcSettings:
    """mode: of the first start. period_s: between two schedules; look_s: how often the regulators are watched.

    horizon_s: how far ahead loads are forecast. least_saving_w: mean losses over the horizon that a set-point has to
    save. step_wh: losses that the wear of one tap step is worth. dead_band_pu: a smaller change of the set-point is
    none. voltage_reserve_pu: so far inside its limits the voltage is kept. undervoltage_pu: below it nothing is done.
    reverse_pu: power towards the higher voltage, of the transformer's rating, from which nothing is done.
    assumed_share: share of the load, by rated peak, that may be unknown. steps_per_hour, reversals_per_hour: more steps
    of a tap changer, or changes of their direction, are hunting. set_points_per_hour: more are not sent.
    follow_s: how long the regulator may take until its taps stand where the set-point wants them.
    bank_step_wh: losses that the wear of one switching of a capacitor step is worth; bank_switchings_per_day: more of
    one bank are not asked for. direct_taps: taps are moved where the regulator is off automatic; its set-point is given
    again every renew_s meanwhile, so that a regulator that hears nothing takes over with it. reactive_power: converters
    are asked for it, the most_converters largest of them, up to power_factor at their rating.
    """

    mode: Mode = Mode.DISABLED
    period_s: float = 300.0
    look_s: float = 10.0
    horizon_s: float = 14_400.0
    least_saving_w: float = 1000.0
    step_wh: float = 500.0
    dead_band_pu: float = 0.005
    voltage_reserve_pu: float = 0.04
    undervoltage_pu: float = 0.85
    reverse_pu: float = 0.02
    assumed_share: float = 0.1
    steps_per_hour: int = 12
    reversals_per_hour: int = 4
    set_points_per_hour: int = 4
    follow_s: float = 300.0
    bank_step_wh: float = 2000.0
    bank_switchings_per_day: int = 6
    direct_taps: bool = False
    renew_s: float = 60.0
    reactive_power: bool = False
    most_converters: int = 16
    power_factor: float = 0.95


_RANGES = {
    "period_s": (10.0, 86_400.0),
    "look_s": (1.0, 600.0),
    "horizon_s": (900.0, 28_800.0),
    "least_saving_w": (0.0, 1e9),
    "step_wh": (0.0, 1e6),
    "dead_band_pu": (0.0, 0.05),
    "voltage_reserve_pu": (0.0, 0.09),
    "undervoltage_pu": (0.5, 1.0),
    "reverse_pu": (0.0, 1.0),
    "assumed_share": (0.0, 1.0),
    "follow_s": (10.0, 3600.0),
    "bank_step_wh": (0.0, 1e6),
    "renew_s": (5.0, 3600.0),
    "power_factor": (0.8, 1.0),
}
_COUNTS = {
    "steps_per_hour": (2, 100),
    "reversals_per_hour": (2, 100),
    "set_points_per_hour": (1, 100),
    "bank_switchings_per_day": (1, 100),
    "most_converters": (1, 200),
}
_SWITCHES = ("direct_taps", "reactive_power")


def read_vvc(table: Table) -> VvcSettings:
    """ConfigError for what is unknown or out of range."""
    usual = VvcSettings()
    mode = table.take("mode", str, "off")
    if mode not in MODES:
        raise table.error("mode", f"'mode' is '{mode}'", f"write {', '.join(MODES)}")
    numbers = {key: _within(table, key, *limits, getattr(usual, key)) for key, limits in _RANGES.items()}
    counts = {key: _count(table, key, *limits, getattr(usual, key)) for key, limits in _COUNTS.items()}
    switches = {key: table.take(key, bool, False) for key in _SWITCHES}
    table.done()
    return VvcSettings(MODES[mode], **numbers, **counts, **switches)  # type: ignore[arg-type]


def _within(table: Table, key: str, low: float, high: float, default: float) -> float:
    value = table.take(key, float, default)
    if not low <= value <= high:
        raise table.error(key, f"'{key}' is {value:g}", f"write a number from {low:g} to {high:g}")
    return value


def _count(table: Table, key: str, low: int, high: int, default: int) -> int:
    value = table.take(key, int, default)
    if not low <= value <= high:
        raise table.error(key, f"'{key}' is {value}", f"write a whole number from {low} to {high}")
    return value
