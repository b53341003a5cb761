"""Disturbances that logical nodes know beyond those of a simulated site: kind to the keys that it takes."""

from __future__ import annotations

from collections.abc import Callable

from models.config import Table
from sim_ied.nodes.change import Argument, Overcurrent
from sim_ied.nodes.enumerations import HEALTH
from sim_ied.nodes.spot import PHASES

_GAS = ("ok", "alarm", "lock-out")
_MOST_A = 1e6
_KEYS_OF_VALUE = {"kind": None, "s": None, "target": None, "value": None}.keys()


def _overcurrent(table: Table) -> Argument:
    current_a = table.take("current_a", float)
    if not 0 < current_a <= _MOST_A:
        raise table.error("current_a", f"'current_a' is {current_a:g}", "write amperes, above 0 and at most 1000000")
    earth, permanent = table.take("earth", bool, False), table.take("permanent", bool, True)
    return Overcurrent(current_a, _phases(table), earth, permanent)


def _phases(table: Table) -> str:
    phases = table.take("phases", str, PHASES)
    if not phases or set(phases) - set(PHASES):
        raise table.error("phases", f"'phases' is '{phases}'", f"write some of {PHASES}")
    return "".join(sorted(set(phases)))


def _pickup(table: Table) -> Argument:
    on, phases = table.take("on", bool, True), _phases(table)
    return phases if on else False


def _choice(key: str, choices: tuple[str, ...]) -> Callable[[Table], Argument]:
    def read(table: Table) -> Argument:
        value = table.take(key, str)
        if value not in choices:
            raise table.error(key, f"'{key}' is '{value}'", f"choose from {', '.join(choices)}")
        return value

    return read


def _number(key: str) -> Callable[[Table], Argument]:
    return lambda table: table.take(key, float)


def _value(table: Table) -> Argument:
    """Of any plain type; without it the node has its value to itself again."""
    if "value" not in table:
        return None
    found = table.scalars()
    if strange := sorted(set(found) - _KEYS_OF_VALUE):
        raise table.error(strange[0], f"unknown key '{strange[0]}'", f"known keys here: {', '.join(_KEYS_OF_VALUE)}")
    return found["value"]


def _nothing(table: Table) -> Argument:
    return None


READERS: dict[str, Callable[[Table], Argument]] = {
    "over-current": _overcurrent,
    "clear": _nothing,
    "health": _choice("state", tuple(HEALTH)),
    "gas": _choice("state", _GAS),
    "pickup": _pickup,
    "trip": _nothing,
    "value": _value,
    "voltage": _number("shift_v"),
    "difference voltage": _number("volts"),
    "difference frequency": _number("hertz"),
    "difference angle": _number("degrees"),
    "silent": _nothing,
    "heard": _nothing,
}
"""Kind to how its keys become an argument; 'target' is taken by all."""
