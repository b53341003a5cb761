"""Each regulator as people see it: what it is told and measures, what it may do, why it is left alone or locked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models.network.elements import Limits
from substation.application import Plain
from substation.image import Mode
from substation.mv.vvc.regulators import Regulator
from substation.mv.vvc.settings import MODES, VvcSettings
from substation.mv.vvc.state import VvcState, Watched

_WORDS = {mode: word for word, mode in MODES.items()}


def with_regulators(
    report: Plain,
    regulators: Sequence[Regulator],
    state: VvcState,
    settings: VvcSettings,
    limits: Limits,
    modes: Mapping[str, Mode],
) -> Plain:
    """The report of the last schedule with each regulator as it is now, those that are locked first."""
    if not isinstance(report, dict):
        return report
    ordered = sorted(regulators, key=lambda each: (not state.of(each.id).locked, each.id))
    shown: list[Plain] = [
        {
            "transformer": each.id,
            "mode": _WORDS[modes.get(each.id, Mode.DISABLED)],
            "proposed_v": _proposed(report, each.id),
            "why": _why(report, each.id),
            **_read(each, settings, limits),
            **_watched(state.of(each.id), settings),
        }
        for each in ordered
    ]
    return {**report, "regulators": shown}


def _read(regulator: Regulator, settings: VvcSettings, limits: Limits) -> dict[str, Plain]:
    """V; least_v and greatest_v: between which voltage control keeps every voltage behind it. None: not known."""
    nominal_v, transformer = regulator.nominal_v, regulator.transformer
    reserve_pu = settings.voltage_reserve_pu
    return {
        "set_point_v": regulator.set_point_v,
        "voltage_v": None if regulator.voltage_v is None else round(regulator.voltage_v, 1),
        "nominal_v": nominal_v,
        "least_v": round((limits.voltage_min_pu + reserve_pu) * nominal_v, 1),
        "greatest_v": round((limits.voltage_max_pu - reserve_pu) * nominal_v, 1),
        "dead_band_v": round(settings.dead_band_pu * nominal_v, 1),
        "tap": regulator.tap,
        "least_tap": transformer.tap_min,
        "greatest_tap": transformer.tap_max,
        "automatic": regulator.automatic,
        "tap_blocked": regulator.blocked,
        "parallel": regulator.parallel,
    }


def _watched(watched: Watched, settings: VvcSettings) -> dict[str, Plain]:
    """steps, set_points_given: within the last hour, and the most that are allowed."""
    return {
        "followed": watched.followed,
        "sent_v": watched.sent_v or None,
        "sent_ns": watched.sent_ns or None,
        "steps": len(watched.steps),
        "most_steps": settings.steps_per_hour,
        "set_points_given": len(watched.commands_ns),
        "most_set_points": settings.set_points_per_hour,
        "locked": watched.locked,
        "locked_ns": watched.locked_ns or None,
    }


def _proposed(report: dict[str, Plain], transformer: str) -> Plain:
    """The set-point that was given or proposed for it at the last schedule."""
    wishes = report.get("set_points")
    for wish in wishes if isinstance(wishes, list) else []:
        if isinstance(wish, dict) and str(wish.get("point")).startswith(f"{transformer}/"):
            return wish.get("value")
    return None


def _why(report: dict[str, Plain], transformer: str) -> Plain:
    reasons = report.get("why")
    return reasons.get(transformer, "") if isinstance(reasons, dict) else ""
