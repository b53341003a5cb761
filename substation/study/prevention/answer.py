"""What `ringmain study prevent` answers: figures for programs, lines for people."""

from __future__ import annotations

import math
from dataclasses import asdict

from substation.forecast.hazard.file import WORDS, PreventionModel
from substation.forecast.hazard.model import SIDE_90, KindModel
from substation.forecast.hazard.published import PUBLISHED
from substation.study.kind import Json, Result
from substation.study.prevention.evaluation import Evaluation, Plan
from substation.study.prevention.past import Past
from substation.study.prevention.reliability import calibrated, reliability
from substation.study.prevention.trained import needs_weather
from substation.study.prevention.warnings import Warned
from substation.study.prevention.worth import Worth
from substation.study.table import table


def answer(network: str, past: Past, plan: Plan, found: Evaluation, weather: str, written: str | None) -> Result:
    values: dict[str, Json] = {
        "network": network,
        "from": past.time(0),
        "learned_to": past.time(found.border),
        "judged_to": past.time(past.hours),
        "window_h": plan.length,
        "has_skill": found.has_skill,
        "worth": found.words,
        "sections": [_worth(each) for each in found.sections],
        "feeders": [_worth(each) for each in found.places],
        "warnings": {"threshold": plan.threshold, **_warnings(found.warnings)},
        "learned": [_kind(each) for each in found.learned.kinds.values()],
        "used": [_kind(each) for each in found.model.kinds.values()],
        "written": written,
    }
    return Result(values, _lines(found, plan), _findings(found, weather))


def unlearned(network: str, model: PreventionModel, written: str | None) -> Result:
    """Where no fault is known: rates as published."""
    kinds = [_kind(each) for each in model.hazard.kinds.values()]
    values: dict[str, Json] = {
        "network": network,
        "has_skill": False,
        "worth": model.worth,
        "sections": [],
        "feeders": [],
        "warnings": None,
        "learned": [],
        "used": kinds,
        "written": written,
    }
    rates = [(f"{each['kind']}", f"{each['per_year']}", f"{each['source']}") for each in kinds]
    return Result(values, (model.worth, "", *table(("no fault is known", "per year", "source"), rates)))


def _worth(judged: Worth) -> dict[str, Json]:
    score = judged.score
    return {
        "lead_h": judged.lead_h,
        "forecasts": score.count,
        "faults": score.events,
        "brier": score.brier,
        "brier_climatology": score.baseline_brier,
        "brier_persistence": judged.persistence_brier,
        "skill": round(score.skill, 5),
        "gain_nats": round(judged.gain, 5),
        "gain_nats_low": round(judged.gain_low, 5),
        "has_skill": judged.has_skill,
        "calibrated": calibrated(score),
        "reliability": [asdict(each) for each in reliability(score)],
    }


def _warnings(told: Warned) -> dict[str, Json]:
    leads = sorted(told.leads_h)
    return {
        "hits": told.hits,
        "misses": told.misses,
        "false_alarms": told.false_alarms,
        "hours": told.hours,
        "median_lead_h": leads[len(leads) // 2] if leads else None,
    }


def _kind(model: KindModel) -> dict[str, Json]:
    ratio = math.exp(float(model.coefficients[0]))
    errors = [math.sqrt(max(0.0, float(each))) for each in model.covariance.diagonal()]
    effects: list[Json] = [
        _effect(name, value, SIDE_90 * error)
        for name, value, error in zip(model.features, model.coefficients[1:].tolist(), errors[1:], strict=True)
    ]
    return {
        "kind": WORDS[model.kind],
        "faults": model.learned_faults,
        "exposure_years": round(model.learned_years, 3),
        "published_per_year": round(PUBLISHED[model.kind].per_year, 5),
        "source": PUBLISHED[model.kind].source,
        "per_year": round(PUBLISHED[model.kind].per_year * ratio, 5),
        "effects": effects,
    }


def _effect(name: str, value: float, reach: float) -> dict[str, Json]:
    """With the bounds of 90 %."""
    bounds = {"effect": value, "low": value - reach, "high": value + reach}
    return {"condition": name} | {key: round(each, 4) for key, each in bounds.items()}


def _findings(found: Evaluation, weather: str) -> tuple[str, ...]:
    findings = []
    if weather and needs_weather(found.learned):
        worse = "; if it was measured, forecasts are worse, and so will warnings be" if "file" in weather else ""
        findings.append(f"judged with the {weather}{worse}")
    if not weather:
        findings.append("no weather was given: rates hold for any weather")
    return tuple(findings)


def _lines(found: Evaluation, plan: Plan) -> tuple[str, ...]:
    rows = [
        (
            f"{what}, {judged.lead_h} h ahead", f"{judged.score.events}", f"{judged.score.brier:.3g}",
            f"{judged.score.baseline_brier:.3g}", f"{judged.persistence_brier:.3g}", f"{judged.score.skill:.1%}",
        )
        for what, all_leads in (("sections", found.sections), ("feeders", found.places))
        for judged in all_leads
    ]  # fmt: skip
    told = _warnings(found.warnings)
    return (
        found.words,
        "",
        *table((f"{plan.length} hours", "faults", "Brier", "climatology", "persistence", "skill"), rows),
        "",
        f"warnings from {plan.threshold:.0%} at a feeder: {told['hits']} faults told "
        f"(median {told['median_lead_h']} h ahead), {told['misses']} missed, {told['false_alarms']} false alarms",
        "",
        *_reliability_lines(found),
        "",
        *_effect_lines(found),
    )


def _reliability_lines(found: Evaluation) -> tuple[str, ...]:
    """Of feeders: sections are so seldom at fault that most of their lines hold nothing."""
    rows = [
        (
            f"{each.lowest:.3g} to {each.highest:.3g}", f"{each.count}", f"{each.said:.3g}",
            f"{each.happened:.3g}", f"{each.low:.3g} to {each.high:.3g}",
        )
        for each in reliability(found.places[0].score)
    ]  # fmt: skip
    return table(("feeders, said", "forecasts", "mean", "happened", "to be expected"), rows)


def _effect_lines(found: Evaluation) -> tuple[str, ...]:
    rows = []
    for model in found.learned.kinds.values():
        own = _kind(model)
        rows.append(
            (f"{own['kind']}", f"{own['faults']}", f"{own['per_year']}", f"published {own['published_per_year']}")
        )
        for name, value in zip(model.features, model.coefficients[1:].tolist(), strict=True):
            rows.append((f"  {name}", "", f"{value:+.3f}", ""))
    return table(("learned", "faults", "per year, ln", ""), rows)
