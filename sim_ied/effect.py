"""Carrying out a disturbance on the world: one function per kind, found in a table."""

from __future__ import annotations

from collections.abc import Callable

from models.errors import ConfigError
from models.point import Dbpos
from sim_ied.disturbance import Disturbance
from sim_ied.earth.effects import EARTH_EFFECTS
from sim_ied.fault import Fault
from sim_ied.indicator import Indicator
from sim_ied.switchgear import Defect
from sim_ied.world import World

Effect = Callable[[World, Disturbance, int], None]


def disturb(world: World, act: Disturbance, now_ns: int) -> None:
    """Carry out one act on the process. Raises ConfigError for a target that does not exist or a kind of the faces."""
    if act.kind not in _EFFECTS:
        problem = f"'{act.kind}' means nothing to a simulated site"
        raise ConfigError(act.target, None, problem, "it concerns a device's link, or ringmain sim --scl")
    world.advance_quietly(now_ns)
    _EFFECTS[act.kind](world, act, now_ns)


def _fault(world: World, act: Disturbance, now_ns: int) -> None:
    if act.fault is not None:
        world.inject(act.fault, now_ns)


def _repair(world: World, act: Disturbance, now_ns: int) -> None:
    world.repair(act.target, now_ns)


def _defect(defect: Defect | None) -> Effect:
    def effect(world: World, act: Disturbance, now_ns: int) -> None:
        world.switchgear.set_defect(_switch(world, act), defect, now_ns)

    return effect


def _indicator(change: Callable[[Indicator, int], None]) -> Effect:
    def effect(world: World, act: Disturbance, now_ns: int) -> None:
        numbers = world.switchgear.numbers
        indicator = world.indicators.get(numbers.get(f"{act.target}/Q0", -1))
        if indicator is None:
            raise ConfigError(act.target, None, "no indicator in this bay", "name a station bay, such as ST103/K1/E01")
        change(indicator, now_ns)

    return effect


def _make_missing(indicator: Indicator, now_ns: int) -> None:
    indicator.missing = True


def _make_sound(indicator: Indicator, now_ns: int) -> None:
    indicator.missing = False


def _selector(local: bool) -> Effect:
    def effect(world: World, act: Disturbance, now_ns: int) -> None:
        bays = {name.rpartition("/")[0] for name in world.switchgear.numbers}
        if act.target not in bays | set(world.houses.stations):
            raise ConfigError(act.target, None, "no such bay or station", "name a bay or a station")
        world.switchgear.set_local(act.target, local, now_ns)

    return effect


def _by_hand(target: Dbpos) -> Effect:
    def effect(world: World, act: Disturbance, now_ns: int) -> None:
        _switch(world, act)
        world.operate_by_hand(act.target, target, now_ns)

    return effect


def _battery(low: bool) -> Effect:
    def effect(world: World, act: Disturbance, now_ns: int) -> None:
        if act.target not in world.houses.stations:
            raise ConfigError(act.target, None, "no such station", "name a station, such as ST103")
        world.houses.set_battery_low(act.target, low, now_ns)

    return effect


def _bank(failing: bool) -> Effect:
    def effect(world: World, act: Disturbance, now_ns: int) -> None:
        if act.target not in {each.id for each in world.network.capacitors}:
            raise ConfigError(act.target, None, "no such capacitor bank", "name one of the network file")
        world.capacitor_banks.set_failing(act.target, failing, now_ns)

    return effect


def _regulator(change: Callable[[World, str, int], None]) -> Effect:
    def effect(world: World, act: Disturbance, now_ns: int) -> None:
        if act.target not in world.settings.voltage_regulators:
            raise ConfigError(act.target, None, "no regulator there", "name a transformer of [voltage_regulators]")
        change(world, act.target, now_ns)

    return effect


def _generator(change: Callable[[World, int, int], None]) -> Effect:
    def effect(world: World, act: Disturbance, now_ns: int) -> None:
        ids = [each.id for each in world.network.generators]
        if act.target not in ids:
            raise ConfigError(act.target, None, "no such generator", "name one of the network file")
        change(world, ids.index(act.target), now_ns)

    return effect


def _holds(holding: bool) -> Effect:
    def change(world: World, number: int, now_ns: int) -> None:
        world.hold_island(world.network.generators[number].id, holding, now_ns)

    return _generator(change)


def _mobile(running: bool) -> Effect:
    def effect(world: World, act: Disturbance, now_ns: int) -> None:
        if act.target not in world.islands.mobile:
            raise ConfigError(act.target, None, "no such mobile generator", "add it to [mobile_generators]")
        world.hold_island(act.target, running, now_ns)

    return effect


def _earth(world: World, act: Disturbance, now_ns: int) -> None:
    world.inject(Fault(_EARTH + act.target, act.target), now_ns)


def _remove_earth(world: World, act: Disturbance, now_ns: int) -> None:
    world.repair(_EARTH + act.target, now_ns)


def _in_service(in_service: bool) -> Effect:
    def effect(world: World, act: Disturbance, now_ns: int) -> None:
        ids = [each.id for each in world.network.transformers]
        if act.target not in ids:
            raise ConfigError(act.target, None, "no such transformer", "name one of a primary substation")
        world.set_in_service(ids.index(act.target), in_service, now_ns)

    return effect


_EARTH = "temporary earth "


def _switch(world: World, act: Disturbance) -> int:
    if act.target not in world.switchgear.numbers:
        raise ConfigError(act.target, None, "no such switch", "name a switch, such as ST103/K1/E01/Q0")
    return world.switchgear.numbers[act.target]


_EFFECTS: dict[str, Effect] = {
    "fault": _fault,
    "repair": _repair,
    "stuck": _defect(Defect.STUCK),
    "does not move": _defect(Defect.DOES_NOT_MOVE),
    "says no end": _defect(Defect.SAYS_NO_END),
    "stops midway": _defect(Defect.STOPS_MIDWAY),
    "sound": _defect(None),
    "indicator missing": _indicator(_make_missing),
    "indicator forward": _indicator(lambda indicator, now_ns: indicator.set(True, now_ns)),
    "indicator reverse": _indicator(lambda indicator, now_ns: indicator.set(False, now_ns)),
    "indicator sound": _indicator(_make_sound),
    "local": _selector(True),
    "remote": _selector(False),
    "open by hand": _by_hand(Dbpos.OFF),
    "close by hand": _by_hand(Dbpos.ON),
    "battery low": _battery(True),
    "battery sound": _battery(False),
    "generator trips": _generator(lambda world, number, now_ns: world.generation.trip(number, now_ns)),
    "generator holds": _holds(True),
    "generator sound": _holds(False),
    "mobile generator on": _mobile(True),
    "mobile generator off": _mobile(False),
    "temporary earth": _earth,
    "earth removed": _remove_earth,
    **EARTH_EFFECTS,
    "bank does not move": _bank(True),
    "bank sound": _bank(False),
    "tap changer blocked": _regulator(
        lambda world, name, at_ns: world.voltage_regulators.set_blocked(name, True, at_ns)
    ),
    "tap changer sound": _regulator(
        lambda world, name, at_ns: world.voltage_regulators.set_blocked(name, False, at_ns)
    ),
    "regulator manual": _regulator(
        lambda world, name, at_ns: world.voltage_regulators.set_automatic(name, False, at_ns)
    ),
    "regulator automatic": _regulator(
        lambda world, name, at_ns: world.voltage_regulators.set_automatic(name, True, at_ns)
    ),
    "regulators apart": _regulator(lambda world, name, at_ns: world.voltage_regulators.set_apart(name, True, at_ns)),
    "regulators together": _regulator(
        lambda world, name, at_ns: world.voltage_regulators.set_apart(name, False, at_ns)
    ),
    "transformer off": _in_service(False),
    "transformer on": _in_service(True),
}
