"""Forecasts as they would have been made: of each window of hours, with what was known when it was issued.

Weather is that of the window (a forecast as good as the file); precursors and nothing else are of the time of issue.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from substation.forecast.hazard.conditions import OF_WEATHER, PRECURSORS
from substation.forecast.hazard.model import Floats, HazardModel, base_rate, log_effects
from substation.grid.arrays import Integers
from substation.study.prevention.past import Past


@dataclass(frozen=True, slots=True)
class Windows:
    """issued: int64[w], rows of the hours at whose beginning a forecast is made. lead: hours from there to the first
    hour of the window; length: hours of the window."""

    issued: Integers
    lead: int
    length: int


def expected(past: Past, model: HazardModel, windows: Windows) -> Floats:
    """Expected faults of every group and window, float64[groups, w]."""
    found = [_of_group(past, model, number, windows) for number in range(len(past.groups))]
    return np.array(found).reshape(len(past.groups), len(windows.issued))


def _of_group(past: Past, model: HazardModel, number: int, windows: Windows) -> Floats:
    group = past.groups[number]
    own = model.kinds[group.kind]
    values = past.values(group, own.features)
    hourly = np.exp(log_effects(own, values, OF_WEATHER | {"age"})) * base_rate(own) * group.exposure
    summed = np.concatenate([[0.0], np.cumsum(hourly)])
    first = windows.issued + windows.lead
    noticed = np.exp(log_effects(own, values, PRECURSORS))[windows.issued]
    found: Floats = noticed * (summed[first + windows.length] - summed[first])
    return found


def sections(past: Past, of_groups: Floats) -> Floats:
    """Probability of a fault of every asset, in the order of the groups' assets: float64[assets, w]."""
    shares = [
        np.array([each.exposure for each in group.assets])[:, None] / group.exposure * of_groups[number]
        for number, group in enumerate(past.groups)
    ]
    found: Floats = -np.expm1(-np.concatenate(shares))
    return found


def places(past: Past, of_groups: Floats) -> tuple[tuple[str, ...], Floats]:
    """Places (feeders, and what has none), and the probability of any fault there: float64[places, w]."""
    names = tuple(dict.fromkeys(group.place for group in past.groups))
    summed = np.zeros((len(names), of_groups.shape[1]))
    for number, group in enumerate(past.groups):
        summed[names.index(group.place)] += of_groups[number]
    return names, -np.expm1(-summed)


def section_outcomes(past: Past, windows: Windows) -> Floats:
    """1 where the asset failed in the window, else 0, as `sections`."""
    assets = [asset.id for group in past.groups for asset in group.assets]
    return np.array([_struck(past, past.faults_of.get(each), windows) for each in assets])


def place_outcomes(past: Past, names: tuple[str, ...], windows: Windows) -> Floats:
    return np.array([_struck(past, place_faults(past, name), windows) for name in names])


def place_faults(past: Past, place: str) -> Integers:
    """Rows of the hours with a fault anywhere at the place."""
    rows = [
        past.faults_of[asset.id]
        for group in past.groups
        if group.place == place
        for asset in group.assets
        if asset.id in past.faults_of
    ]
    return np.unique(np.concatenate(rows)) if rows else np.zeros(0, dtype=np.int64)


def _struck(past: Past, rows: Integers | None, windows: Windows) -> Floats:
    if rows is None or not len(rows):
        return np.zeros(len(windows.issued))
    first = windows.issued + windows.lead
    return (np.searchsorted(rows, first + windows.length) > np.searchsorted(rows, first)).astype(np.float64)
