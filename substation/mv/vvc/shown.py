"""Regulators, banks and converters as people see them: what they are told and do, why they are left alone or locked."""

from __future__ import annotations

from collections.abc import Mapping

from models.network.elements import Limits
from substation.application import Plain
from substation.image import Mode
from substation.mv.vvc.banks import STEPS, BankNow
from substation.mv.vvc.converters import TARGET, ConverterNow
from substation.mv.vvc.equipment import Equipment
from substation.mv.vvc.regulators import SET_POINT, Regulator
from substation.mv.vvc.settings import MODES, VvcSettings
from substation.mv.vvc.state import VvcState, Watched, WatchedBank

_WORDS = {mode: word for word, mode in MODES.items()}


def with_equipment(
    report: Plain,
    equipment: Equipment,
    state: VvcState,
    settings: VvcSettings,
    limits: Limits,
    modes: Mapping[str, Mode],
) -> Plain:
    """The report of the last schedule with everything as it is now, what is locked first."""
    if not isinstance(report, dict):
        return report
    regulators = sorted(equipment.regulators.values(), key=lambda each: (not state.of(each.id).locked, each.id))
    banks = sorted(equipment.banks.values(), key=lambda each: (not state.of_bank(each.id).locked, each.id))
    shown: list[Plain] = [
        {
            "transformer": each.id,
            "mode": _WORDS[modes.get(each.id, Mode.DISABLED)],
            "proposed_v": _proposed(report, f"{each.id}/{SET_POINT}"),
            "why": _why(report, each.id),
            **_read(each, settings, limits),
            **_watched(state.of(each.id), settings),
        }
        for each in regulators
    ]
    return {
        **report,
        "regulators": shown,
        "banks": [_bank(each, state.of_bank(each.id), settings, report) for each in banks],
        "converters": [_converter(each, report) for each in equipment.converters.values()],
    }


def _bank(now: BankNow, watched: WatchedBank, settings: VvcSettings, report: dict[str, Plain]) -> Plain:
    """switchings: within the last day, and the most that are asked for."""
    return {
        "bank": now.id,
        "steps": now.steps,
        "most_steps": now.bank.steps,
        "step_var": now.bank.step_var,
        "automatic": now.automatic,
        "discharging": now.discharging,
        "proposed_steps": _proposed(report, f"{now.id}/{STEPS}"),
        "switchings": len(watched.switchings),
        "most_switchings": settings.bank_switchings_per_day,
        "locked": watched.locked,
        "locked_ns": watched.locked_ns or None,
        "why": _why(report, now.id),
    }


def _converter(now: ConverterNow, report: dict[str, Plain]) -> Plain:
    """var, positive delivered."""
    return {
        "bay": now.id,
        "given_var": now.given_var,
        "most_var": round(now.most_var),
        "proposed_var": _proposed(report, f"{now.id}/{TARGET}"),
        "why": _why(report, now.id),
    }


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


def _proposed(report: dict[str, Plain], point: str) -> Plain:
    """What was given or proposed at the last schedule."""
    wishes = report.get("set_points")
    for wish in wishes if isinstance(wishes, list) else []:
        if isinstance(wish, dict) and wish.get("point") == point:
            return wish.get("value")
    return None


def _why(report: dict[str, Plain], element: str) -> Plain:
    reasons = report.get("why")
    return reasons.get(element, "") if isinstance(reasons, dict) else ""
