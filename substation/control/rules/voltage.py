"""Voltages as they are measured at conductors (SAFETY S1, S5)."""

from __future__ import annotations

from collections.abc import Iterable

from models.point import Handle
from substation.control.situation import Situation
from substation.image import Missing

DEAD_PU = 0.05
"""Below this share of the nominal voltage a conductor counts as without voltage."""


def voltages_pu(situation: Situation, nodes: Iterable[str]) -> list[float | Missing]:
    """One value per voltage transformer at these nodes whose voltages a device tells: the highest of its phases."""
    told = situation.grid.instruments(situation.image.register).voltages
    measured = sorted(told.keys() & nodes)
    return [_highest_pu(situation, node, phases) for node in measured for phases in told[node]]


def _highest_pu(situation: Situation, node: str, phases: tuple[Handle, ...]) -> float | Missing:
    """Missing unless all phases that the device has can be read."""
    highest_v = 0.0
    for handle in phases:
        sample = situation.image.at(handle)
        if isinstance(sample, Missing):
            return sample
        highest_v = max(highest_v, abs(float(sample.value)))
    return highest_v / situation.grid.node(node).nominal_voltage_v
