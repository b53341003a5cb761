"""Which branches have a switch, at which end, operated from where, and which of them are breakers."""

from __future__ import annotations

from dataclasses import replace

from models.config import Table
from models.network.planning import PlanningGrid, PlanningSwitch
from models.network.supplement.places import Places


def with_switch_part(table: Table, grid: PlanningGrid) -> PlanningGrid:
    """The grid with its devices as [switches] has them. ConfigError: file, line, what, remedy."""
    section = table.table("switches")
    grid = _at_ends(section, _without(section, grid))
    places = Places(grid)
    switches = [replace(each, remote=section.take("remote", bool, each.remote)) for each in grid.switches]
    for key, remote in (("manual", False), ("remote_controlled", True)):
        for number in places.devices(section, key):
            switches[number] = replace(switches[number], remote=remote)
    if "breakers" in section:
        chosen = set(places.devices(section, "breakers"))
        switches = [replace(each, breaker=number in chosen) for number, each in enumerate(switches)]
    section.done()
    return replace(grid, switches=tuple(switches))


def _without(section: Table, grid: PlanningGrid) -> PlanningGrid:
    """The named branches have no switch at all; an open one that loses its switch could never be closed."""
    gone = set(Places(grid).branches(section, "none"))
    for number in gone:
        if not grid.branches[number].closed:
            problem = f"branch {grid.branches[number].id} is open, so it has a switch"
            raise section.error("none", problem, "leave it out of the list")
    return replace(grid, switches=tuple(each for each in grid.switches if each.branch not in gone))


def _at_ends(section: Table, grid: PlanningGrid) -> PlanningGrid:
    """The switches of a branch that is named by its ends stand there instead; id 'ROW@BUS'.

    Of an open branch with switches at both ends the one that is named first is the open one.
    """
    named = section.take_list("ends", str, [])
    placed: dict[int, list[tuple[str, int]]] = {}
    for name in named:
        branch, bus = Places(grid).end_named(name, section, "ends")
        placed.setdefault(branch, []).append((name, bus))
    before = {each.branch: each for each in grid.switches}
    switches = [each for each in grid.switches if each.branch not in placed]
    for branch, ends in placed.items():
        if len({bus for _, bus in ends}) < len(ends):
            raise section.error("ends", f"branch {grid.branches[branch].id} is named twice at one bus", "name it once")
        old = before.get(branch)
        for number, (name, bus) in enumerate(ends):
            closed = grid.branches[branch].closed or number > 0
            remote, breaker = (old.remote, old.breaker) if old else (True, False)
            switches.append(PlanningSwitch(name, branch, (bus,), closed, remote, breaker))
    return replace(grid, switches=tuple(sorted(switches, key=lambda each: each.branch)))
