"""Synthetic pasts whose truth is known: sections, weather with storms, precursors, and faults drawn from both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from substation.forecast.hazard.asset import Asset, grouped
from substation.forecast.hazard.published import AssetKind
from substation.study.prevention.columns import HOUR_NS
from substation.study.prevention.fault_history import FaultHistory, Happened
from substation.study.prevention.past import Past

FIRST = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp()) // 3600
PER_KM_H = 0.065 / 8766.0


@dataclass(frozen=True)
class Truth:
    """Effects on ln(rate): of gusts per 10 m/s, of ln(1 + 100 lightning), of ln(1 + transient earth faults)."""

    gust: float = 1.2
    lightning: float = 0.8
    transient: float = 1.0
    times_published: float = 8.0


def feeders(count: int = 4, sections: int = 10) -> tuple[Asset, ...]:
    return tuple(
        Asset(f"F{feeder}/L{number}", AssetKind.OVERHEAD, 1.0 + number / 4, f"F{feeder}")
        for feeder in range(count)
        for number in range(sections)
    )


def weather(hours: int, random: np.random.Generator) -> tuple[dict[str, float], ...]:
    """Gusts that calm down and rise over days, thunder in some afternoons."""
    wind = np.zeros(hours)
    for hour in range(1, hours):
        wind[hour] = 0.97 * wind[hour - 1] + random.normal(0.0, 0.25)
    gust = 6.0 * np.exp(0.45 * wind)
    thunder = (random.random(hours) < 0.02) * random.exponential(0.05, hours)
    warm = 283.0 + 8.0 * np.sin(2 * np.pi * np.arange(hours) / 8766.0) + random.normal(0.0, 3.0, hours)
    columns = zip(gust.tolist(), thunder.tolist(), warm.tolist(), strict=True)
    return tuple(
        {"gust_m_s": each, "lightning_per_km2_h": flash, "temperature_k": kelvin} for each, flash, kelvin in columns
    )


def past(truth: Truth, hours: int, seed: int) -> Past:
    """Precursors come by chance, and raise the rate of their feeder for a week; faults are drawn hour by hour."""
    random, assets = np.random.default_rng(seed), feeders()
    conditions = weather(hours, random)
    gust = np.array([each["gust_m_s"] for each in conditions])
    flashes = np.log1p(100.0 * np.array([each["lightning_per_km2_h"] for each in conditions]))
    transients = [
        Happened((FIRST + int(hour)) * HOUR_NS + 1, feeder)
        for feeder in dict.fromkeys(each.feeder for each in assets)
        for hour in np.flatnonzero(random.random(hours) < 1 / 900)
    ]
    history = FaultHistory((), {"transient": tuple(transients), "reclosing": (), "indication": ()})
    blank = Past(FIRST, conditions, history, grouped(assets))
    pushed = truth.gust * (gust / 10.0 - 0.6) + truth.lightning * flashes
    faults: list[Happened] = []
    for group in blank.groups:
        noticed = truth.transient * blank.values(group, ("transient",))[:, 0]
        hourly = truth.times_published * PER_KM_H * np.exp(pushed + noticed)
        for asset in group.assets:
            struck = np.flatnonzero(random.random(hours) < -np.expm1(-asset.exposure * hourly))
            faults += [Happened((FIRST + int(hour)) * HOUR_NS + 2, asset.id) for hour in struck]
    return Past(FIRST, conditions, FaultHistory(tuple(faults), history.precursors), blank.groups)
