"""What the optimisation may move: tap changers, capacitor banks, converters, each at its present level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.network.planning import PlanningGrid
from substation.grid.arrays import BASE_POWER_VA
from substation.grid.radial import RadialGrid
from substation.grid.volt_var import Bank, Control, Converter, Tap, reactive_var
from substation.mv.vvc.banks import BankNow
from substation.mv.vvc.converters import ConverterNow
from substation.mv.vvc.regulators import Regulator

REACH = 4
"""Tap steps that are looked at in each direction from the present position."""
LEVELS = 9
"""Reactive powers of a converter that are compared."""


@dataclass(frozen=True, slots=True)
class Lever:
    """level: present one of the control. origin, scale: what level 0 and each further one are called, in `noun`."""

    id: str
    noun: str
    control: Control
    level: int
    origin: float
    scale: float

    def setting(self, level: int) -> float:
        return self.origin + level * self.scale

    def words(self, level: int) -> str:
        return f"{self.noun} {self.setting(level):g}"


def tap_lever(regulator: Regulator, branch: int, wear_w: float) -> Lever:
    """wear_w: losses for one moment that a step is worth, here and below."""
    transformer, tap = regulator.transformer, regulator.tap or 0
    step = transformer.tap_step_pu / (1 + tap * transformer.tap_step_pu)
    lowest, highest = max(transformer.tap_min - tap, -REACH), min(transformer.tap_max - tap, REACH)
    return Lever(regulator.id, "tap", Tap(branch, step, min(lowest, 0), max(highest, 0), wear_w), 0, tap, 1)


def bank_lever(now: BankNow, bus: int, wear_w: float) -> Lever:
    """A bank that is discharging goes no higher than it stands."""
    steps = now.steps or 0
    most = steps if now.discharging else now.bank.steps
    return Lever(now.id, "steps", Bank(bus, now.bank.step_var, most, wear_w=wear_w), steps, 0, 1)


def converter_lever(now: ConverterNow, bus: int) -> Lever:
    """Levels in equal parts of what it can give either way; the present one is the nearest."""
    span_var = 2 * now.most_var / (LEVELS - 1)
    level = min(max(round(((now.given_var or 0.0) + now.most_var) / span_var), 0), LEVELS - 1)
    control = Converter(bus, -now.most_var, now.most_var, LEVELS)
    return Lever(now.id, "kvar", control, level, -now.most_var / 1e3, span_var / 1e3)


def without_levers(grid: PlanningGrid, levers: Sequence[Lever], given_var: Mapping[str, float]) -> PlanningGrid:
    """The grid without what banks and converters deliver now. given_var: what converters are measured to give."""
    shunt_var, load_var = [0.0] * len(grid.buses), [0.0] * len(grid.buses)
    for lever in levers:
        if isinstance(lever.control, Bank):
            shunt_var[lever.control.bus] += reactive_var(lever.control, lever.level)
        elif isinstance(lever.control, Converter):
            load_var[lever.control.bus] += given_var.get(lever.id, 0.0)
    buses = (
        replace(bus, shunt_var=bus.shunt_var - one, load_var=bus.load_var + other) if one or other else bus
        for bus, one, other in zip(grid.buses, shunt_var, load_var, strict=True)
    )
    return replace(grid, buses=tuple(buses))


def applied(arrays: RadialGrid, levers: Sequence[Lever], levels: Sequence[int]) -> RadialGrid:
    """The arrays with the levers at these levels; arrays: without what they deliver."""
    ratio, shunt, power = arrays.ratio.copy(), arrays.shunt.copy(), arrays.power.copy()
    for lever, level in zip(levers, levels, strict=True):
        control = lever.control
        if isinstance(control, Tap):
            ratio[control.branch] *= 1 + level * control.step
        elif isinstance(control, Bank):
            shunt[control.bus] += 1j * reactive_var(control, level) / BASE_POWER_VA
        else:
            power[control.bus] -= 1j * reactive_var(control, level) / BASE_POWER_VA
    return arrays._replace(ratio=ratio, shunt=shunt, power=power)


def present_levels(levers: Sequence[Lever]) -> tuple[int, ...]:
    return tuple(int(np.int64(lever.level)) for lever in levers)
