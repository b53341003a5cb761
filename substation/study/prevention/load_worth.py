"""What forecasts of load are worth on later times: the profile that a unit learns, beside persistence and climatology.

Overload is an event of load: what is judged is the probability that a feeder exceeds what it exceeded in one quarter
hour of twenty before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC

import numpy as np

from models.errors import AlgorithmError
from substation.forecast.score import Score, score
from substation.forecast.weekly_profile import SLOT_NS, learn
from substation.grid.arrays import Floats, Integers
from substation.mv.prevention.outlook import exceeding
from substation.study.prevention.columns import rows

LEADS = (1, 4, 16)
"""Quarter hours ahead."""
SELDOM = 0.05
SIDE_90 = 1.6449
_FEWEST_JUDGED = 96


@dataclass(frozen=True, slots=True)
class LoadSeries:
    """Mean or first value of quarter hours, oldest first. times_ns: int64[m]; power_w: float64[m], net consumption."""

    times_ns: Integers
    power_w: Floats


@dataclass(frozen=True, slots=True)
class LoadWorth:
    """Root mean square errors in W of the forecast, of "as now", and of the profile without what is measured now.

    within_90: share of what came that lay within the 90 % range. score: of exceeding limit_w, beside climatology.
    persistence_brier: of "exceeds as now".
    """

    feeder: str
    lead_h: float
    rmse_w: float
    persistence_rmse_w: float
    profile_rmse_w: float
    within_90: float
    limit_w: float
    score: Score
    persistence_brier: float


def read_loads(file: str) -> Mapping[str, LoadSeries]:
    """Columns time, feeder, power_w; the first value of a quarter hour stands for it. ConfigError."""
    found: dict[str, dict[int, float]] = {}
    for row in rows(file, ("time", "feeder", "power_w"), ()):
        power_w = row.number("power_w", -1e12, 1e12)
        if power_w is not None:
            found.setdefault(row.text("feeder"), {}).setdefault(row.time_ns("time") // SLOT_NS, power_w)
    return {feeder: load_series(slots) for feeder, slots in found.items()}


def load_series(slots: Mapping[int, float]) -> LoadSeries:
    """Of values by the number of the quarter hour since 1970."""
    times = np.array(sorted(slots), dtype=np.int64)
    return LoadSeries(times * SLOT_NS, np.array([slots[int(each)] for each in times]))


def load_worth(feeder: str, series: LoadSeries, share: float) -> tuple[LoadWorth, ...]:
    """AlgorithmError with less than two weeks to learn from, or less than a day to judge by."""
    times_ns, power_w = series.times_ns, series.power_w
    border = int(np.searchsorted(times_ns, times_ns[0] + round(share * float(times_ns[-1] - times_ns[0]))))
    try:
        profile = learn(times_ns[:border], power_w[:border], UTC, max(LEADS))
    except AlgorithmError as error:
        raise AlgorithmError(f"loads of {feeder}: {error}") from error
    limit_w = float(np.quantile(power_w[:border], 1.0 - SELDOM))
    told = [profile.forecast(int(at_ns), float(now)) for at_ns, now in zip(times_ns, power_w, strict=True)]
    means, deviations = (np.array([each[part] for each in told]) for part in (0, 1))
    expected = np.array([profile.at(int(at_ns)) for at_ns in times_ns])
    found = []
    for lead in LEADS:
        at = np.arange(border, len(times_ns) - lead)
        at = at[times_ns[at + lead] - times_ns[at] == lead * SLOT_NS]
        if len(at) < _FEWEST_JUDGED:
            raise AlgorithmError(f"loads of {feeder}: {len(at)} quarter hours are too few to judge by; give a day")
        mean, deviation, came = means[at, lead - 1], deviations[at, lead - 1], power_w[at + lead]
        happened = (came > limit_w).astype(np.float64)
        said = exceeding(mean, deviation, np.full(len(at), limit_w))
        found.append(
            LoadWorth(
                feeder=feeder,
                lead_h=lead / 4.0,
                rmse_w=_rms(came - mean),
                persistence_rmse_w=_rms(came - power_w[at]),
                profile_rmse_w=_rms(came - expected[at + lead]),
                within_90=float(np.mean(np.abs(came - mean) <= SIDE_90 * deviation)),
                limit_w=limit_w,
                score=score(said, np.full(len(at), SELDOM), happened),
                persistence_brier=float(np.mean(((power_w[at] > limit_w) - happened) ** 2)),
            )
        )
    return tuple(found)


def _rms(errors: Floats) -> float:
    return float(np.sqrt(np.mean(errors**2)))
