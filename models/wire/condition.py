"""Conditions of queries and events: what a condition means. How it is written: models.wire.condition_grammar.

A comparison of things that cannot be compared (a text with a number, a missing field) does not hold; `!=` then does.
Validity is compared by its name (`quality == good`), single quality bits by `quality.old_data` and the like.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from models.quality import Quality
from models.wire.cbor import WireValue
from models.wire.glob import matches
from models.wire.instance import Instance

VALIDITY: Mapping[int, str] = {0: "good", 1: "invalid", 2: "reserved", 3: "questionable"}
FLAGS: Mapping[str, int] = {
    flag.name.lower(): int(flag) for flag in Quality if flag.name is not None and int(flag) > Quality.QUESTIONABLE
}
FIELDS = ("value", "quality", "time", "location", "variable", "owner")

_ORDERED: Mapping[str, Callable[..., bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class TimeRange(NamedTuple):
    """Closed interval of UTC ns; None: open. It may be wider than the condition, never narrower."""

    from_ns: int | None = None
    to_ns: int | None = None


ALWAYS = TimeRange()


@dataclass(frozen=True, slots=True)
class Literal:
    value: WireValue

    def of(self, instance: Instance) -> WireValue:
        return self.value


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the instance; path: keys inside a value that is a map, or one quality bit."""

    name: str
    path: tuple[str, ...] = ()

    def of(self, instance: Instance) -> WireValue:
        match self.name:
            case "quality":
                return _quality(instance.quality, self.path)
            case "value":
                return _inside(instance.value, self.path)
            case "time":
                return instance.time_ns
        return str(getattr(instance, self.name))


@dataclass(frozen=True, slots=True)
class Comparison:
    left: Literal | Field
    sign: str
    right: Literal | Field

    def holds(self, instance: Instance) -> bool:
        left, right = self.left.of(instance), self.right.of(instance)
        if self.sign == "like":
            return isinstance(left, str) and isinstance(right, str) and matches(right, left)
        kind = _kind(left)
        if kind is None or kind is not _kind(right) or (kind is bool and self.sign not in ("==", "!=")):
            return self.sign == "!="
        return _ORDERED[self.sign](left, right)

    def time_range(self) -> TimeRange:
        if self.left != Field("time") or not isinstance(self.right, Literal):
            return ALWAYS
        bound = self.right.value
        if not isinstance(bound, int) or self.sign not in _RANGES:
            return ALWAYS
        return _RANGES[self.sign](bound)


@dataclass(frozen=True, slots=True)
class Truth:
    """A field that is true by itself: `quality.test`, `value.open`."""

    field: Field

    def holds(self, instance: Instance) -> bool:
        return self.field.of(instance) is True

    def time_range(self) -> TimeRange:
        return ALWAYS


@dataclass(frozen=True, slots=True)
class Not:
    term: Term

    def holds(self, instance: Instance) -> bool:
        return not self.term.holds(instance)

    def time_range(self) -> TimeRange:
        return ALWAYS


@dataclass(frozen=True, slots=True)
class And:
    terms: tuple[Term, ...]

    def holds(self, instance: Instance) -> bool:
        return all(term.holds(instance) for term in self.terms)

    def time_range(self) -> TimeRange:
        ranges = [term.time_range() for term in self.terms]
        starts = [start for start, _ in ranges if start is not None]
        ends = [end for _, end in ranges if end is not None]
        return TimeRange(max(starts, default=None), min(ends, default=None))


@dataclass(frozen=True, slots=True)
class Or:
    terms: tuple[Term, ...]

    def holds(self, instance: Instance) -> bool:
        return any(term.holds(instance) for term in self.terms)

    def time_range(self) -> TimeRange:
        ranges = [term.time_range() for term in self.terms]
        starts = [start for start, _ in ranges if start is not None]
        ends = [end for _, end in ranges if end is not None]
        whole = len(ranges)
        return TimeRange(
            min(starts) if len(starts) == whole else None,
            max(ends) if len(ends) == whole else None,
        )


Term = Comparison | Truth | Not | And | Or

_RANGES: Mapping[str, Callable[[int], TimeRange]] = {
    "==": lambda bound: TimeRange(bound, bound),
    "<": lambda bound: TimeRange(None, bound - 1),
    "<=": lambda bound: TimeRange(None, bound),
    ">": lambda bound: TimeRange(bound + 1, None),
    ">=": lambda bound: TimeRange(bound, None),
}


def _kind(value: WireValue) -> type | None:
    """What can be compared with what: integers and floats are one kind, true and false another; None with nothing."""
    if isinstance(value, bool):
        return bool
    if isinstance(value, (int, float)):
        return float
    return type(value) if isinstance(value, (str, bytes)) else None


def _quality(quality: int, path: tuple[str, ...]) -> WireValue:
    return bool(quality & FLAGS[path[0]]) if path else VALIDITY[quality & 3]


def _inside(value: WireValue, path: tuple[str, ...]) -> WireValue:
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value
