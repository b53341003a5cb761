"""Precursors and faults as prevention remembers them: for a week, each once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from substation.forecast.hazard.conditions import PRECURSOR_DAYS
from substation.image import Precursor, Struck

DAY_NS = 86_400_000_000_000
SAME_EVENT_NS = 600_000_000_000
"""What is noticed so near to a fault of the feeder is that fault."""
MOST_KEPT = 5000
MOST_FAULTS = 1000


@dataclass(frozen=True, slots=True)
class LocatedFault:
    """element: the section or transformer of the located zone that was the most probable beforehand."""

    time_ns: int
    feeder: str
    element: str


def remembered(before: Iterable[Precursor], new: Iterable[Precursor], struck: Iterable[Struck], now_ns: int) -> tuple[
    Precursor, ...
]:  # fmt: skip
    """In the order of time; the newest, where there are too many."""
    faults = [(each.feeder, each.time_ns) for each in struck]
    kept = {
        each
        for each in (*before, *new)
        if each.time_ns > now_ns - PRECURSOR_DAYS * DAY_NS
        and not any(each.feeder == feeder and abs(each.time_ns - at_ns) <= SAME_EVENT_NS for feeder, at_ns in faults)
    }
    ordered = sorted(kept, key=lambda each: (each.time_ns, each.feeder, each.kind))
    return tuple(ordered[-MOST_KEPT:])


def located(
    before: tuple[LocatedFault, ...], struck: Iterable[Struck], expected: Mapping[str, float]
) -> tuple[LocatedFault, ...]:
    """With those whose zone is known by now. expected: faults of every asset, as was forecast."""
    known, found = {(each.feeder, each.time_ns) for each in before}, list(before)
    for each in struck:
        inside = [element for element in each.zone if element in expected]
        if inside and (each.feeder, each.time_ns) not in known:
            found.append(LocatedFault(each.time_ns, each.feeder, max(inside, key=lambda name: expected[name])))
    return tuple(found[-MOST_FAULTS:])


def counted(noticed: Iterable[Precursor]) -> Mapping[str, Mapping[str, int]]:
    """By feeder and kind."""
    found: dict[str, dict[str, int]] = {}
    for each in noticed:
        of = found.setdefault(each.feeder, {})
        of[each.kind] = of.get(each.kind, 0) + 1
    return found
