"""Planning grids for tests: the published networks of the shared data, with limits of one's own; faults and ratings."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

from models.network.planning import PlanningBranch, PlanningBus, PlanningGrid, PlanningSource

FILE = "reconfiguration_known_best.json"


def known_grid(data: Path, name: str, voltage_min_pu: float = 0.9, rated_a: float = math.inf) -> PlanningGrid:
    """`baran_wu33`, `zhang118`, ...: one voltage band, one rating for every branch, all remotely switchable."""
    case = json.loads((data / FILE).read_text(encoding="utf-8"))[name]
    volts = case["kv"] * 1e3
    buses = tuple(
        PlanningBus(str(bus), volts, voltage_min_pu, 1.1, load_w=active * 1e3, load_var=reactive * 1e3)
        for bus, active, reactive in zip(case["bus_names"], case["P_kw"], case["Q_kvar"], strict=True)
    )
    branches = tuple(
        PlanningBranch(
            str(each["id"]), each["f"], each["t"], each["r_ohm"], each["x_ohm"], each["closed"], rated_a=rated_a,
            opened_by=str(each["id"]), closed_by=str(each["id"]),
        )
        for each in case["branch"]
    )  # fmt: skip
    sources = tuple(PlanningSource(f"S{bus}", bus, 1.0) for bus in case["slack"])
    return PlanningGrid(name, 50.0, buses, branches, sources)


def limited(grid: PlanningGrid, voltage_min_pu: float, rated_a: float) -> PlanningGrid:
    """The same grid with other limits."""
    buses = tuple(replace(bus, voltage_min_pu=voltage_min_pu) for bus in grid.buses)
    branches = tuple(replace(branch, rated_a=rated_a) for branch in grid.branches)
    return replace(grid, buses=buses, branches=branches)
