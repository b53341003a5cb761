"""Load by time of the week, learned from its own history, with the spread of what it misses by lead time.

The expected value is the median of the same quarter hour on days of the same kind (workday, Saturday, Sunday), newer
weeks counting more; what is measured now shifts it, the less the farther ahead: the deviation dies away as it did in
the past (first-order autoregression of the residuals). The spread is that of forecasts made in the past for the same
lead time, never of the fit to the data that were learned.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

import numpy as np
from numpy.typing import NDArray

from models.errors import AlgorithmError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SLOTS_PER_DAY = 96
SLOT_NS = 900_000_000_000
KINDS_OF_DAY = 3
HALF_LIFE_WEEKS = 6.0
FEWEST = 3
"""Values of a slot; with fewer, its neighbours on other kinds of day stand in."""


@dataclass(frozen=True, slots=True)
class WeeklyProfile:
    """expected: float64[3 * 96], by kind of day and quarter hour. persistence: share of a deviation that is left after
    one slot. deviation: float64[leads], standard deviation of the error one, two, ... slots ahead."""

    zone: tzinfo
    expected: Floats
    persistence: float
    deviation: Floats

    def at(self, time_ns: int) -> float:
        """Expected without anything measured since."""
        return float(self.expected[slot_of(time_ns, self.zone)])

    def forecast(self, now_ns: int, measured: float | None) -> tuple[Floats, Floats]:
        """(mean, standard deviation), float64[leads], of the quarter hours that follow. measured: None if not known."""
        leads = np.arange(1, len(self.deviation) + 1)
        expected = np.array([self.at(now_ns + int(lead) * SLOT_NS) for lead in leads])
        shift = 0.0 if measured is None else measured - self.at(now_ns)
        return expected + shift * self.persistence**leads, self.deviation


def slot_of(time_ns: int, zone: tzinfo) -> int:
    """Number of the slot in `expected`, by local time."""
    moment = datetime.fromtimestamp(time_ns // 1_000_000_000, zone)
    kind = max(0, moment.weekday() - 4)
    return kind * SLOTS_PER_DAY + (moment.hour * 60 + moment.minute) // 15


def learn(times_ns: Integers, values: Floats, zone: tzinfo, leads: int = 32) -> WeeklyProfile:
    """times_ns, values: one mean value per quarter hour, oldest first, gaps allowed. AlgorithmError below two weeks.

    The last quarter of the time is forecast with what the first three quarters teach: the spread comes from there.
    """
    if len(times_ns) < 2 * 7 * SLOTS_PER_DAY * 3 // 4:
        raise AlgorithmError(f"{len(times_ns)} quarter hours are too few for a profile; two weeks are needed")
    slots = np.array([slot_of(int(each), zone) for each in times_ns], dtype=np.int64)
    border = len(times_ns) * 3 // 4
    early = _expected(slots[:border], values[:border], times_ns[:border])
    residual = values - early[slots]
    persistence = _persistence(residual[:border], times_ns[:border])
    deviation = _spread(residual[border:], times_ns[border:], persistence, leads)
    return WeeklyProfile(zone, _expected(slots, values, times_ns), persistence, deviation)


def _expected(slots: Integers, values: Floats, times_ns: Integers) -> Floats:
    age_weeks = (times_ns[-1] - times_ns) / (7 * SLOTS_PER_DAY * SLOT_NS)
    weights = 0.5 ** (age_weeks / HALF_LIFE_WEEKS)
    found = np.full(KINDS_OF_DAY * SLOTS_PER_DAY, np.nan)
    for slot in range(len(found)):
        own = np.flatnonzero(slots == slot)
        if len(own) < FEWEST:
            own = np.flatnonzero(slots % SLOTS_PER_DAY == slot % SLOTS_PER_DAY)
        if len(own):
            found[slot] = _median(values[own], weights[own])
    return np.where(np.isnan(found), float(np.median(values)), found)


def _median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values, kind="stable")
    passed = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(passed, passed[-1] / 2.0)])


def _persistence(residual: Floats, times_ns: Integers) -> float:
    """Of residuals one slot apart."""
    pairs = np.flatnonzero(np.diff(times_ns) == SLOT_NS)
    before, after = residual[pairs], residual[pairs + 1]
    power = float(before @ before)
    return min(max(float(before @ after) / power, 0.0), 0.999) if power > 0 else 0.0


def _spread(residual: Floats, times_ns: Integers, persistence: float, leads: int) -> Floats:
    found = np.zeros(leads)
    for lead in range(1, leads + 1):
        pairs = np.flatnonzero(times_ns[lead:] - times_ns[:-lead] == lead * SLOT_NS)
        errors = residual[pairs + lead] - residual[pairs] * persistence**lead
        found[lead - 1] = float(np.sqrt(np.mean(errors**2))) if len(errors) else np.nan
    worst = np.nanmax(found) if not np.isnan(found).all() else float(np.std(residual))
    return np.where(np.isnan(found), worst, found)
