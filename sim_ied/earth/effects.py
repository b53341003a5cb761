"""What happens to devices that see earth faults: indicators that are defective or lie, protection out of service."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from models.errors import ConfigError
from sim_ied.disturbance import Disturbance
from sim_ied.earth.indicator import EarthIndicator, IndicatorDefect
from sim_ied.world import World

Effect = Callable[[World, Disturbance, int], None]


def _indicator(change: Callable[[EarthIndicator, int], None]) -> Effect:
    def effect(world: World, act: Disturbance, now_ns: int) -> None:
        found = [each for each in world.earth_faults.indicators.values() if each.bay == act.target]
        if not found:
            raise ConfigError(act.target, None, "no indicator in this bay", "name a station bay, such as ST103/K1/E01")
        change(found[0], now_ns)

    return effect


def _defect(defect: IndicatorDefect | None) -> Effect:
    def change(indicator: EarthIndicator, now_ns: int) -> None:
        indicator.defect = defect

    return _indicator(change)


def _shows(direction: int) -> Effect:
    return _indicator(lambda indicator, now_ns: indicator.set(direction, now_ns))


def _protection(in_service: bool, world: World, act: Disturbance, now_ns: int) -> None:
    found = [each for each in world.earth_faults.relays.values() if each.bay == act.target]
    if not found:
        raise ConfigError(act.target, None, "no earth-fault protection here", "name a bay of a primary substation")
    found[0].in_service = in_service


EARTH_EFFECTS: dict[str, Effect] = {
    "earth indicator missing": _defect(IndicatorDefect.MISSING),
    "earth indicator reversed": _defect(IndicatorDefect.REVERSED),
    "earth indicator sound": _defect(None),
    "earth indicator forward": _shows(1),
    "earth indicator reverse": _shows(-1),
    "earth protection off": partial(_protection, False),
    "earth protection on": partial(_protection, True),
}
