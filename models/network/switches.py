"""The devices of a planning grid whose file names none: one per branch, which cuts it at both ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from models.network.planning import PlanningBranch, PlanningGrid, PlanningSwitch


def with_switches(grid: PlanningGrid) -> PlanningGrid:
    """The grid with a device for every branch that can be operated; breakers on the branches at the sources."""
    if grid.switches:
        return grid
    fed = {source.bus for source in grid.sources}
    switches = (
        PlanningSwitch(
            id=branch.opened_by,
            branch=number,
            ends=(branch.from_bus, branch.to_bus),
            closed=branch.closed,
            remote=branch.remote,
            breaker=bool(fed & {branch.from_bus, branch.to_bus}),
        )
        for number, branch in enumerate(grid.branches)
        if branch.opened_by
    )
    return replace(grid, switches=tuple(switches))


def operated_by(grid: PlanningGrid) -> PlanningGrid:
    """The grid whose branches say by which device they are opened and closed, and whether from afar.

    Opened: by a closed device, one with remote control first, one that cuts both ends first. Closed: by the open
    device; where two are open nothing connects the branch in one operation.
    """
    devices: dict[int, list[PlanningSwitch]] = {}
    for switch in grid.switches:
        devices.setdefault(switch.branch, []).append(switch)
    branches = (_operated(branch, devices.get(number, [])) for number, branch in enumerate(grid.branches))
    return replace(grid, branches=tuple(branches))


def _operated(branch: PlanningBranch, devices: list[PlanningSwitch]) -> PlanningBranch:
    opened = [each for each in devices if not each.closed]
    choice = opened[:1] if opened else sorted(devices, key=_preference)[:1]
    if not choice or len(opened) > 1:
        return replace(branch, opened_by="", closed_by="", remote=False, closed=branch.closed and not opened)
    device = choice[0]
    return replace(branch, opened_by=device.id, closed_by=device.id, remote=device.remote, closed=not opened)


def _preference(switch: PlanningSwitch) -> tuple[bool, bool, bool]:
    return not switch.remote, len(switch.ends) == 1, switch.breaker


def switched(grid: PlanningGrid, closed: Sequence[bool]) -> PlanningGrid:
    """The grid in another state: closed per branch. Each branch that changes does so by the device that operates it.

    Branches that nothing operates keep their state.
    """
    moved = {
        branch.opened_by: bool(closed[number])
        for number, branch in enumerate(grid.branches)
        if branch.opened_by and bool(closed[number]) != branch.closed
    }
    branches = (replace(each, closed=moved.get(each.opened_by, each.closed)) for each in grid.branches)
    devices = (replace(each, closed=moved.get(each.id, each.closed)) for each in grid.switches)
    return replace(grid, branches=tuple(branches), switches=tuple(devices))
