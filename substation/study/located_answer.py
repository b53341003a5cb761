"""The answer of `ringmain study locate`, for programs and for people."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from substation.grid.location.located import Section, percent
from substation.study.kind import Json
from substation.study.located_feeder import LocatedFeeder

LEAST_NAMED = 1e-4
"""A candidate less probable than this is not listed."""


def values(feeders: Sequence[LocatedFeeder]) -> dict[str, Json]:
    """section, suspects, isolate of all tripped breakers together; `sections` and `candidates` one by one."""
    sections = [(feeder, section) for feeder in feeders for section in feeder.located.likeliest]
    return {
        "section": _once(each for feeder, section in sections for each in feeder.boundary(section.places)),
        "probability": _rounded(math.prod(feeder.located.probability for feeder in feeders)),
        "suspects": _once(each for feeder in feeders for each in feeder.located.suspects),
        "isolate": _once(each for feeder in feeders for each in feeder.area.to_open),
        "isolated_probability": _rounded(math.prod(feeder.located.enclosed_probability for feeder in feeders)),
        "tripped": [feeder.breaker for feeder in feeders],
        "sections": [_section(feeder, section) for feeder, section in sections],
        "nearest": _once(each for feeder in feeders for each in feeder.nearest),
        "candidates": [_section(feeder, each) for feeder in feeders for each in _named(feeder)],
        "explanation": list(text(feeders)),
    }


def text(feeders: Sequence[LocatedFeeder]) -> tuple[str, ...]:
    return tuple(line for feeder in feeders for line in _lines(feeder))


def findings(feeders: Sequence[LocatedFeeder]) -> tuple[str, ...]:
    """What makes the answer weaker than it could be."""
    found = []
    for feeder in feeders:
        if any(feeder.places.infeed):
            words = "machines feed into its faults: indicators above them are not believed when they are silent"
            found.append(f"{feeder.breaker}: {words}")
        if len(feeder.area.places) == len(feeder.places.parent):
            found.append(f"{feeder.breaker}: nothing below it can be kept outside the isolated area")
    return tuple(found)


def _lines(feeder: LocatedFeeder) -> list[str]:
    located = feeder.located
    places = " and in ".join(_place(feeder, section) for section in located.likeliest)
    lines = [f"below {feeder.breaker} the fault lies in {places}: {percent(located.probability)}"]
    if located.suspects:
        lines.append(f"then {', '.join(located.suspects)} cannot be believed")
    if feeder.nearest:
        lines.append(f"what the relay measured fits {', '.join(feeder.nearest)} best")
    for each in _named(feeder):
        if each not in located.likeliest:
            against = f"; against it: {', '.join(each.against[:4])}" if each.against else ""
            lines.append(f"also possible is {_place(feeder, each)}: {percent(each.probability)}{against}")
    opened = ", ".join(feeder.area.to_open) or "nothing"
    top = f", {feeder.breaker} stays open" if feeder.area.with_top else ""
    lines.append(f"open {opened}{top}: so the fault is isolated with {percent(located.enclosed_probability)}")
    return lines


def _place(feeder: LocatedFeeder, section: Section) -> str:
    elements = feeder.elements(section.places)
    more = f" and {len(elements) - 6} more" if len(elements) > 6 else ""
    return f"{', '.join(elements[:6])}{more} (between {', '.join(feeder.boundary(section.places))})"


def _named(feeder: LocatedFeeder) -> list[Section]:
    return [each for each in feeder.located.candidates if each.probability >= LEAST_NAMED]


def _section(feeder: LocatedFeeder, section: Section) -> dict[str, Json]:
    return {
        "section": list(feeder.boundary(section.places)),
        "elements": list(feeder.elements(section.places)),
        "probability": _rounded(section.probability),
        "against": list(section.against),
    }


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _rounded(probability: float) -> float:
    """Six digits, never up to certainty."""
    return min(math.floor(probability * 1e6) / 1e6, 0.999999)
