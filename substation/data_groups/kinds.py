"""What a declared variable may hold. Every kind says what is wrong with a value, and where in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from models.errors import RemoteProtocolError
from models.wire.cbor import WireValue
from models.wire.instance import policy_from_wire

QUARTERS = 96
_LARGEST = 1e30
"""Quarter-hours of a day: the length of a profile."""
MOST_IN_A_LIST = 1000


class Kind(Protocol):
    """A kind of value."""

    def problem(self, value: WireValue, name: str) -> str:
        """One line that names the field and what it takes; empty when the value is good."""

    def __str__(self) -> str:
        """For people: 'number in W', 'flag'."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number. unit: SI, `1` for ratios and counts, or money as `EUR/kWh`. low, high: both allowed.

    The bounds that hold without others leave room for sums over any number of units.
    """

    unit: str
    low: float = -_LARGEST
    high: float = _LARGEST

    def problem(self, value: WireValue, name: str) -> str:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            return f"{name} is no {self}"
        if not self.low <= value <= self.high:
            return f"{name} must lie between {self.low:g} and {self.high:g} {self.unit}"
        return ""

    def __str__(self) -> str:
        return f"number in {self.unit}"


@dataclass(frozen=True, slots=True)
class Flag:
    def problem(self, value: WireValue, name: str) -> str:
        return "" if isinstance(value, bool) else f"{name} is no {self}"

    def __str__(self) -> str:
        return "flag (true or false)"


@dataclass(frozen=True, slots=True)
class Text:
    """words: the only ones allowed; empty: any text."""

    words: tuple[str, ...] = ()
    longest: int = 500

    def problem(self, value: WireValue, name: str) -> str:
        if not isinstance(value, str) or len(value) > self.longest:
            return f"{name} is no {self}"
        return f"{name} is none of {', '.join(self.words)}" if self.words and value not in self.words else ""

    def __str__(self) -> str:
        return f"one of {', '.join(self.words)}" if self.words else f"text of at most {self.longest} characters"


@dataclass(frozen=True, slots=True)
class Listing:
    """An array of one kind. exactly: its length; None: at most MOST_IN_A_LIST."""

    of: Kind
    exactly: int | None = None

    def problem(self, value: WireValue, name: str) -> str:
        if not isinstance(value, list) or len(value) > MOST_IN_A_LIST:
            return f"{name} is no {self}"
        if self.exactly is not None and len(value) != self.exactly:
            return f"{name} has {len(value)} elements, it takes {self.exactly}"
        problems = (self.of.problem(part, f"{name}.{index}") for index, part in enumerate(value))
        return next(filter(None, problems), "")

    def __str__(self) -> str:
        return f"array of {self.exactly if self.exactly is not None else 'at most ' + str(MOST_IN_A_LIST)} x {self.of}"


def profile(unit: str) -> Listing:
    """One number for each quarter-hour of a day, from midnight UTC."""
    return Listing(Number(unit), QUARTERS)


@dataclass(frozen=True, slots=True)
class Record:
    """A map with declared fields. optional: names of those that may be left out; no other key is taken."""

    fields: Mapping[str, Kind]
    optional: frozenset[str] = field(default_factory=frozenset)

    def problem(self, value: WireValue, name: str) -> str:
        if not isinstance(value, dict):
            return f"{name} is no {self}"
        if missing := self.fields.keys() - self.optional - value.keys():
            return f"{name}.{min(missing)} is missing"
        if unknown := value.keys() - self.fields.keys():
            return f"{name}.{min(unknown)[:50]} is not known; known are {', '.join(self.fields)}"
        problems = (self.fields[key].problem(part, f"{name}.{key}") for key, part in value.items())
        return next(filter(None, problems), "")

    def __str__(self) -> str:
        return f"map of {', '.join(self.fields)}"


@dataclass(frozen=True, slots=True)
class Grants:
    """A policy as it stands in an instance on the wire; null: none of one's own."""

    def problem(self, value: WireValue, name: str) -> str:
        try:
            policy_from_wire(name, value)
        except RemoteProtocolError as error:
            return str(error)
        return ""

    def __str__(self) -> str:
        return "array of [stakeholder, service, 'r' / 'w' / 'rw', minimum delay in ns], or null"
