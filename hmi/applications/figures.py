"""Numbers of the applications in words: powers, voltages, shares; and names and values that nobody has named here."""

from __future__ import annotations

from collections.abc import Callable

from hmi.words import moment_text

UNKNOWN = "-"
_MOST = 6
"""Items of a list that are spelt out."""


def kilowatts(power_w: float | None, signed: bool = False, decimals: int = 1) -> str:
    """`1,234.5 kW`; losses differ by tenths."""
    sign = "+" if signed else ""
    return UNKNOWN if power_w is None else f"{power_w / 1e3:{sign},.{decimals}f} kW"


def kilovars(power_var: float | None) -> str:
    return UNKNOWN if power_var is None else f"{power_var / 1e3:,.1f} kvar"


def kilovolts(voltage_v: float | None) -> str:
    return UNKNOWN if voltage_v is None else f"{voltage_v / 1e3:.2f} kV"


def per_unit(voltage_pu: float | None, signed: bool = False) -> str:
    sign = "+" if signed else ""
    return UNKNOWN if voltage_pu is None else f"{voltage_pu:{sign}.4f} p.u."


def percent(share: float | None) -> str:
    """Never rounded to certainty: `>99.9 %`, `<0.1 %`."""
    if share is None:
        return UNKNOWN
    if 0.0 < share < 0.001:
        return "<0.1 %"
    if 0.999 < share < 1.0:
        return ">99.9 %"
    return f"{share * 100:.1f} %" if share < 0.1 else f"{share * 100:.0f} %"


def amperes(current_a: float | None) -> str:
    return UNKNOWN if current_a is None else f"{current_a:,.1f} A"


def seconds(duration_s: float) -> str:
    return f"{duration_s:g} s"


_UNITS: dict[str, Callable[[float], str]] = {
    "_w": kilowatts,
    "_var": kilovars,
    "_v": kilovolts,
    "_pu": per_unit,
    "_a": amperes,
    "_s": seconds,
    "_share": percent,
}
"""By how a key ends: every number on the data interface has its unit in its name."""


def key_words(key: str) -> str:
    """`expected_w` as `expected`."""
    for ending in (*_UNITS, "_ns"):
        if key.endswith(ending):
            key = key.removesuffix(ending)
            break
    return key.replace("_", " ")


def value_words(key: str, value: object) -> str:
    """Of something that has no place of its own on a page."""
    if value is None or value == "" or value == [] or value == {}:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number_words(key, value)
    if isinstance(value, list):
        more = f" and {len(value) - _MOST} more" if len(value) > _MOST else ""
        return "; ".join(value_words(key, each) for each in value[:_MOST]) + more
    if isinstance(value, dict):
        return ", ".join(f"{key_words(name)} {value_words(name, each)}" for name, each in list(value.items())[:_MOST])
    return str(value)


def _number_words(key: str, value: float) -> str:
    if key.endswith("_ns"):
        return f"{moment_text(int(value))} UTC" if value > 0 else UNKNOWN
    words = next((words for ending, words in _UNITS.items() if key.endswith(ending)), None)
    return words(value) if words else f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
