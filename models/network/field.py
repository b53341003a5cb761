"""One value of `network.json` to the type its field declares; nothing is guessed, no text becomes a number."""

from __future__ import annotations

import math
from collections.abc import Callable

from models.errors import ConfigError
from models.network.elements import Neutral, SettingGroup, SwitchKind
from models.network.located import Located
from models.network.unstated import NUMBERS, unstated


def convert(declared: str, values: Located, key: str, file: str, what: str, stated: bool = True) -> object:
    """The value at `key` as the declared type (annotation text). Raises ConfigError naming what is expected.

    stated: every number is; else null stands for one that no file states.
    """
    if not stated and values[key] is None and declared in NUMBERS:
        return unstated(declared, key, str(values.get("id", what)))
    read, expected = _READERS[declared]
    try:
        return read(values[key])
    except ValueError:
        line = values.key_lines[key]
        raise ConfigError(file, line, f"'{key}' of {what} is {values[key]!r}", f"write {expected}") from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError
    return float(value)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _number_or_nothing(value: object) -> float | None:
    return None if value is None else _number(value)


def _path(value: object) -> tuple[tuple[float, float], ...]:
    if not isinstance(value, list) or not all(isinstance(point, list) and len(point) == 2 for point in value):
        raise ValueError
    return tuple((_number(longitude), _number(latitude)) for longitude, latitude in value)


def _settings(value: object) -> tuple[SettingGroup, ...]:
    """Groups are numbered once each, from 1; a pickup is a current above 0."""
    if not isinstance(value, list) or not all(isinstance(each, Located) for each in value):
        raise ValueError
    if any(set(each) != {"group", "pickup_a"} for each in value):
        raise ValueError
    groups = tuple(SettingGroup(_whole(each["group"]), _number(each["pickup_a"])) for each in value)
    numbers = {each.group for each in groups}
    if len(numbers) < len(groups) or any(each.group < 1 or each.pickup_a <= 0 for each in groups):
        raise ValueError
    return groups


_READERS: dict[str, tuple[Callable[[object], object], str]] = {
    "str": (_text, "a text in quotes"),
    "float": (_number, "a number"),
    "int": (_whole, "a whole number"),
    "bool": (_truth, "true or false"),
    "float | None": (_number_or_nothing, "a number, or leave it out"),
    "tuple[tuple[float, float], ...]": (_path, "a list of [longitude, latitude]"),
    "tuple[SettingGroup, ...]": (_settings, 'a list of {"group": 1, "pickup_a": 500.0}, each group once'),
    "Neutral": (Neutral, "one of: " + ", ".join(kind.value for kind in Neutral)),
    "SwitchKind": (SwitchKind, "one of: " + ", ".join(kind.value for kind in SwitchKind)),
}
"""Annotation of a field in models.network.elements to its reader and what the remedy asks for."""
