"""Probability of a fault of each section, transformer and feeder within the next hours, with its range."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from substation.forecast.hazard.asset import Group
from substation.forecast.hazard.conditions import FEATURES, Conditions
from substation.forecast.hazard.model import HazardModel, Rate, rate

HOUR_NS = 3_600_000_000_000


@dataclass(frozen=True, slots=True)
class Question:
    """hours: conditions of weather of each hour ahead, in turn. precursors: by feeder; year: with its fraction."""

    hours: Sequence[Mapping[str, float]]
    precursors: Mapping[str, Mapping[str, int]]
    year: float


@dataclass(frozen=True, slots=True)
class Hazard:
    """Expected faults of something in the hours ahead: as expected, at the bounds of 90 %, and as usual. worst: of the
    hour in which the rate is highest, for the reasons."""

    expected: float
    low: float
    high: float
    usual: float
    worst: Rate

    def scaled(self, share: float) -> Hazard:
        return Hazard(self.expected * share, self.low * share, self.high * share, self.usual * share, self.worst)

    def __add__(self, other: Hazard) -> Hazard:
        """Of both together; their ranges come from the same uncertainty, so the bounds add up too."""
        worst = self.worst if self.expected >= other.expected else other.worst
        sums = (self.expected + other.expected, self.low + other.low, self.high + other.high, self.usual + other.usual)
        return Hazard(*sums, worst)

    @property
    def probability(self) -> float:
        return -math.expm1(-self.expected)


def group_hazard(model: HazardModel, group: Group, asked: Question) -> Hazard:
    own = model.kinds[group.kind]
    age = None if group.installed_year is None else max(0.0, asked.year - group.installed_year)
    counts = asked.precursors.get(group.place, {})
    rates = [rate(own, Conditions(weather, counts, age)) for weather in asked.hours]
    return Hazard(
        expected=math.fsum(each.expected for each in rates) * group.exposure,
        low=math.fsum(each.low for each in rates) * group.exposure,
        high=math.fsum(each.high for each in rates) * group.exposure,
        usual=math.fsum(each.usual for each in rates) * group.exposure,
        worst=max(rates, key=lambda each: each.expected),
    )


def by_place(groups: Sequence[Group], hazards: Sequence[Hazard]) -> dict[str, Hazard]:
    found: dict[str, Hazard] = {}
    for group, hazard in zip(groups, hazards, strict=True):
        found[group.place] = found[group.place] + hazard if group.place in found else hazard
    return found


def by_asset(groups: Sequence[Group], hazards: Sequence[Hazard]) -> dict[str, Hazard]:
    return {
        asset.id: hazard.scaled(asset.exposure / group.exposure)
        for group, hazard in zip(groups, hazards, strict=True)
        for asset in group.assets
    }


def words(hazard: Hazard, hours: int) -> str:
    """'0.8 % within 4 h (90 %: 0.2 % to 2.9 %), 6 times the usual; gusts x4.1; lightning is not known'."""
    low, high = (-math.expm1(-each) for each in (hazard.low, hazard.high))
    text = f"{_percent(hazard.probability)} within {hours} h (90 %: {_percent(low)} to {_percent(high)})"
    if hazard.usual > 0:
        text += f", {hazard.expected / hazard.usual:.2g} times the usual"
    pushed = [f"{_name(name)} x{math.exp(push):.2g}" for name, push in hazard.worst.drivers if push > 0.1]
    parts = [text, *([", ".join(pushed[:3])] if pushed else [])]
    if hazard.worst.unknown:
        unknown = ", ".join(_name(each) for each in hazard.worst.unknown)
        parts.append(f"not known: {unknown}, so the range is wider")
    return "; ".join(parts)


def _percent(probability: float) -> str:
    """Of rare things two digits, down to a hundredth of a percent."""
    return f"{probability * 100:.2g} %" if probability >= 1e-4 else "below 0.01 %"


def _name(name: str) -> str:
    return next((each.words for kind in FEATURES for each in FEATURES[kind] if each.name == name), name)


def year_of(time_ns: int) -> float:
    moment = datetime.fromtimestamp(time_ns // 1_000_000_000, UTC)
    return moment.year + (moment.timetuple().tm_yday - 1) / 366.0
