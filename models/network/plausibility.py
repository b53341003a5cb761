"""Bounds of what a grid may hold: beyond them a value is a slip of the pen, and no calculation would survive it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from models.errors import ConfigError
from models.network.planning import PlanningGrid

_BUS = {
    "nominal_voltage_v": (1.0, 1e7),
    "load_w": (-1e12, 1e12),
    "load_var": (-1e12, 1e12),
    "generation_w": (-1e12, 1e12),
    "generation_var": (-1e12, 1e12),
    "shunt_w": (-1e12, 1e12),
    "shunt_var": (-1e12, 1e12),
}
_BRANCH = {
    "resistance_ohm": (-1e9, 1e9),
    "reactance_ohm": (-1e9, 1e9),
    "susceptance_s": (-1e6, 1e6),
    "conductance_s": (-1e6, 1e6),
    "rated_a": (1e-3, math.inf),
}
_SOURCE = {"voltage_pu": (0.1, 10.0), "resistance_ohm": (-1e9, 1e9), "reactance_ohm": (-1e9, 1e9)}
_RATIO = (1e-2, 1e2)


def refuse_implausible(grid: PlanningGrid, file: str) -> None:
    """ConfigError for the first value that is no number or lies beyond its bounds; SI units."""
    for element, key, value, (least, most) in _values(grid):
        if not least <= value <= most:
            unit = key.rpartition("_")[2].replace("pu", "p.u.")
            problem = f"{element}: {key} is {value:g}"
            raise ConfigError(file, None, problem, f"correct it, in {unit} it lies between {least:g} and {most:g}")


def _values(grid: PlanningGrid) -> Iterator[tuple[str, str, float, tuple[float, float]]]:
    for kind, elements, bounds in (
        ("bus", grid.buses, _BUS),
        ("branch", grid.branches, _BRANCH),
        ("source", grid.sources, _SOURCE),
    ):
        for element in elements:
            for key, limits in bounds.items():
                yield f"{kind} {element.id}", key, getattr(element, key), limits
    for branch in grid.branches:
        yield f"branch {branch.id}", "ratio_pu", abs(branch.ratio), _RATIO
