"""A study's grid and devices as a Volt/Var question, and back: the grid with the settings that were found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.network.planning import PlanningBus, PlanningGrid
from models.network.supplement.model import CapacitorBank, DispersedGenerator, Regulator, Supplement
from substation.grid.arrays import BASE_POWER_VA, Floats
from substation.grid.radial import radial_grid
from substation.grid.volt_var import Bank, Control, Converter, Tap, VoltVarQuestion, levels_of, reactive_var

Device = Regulator | CapacitorBank | DispersedGenerator


@dataclass(frozen=True, slots=True)
class VoltVarGrid:
    """devices: in the order of the question's controls. bare: the grid with every control at level 0."""

    bare: PlanningGrid
    devices: tuple[Device, ...]
    question: VoltVarQuestion

    def setting(self, number: int, level: int) -> int | float:
        """What a person calls it: tap position, steps in service, var delivered."""
        device, control = self.devices[number], self.question.controls[number]
        if isinstance(device, Regulator):
            return device.tap + level
        return level if isinstance(control, Bank) else round(reactive_var(control, level), 3)  # type: ignore[arg-type]

    def at(self, moment: int, levels: Sequence[int]) -> PlanningGrid:
        """The grid of one moment with these levels, for a second computation."""
        grid = _scaled(self.bare, moment, self.question)
        for control, level in zip(self.question.controls, levels, strict=True):
            grid = _with(grid, control, int(level))
        return grid


def volt_var_grid(grid: PlanningGrid, supplement: Supplement) -> VoltVarGrid:
    """Every regulator, bank, and generator with a range of reactive power is a control."""
    ranged = tuple(each for each in supplement.generators if each.var_max > each.var_min)
    devices: tuple[Device, ...] = (*supplement.regulators, *supplement.capacitors, *ranged)
    hours = supplement.horizon.step_s / 3600.0
    controls = tuple(_control(device, hours) for device in devices)
    bare = grid
    for device in devices:
        bare = _without(bare, device)
    load, generation = np.array(supplement.horizon.load), np.array(supplement.horizon.generation)
    question = VoltVarQuestion(
        radial_grid(bare),
        controls,
        tuple(_start(device, control) for device, control in zip(devices, controls, strict=True)),
        _drawn(bare, "load_w", "generation_w", load, generation),
        _drawn(bare, "load_var", "generation_var", load, generation),
    )
    return VoltVarGrid(bare, devices, question)


def _control(device: Device, hours: float) -> Control:
    """Wear is stated as energy; over one moment it is a power."""
    if isinstance(device, Regulator):
        lowest, highest = device.tap_min - device.tap, device.tap_max - device.tap
        return Tap(device.branch, device.tap_step_pu, lowest, highest, device.operation_wh / hours)
    if isinstance(device, CapacitorBank):
        return Bank(device.bus, device.step_var, device.steps, device.constant_power, device.operation_wh / hours)
    return Converter(device.bus, device.var_min, device.var_max)


def _start(device: Device, control: Control) -> int:
    if isinstance(device, Regulator):
        return 0
    if isinstance(device, CapacitorBank):
        return device.steps_on
    lowest, highest = levels_of(control)
    share = (device.power_var - device.var_min) / (device.var_max - device.var_min)
    return lowest + round(share * (highest - lowest))


def _without(grid: PlanningGrid, device: Device) -> PlanningGrid:
    """The grid without what the device delivers now."""
    if isinstance(device, Regulator):
        return grid
    if isinstance(device, DispersedGenerator):
        return _moved(grid, device.bus, "generation_var", -device.power_var)
    part = "generation_var" if device.constant_power else "shunt_var"
    return _moved(grid, device.bus, part, -device.steps_on * device.step_var)


def _with(grid: PlanningGrid, control: Control, level: int) -> PlanningGrid:
    if isinstance(control, Tap):
        branches = list(grid.branches)
        tapped = branches[control.branch]
        branches[control.branch] = replace(tapped, ratio=tapped.ratio * (1 + level * control.step))
        return replace(grid, branches=tuple(branches))
    shunt = isinstance(control, Bank) and not control.constant_power
    return _moved(grid, control.bus, "shunt_var" if shunt else "generation_var", reactive_var(control, level))


def _moved(grid: PlanningGrid, bus: int, part: str, by_var: float) -> PlanningGrid:
    buses = list(grid.buses)
    buses[bus] = replace(buses[bus], **{part: getattr(buses[bus], part) + by_var})
    return replace(grid, buses=tuple(buses))


def _drawn(grid: PlanningGrid, load: str, generation: str, times: Floats, gives: Floats) -> Floats:
    """float64[t, n], p.u."""
    drawn = np.array([getattr(bus, load) for bus in grid.buses], dtype=np.float64)
    given = np.array([getattr(bus, generation) for bus in grid.buses], dtype=np.float64)
    return (np.outer(times, drawn) - np.outer(gives, given)) / BASE_POWER_VA


def _scaled(grid: PlanningGrid, moment: int, question: VoltVarQuestion) -> PlanningGrid:
    active, reactive = question.active[moment] * BASE_POWER_VA, question.reactive[moment] * BASE_POWER_VA
    return replace(grid, buses=tuple(_loaded(*each) for each in zip(grid.buses, active, reactive, strict=True)))


def _loaded(bus: PlanningBus, active_w: float, reactive_var_: float) -> PlanningBus:
    return replace(bus, load_w=float(active_w), load_var=float(reactive_var_), generation_w=0.0, generation_var=0.0)
