"""`ringmain study reconfigure`: which branches to open so that a radial network loses least (GR2)."""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import replace

from models.errors import ConfigError
from models.network.planning import PlanningGrid
from models.network.supplement.model import Supplement
from models.network.supplement.volt_var import Horizon
from models.network.switches import switched
from substation.grid.volt_var import optimise
from substation.mv.opf.objective import Aim, Objective
from substation.mv.opf.target import Condition, Target, best_target
from substation.mv.opf.words import explanation
from substation.study.kind import Asked, Json, Result
from substation.study.volt_var_grid import VoltVarGrid, volt_var_grid

_LIMITS = "what is to be least; limits: change only what exceeded limits need"
_MOST_ROUNDS = 5
"""Of topology and controls in turn."""


def add_options(parser: argparse.ArgumentParser) -> None:
    aims = [each.value for each in Aim]
    parser.add_argument("--aim", choices=aims, default=Aim.LOSSES.value, help=f"{_LIMITS}. default %(default)s")
    parser.add_argument("--price", type=float, metavar="P", help="of a kWh of losses, for --aim cost")
    parser.add_argument("--hours", type=float, metavar="H", help="for how long the state stays, for --aim cost")
    parser.add_argument("--operation", type=float, metavar="C", help="cost of one switching operation, for --aim cost")
    parser.add_argument("--manual", action="store_true", help="move switches without remote control too")
    parser.add_argument("--controls", action="store_true", help="move the devices of the file of --with as well")


def run(asked: Asked, options: argparse.Namespace) -> Result:
    """ConfigError for prices that make no sense; AlgorithmError where no state can be calculated."""
    objective = _objective(options)
    began_s = time.perf_counter()
    target = best_target(asked.grid, objective, remote_only=not options.manual)
    settings: dict[str, Json] = {}
    if options.controls:
        target, settings = _with_controls(asked.grid, asked.supplement, target, not options.manual)
    seconds = time.perf_counter() - began_s
    lines = (*explanation(target), *(f"set {name} to {setting}" for name, setting in settings.items()))
    values = {**_values(target), "controls": settings, "seconds": round(seconds, 6), "explanation": list(lines)}
    return Result(values, lines)


def _objective(options: argparse.Namespace) -> Objective:
    aim = Aim(options.aim)
    money = {"price": options.price, "hours": options.hours, "operation": options.operation}
    if aim is not Aim.COST:
        if any(each is not None for each in money.values()):
            raise ConfigError("reconfigure", None, "a price without --aim cost", "add --aim cost, or leave it out")
        return Objective(aim)
    for name, value in money.items():
        least = 0.0 if name == "operation" else math.ulp(0.0)
        if value is None or not (math.isfinite(value) and value >= least):
            raise ConfigError("reconfigure", None, f"--{name} is {value}", "--aim cost needs all three, above 0")
    return Objective(aim, options.price, options.hours, options.operation)


def _with_controls(
    grid: PlanningGrid, supplement: Supplement, target: Target, remote_only: bool
) -> tuple[Target, dict[str, Json]]:
    """Topology and controls in turn until neither helps."""
    moment, settings, best = replace(supplement, horizon=Horizon()), dict[str, Json](), target
    for _ in range(_MOST_ROUNDS):
        closed = [branch.id not in best.opened for branch in grid.branches]
        question = volt_var_grid(switched(grid, closed), moment)
        if not question.devices:
            raise ConfigError("reconfigure", None, "--controls without any device", "state them in the file of --with")
        levels = [int(each) for each in optimise(question.question).levels[0]]
        moved = volt_var_grid(grid, moment).at(0, levels)
        found = best_target(moved, target.objective, remote_only=remote_only)
        if not _better(found.after, best.after):
            break
        best = replace(found, before=target.before, radial_before=target.radial_before, proven=False)
        settings = _settings(question, levels)
    return best, settings


def _better(one: Condition, than: Condition) -> bool:
    if abs(one.excess_pu - than.excess_pu) > 1e-5:
        return one.excess_pu < than.excess_pu
    return one.loss_w < than.loss_w * (1 - 1e-7)


def _settings(question: VoltVarGrid, levels: list[int]) -> dict[str, Json]:
    return {
        device.id: question.setting(number, level)
        for number, (device, level) in enumerate(zip(question.devices, levels, strict=True))
        if level != question.question.start[number]
    }


def _values(target: Target) -> dict[str, Json]:
    before, after = target.before, target.after
    return {
        "loss_kw_before": None if before is None else _kilo(before.loss_w),
        "loss_kw": _kilo(after.loss_w),
        "unserved_kw": _kilo(after.unserved_w),
        "open": list(target.opened),
        "operations": [
            {"switch": each.switch, "branch": each.branch, "close": each.close} for each in target.operations
        ],
        "vmin_pu_before": None if before is None else round(before.lowest_pu, 6),
        "vmin_pu": round(after.lowest_pu, 6),
        "vmax_pu": round(after.highest_pu, 6),
        "max_loading": round(after.loading_pu, 6),
        "violations_before": [] if before is None else [str(each) for each in before.excess],
        "violations": [str(each) for each in after.excess],
        "evaluations": target.evaluations,
        "radial_states": float(round(target.states)) if target.states < 1e300 else None,
        "optimal": target.proven,
    }


def _kilo(value: float) -> float:
    return round(value / 1e3, 6)
