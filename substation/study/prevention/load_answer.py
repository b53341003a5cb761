"""What `ringmain study prevent` answers of loads, behind what it answers of faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

from substation.study.kind import Json, Result
from substation.study.prevention.load_worth import LoadWorth
from substation.study.prevention.reliability import calibrated, reliability
from substation.study.table import table


def with_loads(answer: Result, judged: Sequence[LoadWorth]) -> Result:
    """The object always has `loads`; people are told only where there are any."""
    values = {**answer.values, "loads": [_values(each) for each in judged]}
    if not judged:
        return replace(answer, values=values)
    heads = ("load, hours ahead", "error", "as now", "profile alone", "within 90 %", "skill above limit")
    return replace(answer, values=values, text=(*answer.text, "", *table(heads, [_row(each) for each in judged])))


def _values(judged: LoadWorth) -> dict[str, Json]:
    score = judged.score
    return {
        "feeder": judged.feeder,
        "lead_h": judged.lead_h,
        "rmse_w": judged.rmse_w,
        "rmse_w_persistence": judged.persistence_rmse_w,
        "rmse_w_profile": judged.profile_rmse_w,
        "within_90": round(judged.within_90, 4),
        "limit_w": judged.limit_w,
        "forecasts": score.count,
        "exceeded": score.events,
        "brier": score.brier,
        "brier_climatology": score.baseline_brier,
        "brier_persistence": judged.persistence_brier,
        "skill": round(score.skill, 5),
        "calibrated": calibrated(score),
        "reliability": [asdict(each) for each in reliability(score)],
    }


def _row(judged: LoadWorth) -> tuple[str, ...]:
    watts = (judged.rmse_w, judged.persistence_rmse_w, judged.profile_rmse_w)
    errors = [f"{each / 1000.0:.4g} kW" for each in watts]
    return (f"{judged.feeder}, {judged.lead_h:g}", *errors, f"{judged.within_90:.1%}", f"{judged.score.skill:.1%}")
