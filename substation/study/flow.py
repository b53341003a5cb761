"""`ringmain study flow`: the present state of a network, calculated: losses, voltages, loading, what breaks a limit."""

from __future__ import annotations

import argparse

import numpy as np

from models.network.planning import PlanningGrid
from substation.study.kind import Asked, Json, Result
from substation.study.present_state import PresentState, present_state
from substation.study.table import table

_MOST_LISTED = 10
_TOLERANCE_PU = 1e-6


def add_options(parser: argparse.ArgumentParser) -> None:
    """`--all`: every bus and branch."""
    parser.add_argument("--all", action="store_true", help="every bus and branch, not the worst ones alone")


def run(asked: Asked, options: argparse.Namespace) -> Result:
    """AlgorithmError for a state that is not radial, DivergedError for loads that cannot be carried."""
    grid, state = asked.grid, present_state(asked.grid)
    violations = _violations(grid, state)
    text = (
        *_summary(grid, state),
        "",
        *_worst_buses(grid, state, bool(options.all)),
        "",
        *_worst_branches(grid, state, bool(options.all)),
        "",
        *(violations or ("every limit is kept",)),
    )
    return Result(_values(grid, state, violations), text)


def _values(grid: PlanningGrid, state: PresentState, violations: tuple[str, ...]) -> dict[str, Json]:
    fed = state.voltage_pu > 0
    return {
        "network": grid.name,
        "buses": len(grid.buses),
        "branches": len(grid.branches),
        "open": [branch.id for branch in grid.branches if not branch.closed],
        "sources": [source.id for source in grid.sources],
        "load_kw": _kilo(sum(bus.load_w for bus in grid.buses)),
        "generation_kw": _kilo(sum(bus.generation_w for bus in grid.buses)),
        "unserved_kw": _kilo(sum(bus.load_w for bus, is_fed in zip(grid.buses, fed, strict=True) if not is_fed)),
        "loss_kw": _kilo(state.loss_w),
        "vmin_pu": round(float(np.min(state.voltage_pu[fed])), 6),
        "vmax_pu": round(float(np.max(state.voltage_pu[fed])), 6),
        "max_loading": round(float(np.max(state.loading_pu, initial=0.0)), 6),
        "violations": list(violations),
    }


def _summary(grid: PlanningGrid, state: PresentState) -> tuple[str, ...]:
    closed = sum(branch.closed for branch in grid.branches)
    load_w, generation_w = sum(bus.load_w for bus in grid.buses), sum(bus.generation_w for bus in grid.buses)
    return (
        f"{grid.name}: {len(grid.buses)} buses, {closed} closed and {len(grid.branches) - closed} open branches, "
        f"{len(grid.sources)} sources",
        f"load {load_w / 1e3:.1f} kW, generation {generation_w / 1e3:.1f} kW, infeed {state.infeed_w / 1e3:.1f} kW, "
        f"losses {state.loss_w / 1e3:.3f} kW",
    )


def _worst_buses(grid: PlanningGrid, state: PresentState, every: bool) -> tuple[str, ...]:
    fed = [number for number in range(len(grid.buses)) if state.voltage_pu[number] > 0]
    order = sorted(fed, key=lambda number: (float(state.voltage_pu[number]), number))
    rows = [
        (grid.buses[number].id, f"{state.voltage_pu[number]:.5f}", _range(grid, number))
        for number in (order if every else order[:_MOST_LISTED])
    ]
    return table(("bus", "voltage p.u.", "limits p.u."), rows)


def _range(grid: PlanningGrid, number: int) -> str:
    return f"{grid.buses[number].voltage_min_pu:.3f} to {grid.buses[number].voltage_max_pu:.3f}"


def _worst_branches(grid: PlanningGrid, state: PresentState, every: bool) -> tuple[str, ...]:
    closed = [number for number, branch in enumerate(grid.branches) if branch.closed]
    order = sorted(closed, key=lambda number: (-float(state.loading_pu[number]), -float(state.current_a[number])))
    rows = [
        (grid.branches[number].id, f"{state.current_a[number]:.1f}", _loading(float(state.loading_pu[number])))
        for number in (order if every else order[:_MOST_LISTED])
    ]
    return table(("branch", "current A", "of rating"), rows)


def _loading(loading_pu: float) -> str:
    return f"{loading_pu:.1%}" if loading_pu else "-"


def _violations(grid: PlanningGrid, state: PresentState) -> tuple[str, ...]:
    found = []
    for bus, voltage in zip(grid.buses, state.voltage_pu, strict=True):
        if voltage > 0 and not bus.voltage_min_pu - _TOLERANCE_PU <= voltage <= bus.voltage_max_pu + _TOLERANCE_PU:
            limits = f"{bus.voltage_min_pu:.3f} to {bus.voltage_max_pu:.3f}"
            found.append(f"bus {bus.id}: {voltage:.5f} p.u. is outside {limits} p.u.")
    for branch, loading in zip(grid.branches, state.loading_pu, strict=True):
        if loading > 1 + _TOLERANCE_PU:
            found.append(f"branch {branch.id}: {loading:.1%} of its rating of {branch.rated_a:.1f} A")
    return tuple(found)


def _kilo(value: float) -> float:
    return round(value / 1e3, 6)
