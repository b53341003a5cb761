"""What prevention said and what came of it: forecasts that wait for their time, warnings that stand, the scores.

Overload is judged an hour after it was forecast, asset by asset, beside persistence (overloaded then as now); faults at
the end of each horizon, feeder by feeder, beside the usual rate. What was not seen (the unit was off, readings were
doubtful) is judged by nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from substation.forecast.tally import Tally, Verdict, Warnings

JUDGED_SLOTS = 4
"""Quarter hours from a forecast of overload to its judgement."""
LEAST_KEPT = 5e-5
"""Smaller probabilities of overload are taken as 0."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A forecast: by key the probability, and the baseline's. due: slot (overload) or ns (faults). count: of how many
    assets or feeders; those without a key were given 0."""

    due: int
    since_ns: int
    said: Mapping[str, tuple[float, float]]
    count: int


@dataclass(frozen=True, slots=True)
class Kind:
    """Forecasts of one kind. standing: by key since when a warning stands, and whether it came true. happening: keys
    for which the event goes on, so that it is counted once."""

    waiting: tuple[Waiting, ...] = ()
    standing: Mapping[str, tuple[int, bool]] = field(default_factory=dict)
    happening: tuple[str, ...] = ()
    tally: Tally = Tally()
    warnings: Warnings = Warnings()


def issued(kind: Kind, forecast: Waiting) -> Kind:
    return replace(kind, waiting=(*kind.waiting, forecast))


def settled(kind: Kind, due: Iterable[Waiting], happened: Collection[str]) -> Kind:
    """These forecasts are over, with what happened in their time."""
    over = tuple(due)
    verdicts = [verdict for each in over for verdict in _verdicts(each, happened)]
    return replace(
        kind, waiting=tuple(each for each in kind.waiting if each not in over), tally=kind.tally.plus(verdicts)
    )


def forgotten(kind: Kind, due: Iterable[Waiting]) -> Kind:
    """These were not seen to their end."""
    over = tuple(due)
    return replace(kind, waiting=tuple(each for each in kind.waiting if each not in over))


def _verdicts(forecast: Waiting, happened: Collection[str]) -> Iterable[Verdict]:
    for key, (said, baseline) in forecast.said.items():
        yield Verdict(said, baseline, key in happened)
    silent = forecast.count - len(forecast.said)
    surprised = sum(key not in forecast.said for key in happened)
    yield Verdict(0.0, 0.0, True, min(surprised, silent))
    yield Verdict(0.0, 0.0, False, max(0, silent - surprised))


def seen(kind: Kind, now_ns: int, happening: Collection[str]) -> Kind:
    """Events that begin now are hits or misses of the warnings that stand."""
    warnings, standing = kind.warnings, dict(kind.standing)
    for key in happening:
        if key in kind.happening:
            continue
        if key in standing:
            warnings = warnings.hit((now_ns - standing[key][0]) / 1e9)
            standing[key] = (standing[key][0], True)
        else:
            warnings = warnings.missed()
    return replace(kind, warnings=warnings, standing=standing, happening=tuple(happening))


def warned(kind: Kind, now_ns: int, keys: Collection[str]) -> Kind:
    """Warnings that stand from now on; one that ends and did not come true was false."""
    warnings = kind.warnings
    for key, (_, came_true) in kind.standing.items():
        if key not in keys and not came_true:
            warnings = warnings.false()
    return replace(kind, warnings=warnings, standing={key: kind.standing.get(key, (now_ns, False)) for key in keys})
