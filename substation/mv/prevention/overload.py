"""What is said of overload, and what came of it: the assets shown, the words, the record of forecasts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from substation.application import Plain
from substation.forecast.weekly_profile import SLOT_NS
from substation.grid.arrays import Booleans
from substation.mv.present_flow import PresentFlow
from substation.mv.prevention.outlook import Outlook
from substation.mv.prevention.record import (
    JUDGED_SLOTS,
    LEAST_KEPT,
    Kind,
    Waiting,
    forgotten,
    issued,
    seen,
    settled,
    warned,
)

_MOST_SHOWN = 20
_LEAST_SHOWN = 0.01


def exceeded(now: PresentFlow, found: Outlook) -> Booleans:
    """bool[assets]: beyond the limit now."""
    loading = np.concatenate([now.flow.line_loading_pu(), now.flow.transformer_loading_pu()])
    return np.asarray(loading > found.limit_pu, dtype=np.bool_)


def rows(assets: tuple[str, ...], found: Outlook, now_ns: int, threshold: float) -> list[Plain]:
    """The most probable first. probabilities: of each quarter hour ahead."""
    worst = found.probability.max(axis=0)
    order = np.argsort(-worst, kind="stable")[:_MOST_SHOWN].tolist()
    return [
        {
            "asset": assets[at],
            "probability": round(float(worst[at]), 4),
            "probabilities": [round(float(each), 4) for each in found.probability[:, at]],
            "explanation": words(found, at, now_ns, threshold),
        }
        for at in order
        if worst[at] >= _LEAST_SHOWN
    ]


def words(found: Outlook, at: int, now_ns: int, threshold: float) -> str:
    probability = found.probability[:, at]
    lead = int(np.argmax(probability >= min(threshold, float(probability.max()))))
    when_ns = now_ns + (lead + 1) * SLOT_NS
    when = datetime.fromtimestamp(when_ns // 1_000_000_000, UTC)
    mean, deviation, limit = found.mean_pu[lead, at], found.deviation_pu[lead, at], found.limit_pu[at]
    loading = f"{mean:.0%} of its rating are expected, standard deviation {deviation:.1%}, limit {limit:.0%}"
    hours = (lead + 1) * SLOT_NS / 3.6e12
    return f"{probability[lead]:.0%} for {when:%H:%M} UTC, in {hours:.2g} h: {loading}"


def recorded(
    record: Kind, assets: tuple[str, ...], found: Outlook, over: Booleans, now_ns: int, standing: tuple[str, ...]
) -> Kind:
    """The record after this look: what was due is judged, and once in each quarter hour a forecast is put down."""
    slot, exceeding = now_ns // SLOT_NS, [assets[at] for at in np.flatnonzero(over).tolist()]
    record = settled(record, [each for each in record.waiting if each.due == slot], exceeding)
    record = forgotten(record, [each for each in record.waiting if each.due < slot])
    if len(found.probability) >= JUDGED_SLOTS and not any(each.due == slot + JUDGED_SLOTS for each in record.waiting):
        record = issued(record, _forecast(assets, found, over, slot, now_ns))
    return warned(seen(record, now_ns, exceeding), now_ns, standing)


def _forecast(assets: tuple[str, ...], found: Outlook, over: Booleans, slot: int, now_ns: int) -> Waiting:
    """Beside persistence: what is overloaded now stays so."""
    probability = found.probability[JUDGED_SLOTS - 1]
    kept = np.flatnonzero((probability >= LEAST_KEPT) | over).tolist()
    said = {assets[at]: (round(float(probability[at]), 4), float(over[at])) for at in kept}
    return Waiting(slot + JUDGED_SLOTS, now_ns, said, len(assets))


def without_outlook(record: Kind) -> Kind:
    """Nothing can be said: warnings end, and nobody can say that they were false."""
    return replace(record, standing={}, happening=())
