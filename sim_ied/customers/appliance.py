"""Appliances of a household: each starts by chance, as often as its share of the household's energy demands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Appliance:
    """energy: share of the household's annual energy, standby included in 1. power_factor: lagging."""

    name: str
    power_w: float
    duration_s: float
    energy: float
    power_factor: float


STANDBY_ENERGY = 0.12
"""Share of what is always on."""
STANDBY_POWER_FACTOR = 0.7

APPLIANCES = (
    Appliance("refrigerator", 110, 900, 0.14, 0.75),
    Appliance("cooker", 1900, 1500, 0.14, 1.0),
    Appliance("kettle", 2000, 180, 0.06, 1.0),
    Appliance("washing machine", 600, 5400, 0.09, 0.85),
    Appliance("dishwasher", 750, 5400, 0.09, 0.95),
    Appliance("dryer", 1500, 4500, 0.09, 0.95),
    Appliance("television", 110, 9000, 0.12, 0.9),
    Appliance("lighting", 60, 7200, 0.10, 0.95),
    Appliance("vacuum cleaner", 800, 1200, 0.05, 0.9),
)
