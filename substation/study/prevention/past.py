"""Every hour of the past with its conditions and its faults, for groups of sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import numpy as np

from models.errors import AlgorithmError
from substation.forecast.hazard.asset import Group
from substation.forecast.hazard.conditions import FEATURES, OF_WEATHER, PRECURSOR_DAYS, Conditions, Feature
from substation.forecast.hazard.model import Floats
from substation.forecast.hazard.published import AssetKind
from substation.forecast.hazard.training import Counts
from substation.grid.arrays import Integers
from substation.study.prevention.columns import HOUR_NS
from substation.study.prevention.fault_history import FaultHistory, Happened

LEAST_KNOWN = 0.5
"""A condition that is known in a smaller share of the hours is left out of the learning."""


@dataclass(frozen=True)
class Past:
    """first: number of the first hour since 1970. weather: known conditions of each hour. Faults outside the hours are
    not counted."""

    first: int
    weather: tuple[Mapping[str, float], ...]
    history: FaultHistory
    groups: tuple[Group, ...]

    @property
    def hours(self) -> int:
        return len(self.weather)

    @cached_property
    def faults_of(self) -> Mapping[str, Integers]:
        """Rows of the hours with a fault, by asset; a fault within the hour of another one is the same."""
        found: dict[str, set[int]] = {}
        for each in self.history.faults:
            row = each.time_ns // HOUR_NS - self.first
            if 0 <= row < self.hours:
                found.setdefault(each.where, set()).add(row)
        return {asset: np.array(sorted(rows), dtype=np.int64) for asset, rows in found.items()}

    def faults(self, group: Group) -> Floats:
        """float64[hours]."""
        counted = np.zeros(self.hours)
        for asset in group.assets:
            counted[self.faults_of.get(asset.id, np.zeros(0, dtype=np.int64))] += 1.0
        return counted

    def values(self, group: Group, names: Sequence[str]) -> Floats:
        """float64[hours, k], NaN where not known."""
        table = {each.name: each for each in FEATURES[group.kind]}
        columns = [self._column(table[name], group) for name in names]
        return np.stack(columns, axis=1) if columns else np.zeros((self.hours, 0))

    def _column(self, feature: Feature, group: Group) -> Floats:
        """Weather is one for all groups, what was noticed is of a place, age of a year."""
        of = "" if feature.name in OF_WEATHER else str(group.installed_year) if feature.name == "age" else group.place
        known = self._columns.get((feature.name, of))
        if known is None:
            known = self._columns[feature.name, of] = self._made(feature, group)
        return known

    @cached_property
    def _columns(self) -> dict[tuple[str, str], Floats]:
        return {}

    def _made(self, feature: Feature, group: Group) -> Floats:
        if feature.name in OF_WEATHER:
            return np.array([feature.of(Conditions(weather=each)) for each in self.weather], dtype=np.float64)
        if feature.name == "age":
            return self._ages(feature, group)
        counts = self._counts(self.history.precursors[feature.name], group.place)
        found, rows = np.unique(counts, return_inverse=True)
        shaped = [feature.of(Conditions(precursors={feature.name: count})) for count in found.tolist()]
        return np.array(shaped, dtype=np.float64)[rows]

    def _ages(self, feature: Feature, group: Group) -> Floats:
        if group.installed_year is None:
            return np.full(self.hours, np.nan)
        years = (self.first + np.arange(self.hours)) / 8766.0 + 1970.0 - group.installed_year
        return np.array([feature.of(Conditions(age_years=max(0.0, each))) for each in years.tolist()], dtype=np.float64)

    def _counts(self, happened: Sequence[Happened], place: str) -> Integers:
        """int64[hours]: how many there were within PRECURSOR_DAYS before the hour began."""
        times_ns = np.array([each.time_ns for each in happened if each.where == place], dtype=np.int64)
        starts_ns = (self.first + np.arange(self.hours)) * HOUR_NS
        before = np.searchsorted(times_ns, starts_ns, side="left")
        return before - np.searchsorted(times_ns, starts_ns - PRECURSOR_DAYS * 24 * HOUR_NS, side="left")

    def usable(self, kind: AssetKind, until: int) -> tuple[str, ...]:
        """Features of the kind that are known often enough in the hours before row `until`, and not always the same."""
        own = [group for group in self.groups if group.kind is kind]
        found = []
        for each in FEATURES[kind]:
            columns = np.concatenate([self._column(each, group)[:until] for group in own]) if own else np.zeros(0)
            known = columns[~np.isnan(columns)]
            if len(known) and len(known) >= LEAST_KNOWN * len(columns) and np.ptp(known) > 0:
                found.append(each.name)
        return tuple(found)

    def counts(self, kind: AssetKind, names: tuple[str, ...], until: int) -> Counts:
        """The hours before row `until` in which all these conditions are known; all in one row where none is asked."""
        own = [group for group in self.groups if group.kind is kind]
        if not own:
            raise AlgorithmError(f"the network has no {kind.value}")
        parts = []
        for group in own:
            values = self.values(group, names)[:until]
            whole = ~np.isnan(values).any(axis=1)
            faults = self.faults(group)[:until][whole]
            if names:
                parts.append((values[whole], np.full(len(faults), group.exposure), faults))
            else:
                parts.append((np.zeros((1, 0)), np.array([until * group.exposure]), faults.sum(keepdims=True)))
        features, exposure, faults = (np.concatenate([part[at] for part in parts]) for at in range(3))
        return Counts(names, features, exposure, faults)

    def row_of(self, hour: int) -> int:
        return hour - self.first

    def time(self, row: int) -> str:
        """Beginning of the hour, ISO 8601."""
        return f"{datetime.fromtimestamp((self.first + row) * 3600, UTC):%Y-%m-%dT%H:%MZ}"
