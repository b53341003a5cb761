"""`ringmain study vvc`: taps, capacitor steps and reactive power that lose least over a horizon (GR4)."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np

from models.errors import AlgorithmError
from models.network.supplement.model import CapacitorBank, Supplement
from models.network.supplement.volt_var import SitingWish
from substation.grid.siting import Siting, SitingQuestion, site
from substation.grid.volt_var import Schedule, optimise
from substation.study.kind import Asked, Json, Result
from substation.study.present_state import PresentState, present_state, refuse_unless_radial
from substation.study.table import table
from substation.study.volt_var_grid import VoltVarGrid, volt_var_grid

_AGREES = 1e-6
"""Relative difference of losses that two computations may show."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """None: everything stands in the file of --with."""
    parser.epilog = "devices, horizon and siting stand in the file of --with; docs/study.md"


def run(asked: Asked, options: argparse.Namespace) -> Result:
    """AlgorithmError without anything to control, or when the second computation disagrees."""
    refuse_unless_radial(asked.grid)
    began_s = time.perf_counter()
    wish, sited, supplement = asked.supplement.siting, None, asked.supplement
    if wish is not None:
        sited = _sited(asked, wish)
        supplement = _with_banks(asked, wish, sited)
    question = volt_var_grid(asked.grid, supplement)
    if not question.devices:
        raise AlgorithmError("nothing to control; state regulators or capacitors with --with")
    schedule = optimise(question.question)
    states = _checked(question, schedule)
    seconds = time.perf_counter() - began_s
    hours = supplement.horizon.step_s / 3600.0
    values = {
        **_values(question, schedule, states, hours),
        "optimal": schedule.proven and sited is None,
        "evaluations": schedule.evaluations + (0 if sited is None else sited.evaluations),
        "seconds": round(seconds, 6),
    }
    return Result(values, _text(question, schedule, values))


def _sited(asked: Asked, wish: SitingWish) -> Siting:
    """At the first moment of the horizon; banks of the file stay as they are."""
    grid = volt_var_grid(asked.grid, replace(asked.supplement, regulators=(), capacitors=(), generators=()))
    question = grid.question
    return site(
        SitingQuestion(
            question.grid, wish.banks, wish.buses, wish.step_var, wish.steps, wish.constant_power,
            question.active[0], question.reactive[0],
        )
    )  # fmt: skip


def _with_banks(asked: Asked, wish: SitingWish, sited: Siting) -> Supplement:
    """The sited banks become devices, out of service as yet."""
    new = [
        CapacitorBank(
            f"bank@{asked.grid.buses[bus].id}", bus, wish.step_var, wish.steps, constant_power=wish.constant_power
        )
        for bus, _ in sited.sites
    ]
    return replace(asked.supplement, capacitors=(*asked.supplement.capacitors, *new))


def _checked(grid: VoltVarGrid, schedule: Schedule) -> tuple[PresentState, ...]:
    """Every moment again, by the sweep over phasors; AlgorithmError where the losses differ."""
    states = tuple(present_state(grid.at(moment, levels)) for moment, levels in enumerate(schedule.levels.tolist()))
    for moment, state in enumerate(states):
        found_w = float(schedule.loss_w[moment])
        if abs(state.loss_w - found_w) > _AGREES * max(abs(found_w), 1.0):
            text = f"{found_w:.3f} W against {state.loss_w:.3f} W"
            raise AlgorithmError(f"two computations of moment {moment} disagree ({text}); report this as a defect")
    return states


def _values(grid: VoltVarGrid, schedule: Schedule, states: tuple[PresentState, ...], hours: float) -> dict[str, Json]:
    voltages = [state.voltage_pu[state.voltage_pu > 0] for state in states]
    steps = np.abs(np.diff(np.vstack([[grid.question.start], schedule.levels]), axis=0)).sum(axis=0)
    return {
        "loss_kw_before": round(float(schedule.before_w[0]) / 1e3, 6),
        "loss_kw": round(float(schedule.loss_w[0]) / 1e3, 6),
        "loss_kwh_before": round(float(schedule.before_w.sum()) * hours / 1e3, 6),
        "loss_kwh": round(float(schedule.loss_w.sum()) * hours / 1e3, 6),
        "settings": {device.id: _settings(grid, schedule, number) for number, device in enumerate(grid.devices)},
        "buses": {each.id: grid.bare.buses[each.bus].id for each in grid.devices},
        "operations": {device.id: int(steps[number]) for number, device in enumerate(grid.devices)},
        "vmin_pu": round(min(float(each.min()) for each in voltages), 6),
        "vmax_pu": round(max(float(each.max()) for each in voltages), 6),
        "max_loading": round(max(float(state.loading_pu.max(initial=0.0)) for state in states), 6),
        "excess_before": round(float(schedule.beyond_before.sum()), 6),
        "excess": round(float(schedule.beyond.sum()), 6),
        "moments": len(states),
    }


def _settings(grid: VoltVarGrid, schedule: Schedule, number: int) -> list[int | float]:
    return [grid.setting(number, int(level)) for level in schedule.levels[:, number]]


def _text(grid: VoltVarGrid, schedule: Schedule, values: dict[str, Json]) -> tuple[str, ...]:
    rows = [
        (
            device.id,
            grid.bare.buses[device.bus].id,
            str(grid.setting(number, grid.question.start[number])),
            _course(_settings(grid, schedule, number)),
        )
        for number, device in enumerate(grid.devices)
    ]
    limits = "every limit is kept" if not values["excess"] else f"limits are exceeded by {values['excess']} p.u. in all"
    return (
        f"losses {values['loss_kwh_before']} kWh before, {values['loss_kwh']} kWh after, {values['moments']} moments",
        f"voltage {values['vmin_pu']} to {values['vmax_pu']} p.u.; {limits}"
        + (f" (before: {values['excess_before']} p.u.)" if values["excess_before"] else ""),
        "proved: no setting is better" if values["optimal"] else "the best that was found; nothing proves it",
        "",
        *table(("device", "bus", "now", "then"), rows),
    )


def _course(settings: list[int | float]) -> str:
    """Changes alone, each with the moment from which it holds."""
    changed = [
        f"{value}" if moment == 0 else f"{value} from moment {moment}"
        for moment, value in enumerate(settings)
        if moment == 0 or settings[moment - 1] != value
    ]
    return ", ".join(changed)
