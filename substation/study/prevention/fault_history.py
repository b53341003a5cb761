"""What happened: faults of sections and transformers, and what protection noticed before, from a CSV file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from substation.forecast.hazard.asset import Asset
from substation.forecast.hazard.conditions import PRECURSORS
from substation.study.prevention.columns import rows

FAULT = "fault"
SAME_EVENT_NS = 600_000_000_000
"""What a feeder's protection notices so near to a fault of the feeder is that fault."""


@dataclass(frozen=True, slots=True)
class Happened:
    """time_ns of a fault of an asset, or of a precursor at a place (asset.Asset.place)."""

    time_ns: int
    where: str


@dataclass(frozen=True, slots=True)
class FaultHistory:
    """In the order of time. precursors: by kind."""

    faults: tuple[Happened, ...]
    precursors: Mapping[str, tuple[Happened, ...]]


NOTHING_HAPPENED = FaultHistory((), dict.fromkeys(PRECURSORS, ()))


def read_history(file: str, assets: Collection[Asset]) -> FaultHistory:
    """Columns time, element, event. A precursor stands at an asset or at a feeder. ConfigError."""
    place_of = {each.id: each.place for each in assets}
    places = place_of | {each.place: each.place for each in assets}
    faults: list[Happened] = []
    precursors: dict[str, list[Happened]] = {kind: [] for kind in PRECURSORS}
    for row in rows(file, ("time", "element", "event"), ()):
        time_ns, element, event = row.time_ns("time"), row.text("element"), row.text("event")
        if event == FAULT:
            if element not in place_of:
                raise row.error(f"{element!r} is no section or transformer", "name the element that failed, by its id")
            faults.append(Happened(time_ns, element))
        elif event not in PRECURSORS:
            raise row.error(f"event {event!r} is unknown", f"write {', '.join((FAULT, *PRECURSORS))}")
        elif element not in places:
            raise row.error(f"{element!r} is no element or feeder", "name a section, a transformer or a feeder")
        else:
            precursors[event].append(Happened(time_ns, places[element]))
    return combined(faults, precursors, assets)


def combined(
    faults: Iterable[Happened], precursors: Mapping[str, Sequence[Happened]], assets: Collection[Asset]
) -> FaultHistory:
    """In the order of time, without precursors that are part of a fault."""
    place_of = {each.id: each.place for each in assets}
    ordered = sorted(faults, key=lambda each: each.time_ns)
    struck = [Happened(each.time_ns, place_of[each.where]) for each in ordered]
    return FaultHistory(tuple(ordered), {kind: _before(found, struck) for kind, found in precursors.items()})


def joined(one: FaultHistory, other: FaultHistory, assets: Collection[Asset]) -> FaultHistory:
    """What stands in both counts once."""
    precursors = {kind: [*dict.fromkeys((*one.precursors[kind], *other.precursors[kind]))] for kind in PRECURSORS}
    return combined(dict.fromkeys((*one.faults, *other.faults)), precursors, assets)


def _before(found: Sequence[Happened], faults: list[Happened]) -> tuple[Happened, ...]:
    """Those that are not part of a fault."""
    at: dict[str, list[int]] = {}
    for each in faults:
        at.setdefault(each.where, []).append(each.time_ns)
    alone = [
        each
        for each in found
        if not any(-SAME_EVENT_NS <= each.time_ns - fault_ns <= SAME_EVENT_NS for fault_ns in at.get(each.where, ()))
    ]
    return tuple(sorted(alone, key=lambda each: each.time_ns))
