"""Whether a planning grid can be calculated at all, and what about its present state has to be known.

After a file, and what stands beside it, has been read comes `checked`: what no study could answer rightly is refused,
the rest is named in the findings.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from models.errors import ConfigError
from models.network.planning import PlanningBranch, PlanningGrid
from models.network.plausibility import refuse_implausible

_MOST_NAMED = 10


def checked(grid: PlanningGrid, file: str) -> PlanningGrid:
    """The grid without buses that nothing can feed and that nobody needs, and with what was found about it.

    Raises ConfigError for a grid without source, for loads or generators that no branch joins with a source, and for
    values that are no numbers or beyond all measure.
    """
    refuse_implausible(grid, file)
    if not grid.sources:
        raise ConfigError(
            file, None, "nothing feeds the network", "add a source (MATPOWER: a generator at a type 3 bus)"
        )
    reached = _reached(grid, grid.branches)
    used = [bus.id for number, bus in enumerate(grid.buses) if not reached[number] and _used(grid, number)]
    if used:
        problem = f"no branch, open or closed, joins with a source: {named('bus', used)}"
        raise ConfigError(file, None, problem, "add the missing branches, or remove these buses (MATPOWER: type 4)")
    kept = _without(grid, [number for number in range(len(grid.buses)) if not reached[number]])
    return replace(kept, findings=(*kept.findings, *_present_state(kept), *_impedances(kept), *_ratings(kept)))


def named(kind: str, ids: Sequence[str]) -> str:
    """'bus 3', 'buses 3, 4 and 5', 'line:3 and line:4' where the ids say it themselves: at most ten by name."""
    plural = kind + "es" if kind.endswith(("s", "ch")) else kind + "s"
    before = "" if {":", "/"} & set(ids[0]) else f"{kind if len(ids) == 1 else plural} "
    if len(ids) == 1:
        return f"{before}{ids[0]}"
    if len(ids) > _MOST_NAMED:
        return f"{before}{', '.join(ids[:_MOST_NAMED])} and {len(ids) - _MOST_NAMED} more"
    return f"{before}{', '.join(ids[:-1])} and {ids[-1]}"


def loops(grid: PlanningGrid) -> tuple[list[str], list[str]]:
    """Ids of closed branches that close a loop, and of those that join two sources, in the order of the branches.

    A grid is radial in its present state exactly where both are empty.
    """
    root = list(range(len(grid.buses)))
    fed = [False] * len(grid.buses)
    for source in grid.sources:
        fed[source.bus] = True
    closing: list[str] = []
    joining: list[str] = []
    for branch in grid.branches:
        if not branch.closed:
            continue
        start, end = _root(root, branch.from_bus), _root(root, branch.to_bus)
        if start == end:
            closing.append(branch.id)
            continue
        if fed[start] and fed[end]:
            joining.append(branch.id)
        root[start] = end
        fed[end] = fed[end] or fed[start]
    return closing, joining


def _root(root: list[int], at: int) -> int:
    while root[at] != at:
        root[at] = root[root[at]]
        at = root[at]
    return at


def _reached(grid: PlanningGrid, branches: Iterable[PlanningBranch]) -> list[bool]:
    """Which buses these branches join with a source."""
    beside: dict[int, list[int]] = defaultdict(list)
    for branch in branches:
        beside[branch.from_bus].append(branch.to_bus)
        beside[branch.to_bus].append(branch.from_bus)
    reached = [False] * len(grid.buses)
    waiting = [source.bus for source in grid.sources]
    while waiting:
        bus = waiting.pop()
        if not reached[bus]:
            reached[bus] = True
            waiting += beside[bus]
    return reached


def _used(grid: PlanningGrid, number: int) -> bool:
    bus = grid.buses[number]
    return any((bus.load_w, bus.load_var, bus.generation_w, bus.generation_var))


def _without(grid: PlanningGrid, left_out: list[int]) -> PlanningGrid:
    if not left_out:
        return grid
    gone = set(left_out)
    finding = f"{named('bus', [grid.buses[number].id for number in left_out])} can be fed by nothing: left out"
    kept = [number for number in range(len(grid.buses)) if number not in gone]
    place = {number: at for at, number in enumerate(kept)}
    branches = [each for each in grid.branches if each.from_bus in place and each.to_bus in place]
    number = {each.id: at for at, each in enumerate(branches)}
    return replace(
        grid,
        buses=tuple(grid.buses[number] for number in kept),
        branches=tuple(replace(each, from_bus=place[each.from_bus], to_bus=place[each.to_bus]) for each in branches),
        sources=tuple(replace(each, bus=place[each.bus]) for each in grid.sources),
        findings=(*grid.findings, finding),
        switches=tuple(
            replace(each, branch=number[grid.branches[each.branch].id], ends=tuple(place[end] for end in each.ends))
            for each in grid.switches
            if grid.branches[each.branch].id in number
        ),
        indicated=tuple(
            (number[grid.branches[branch].id], place[bus])
            for branch, bus in grid.indicated
            if grid.branches[branch].id in number
        ),
    )


def _present_state(grid: PlanningGrid) -> list[str]:
    findings = []
    reached = _reached(grid, [branch for branch in grid.branches if branch.closed])
    dark = [bus.id for number, bus in enumerate(grid.buses) if not reached[number]]
    if dark:
        findings.append(f"without supply in the state of the file: {named('bus', dark)}")
    closing, joining = loops(grid)
    if closing:
        findings.append(f"not radial in the state of the file: a loop is closed by {named('branch', closing)}")
    if joining:
        findings.append(f"two sources in parallel in the state of the file: joined by {named('branch', joining)}")
    return findings


def _impedances(grid: PlanningGrid) -> list[str]:
    zero = [each.id for each in grid.branches if each.resistance_ohm == 0 == each.reactance_ohm]
    negative = [each.id for each in grid.branches if each.resistance_ohm < 0]
    findings = []
    if zero:
        findings.append(f"no impedance, reckoned as a switch: {named('branch', zero)}")
    if negative:
        findings.append(f"negative resistance, reckoned as it stands: {named('branch', negative)}")
    return findings


def _ratings(grid: PlanningGrid) -> list[str]:
    carrying = [each for each in grid.branches if each.resistance_ohm or each.reactance_ohm]
    without = [each.id for each in carrying if math.isinf(each.rated_a)]
    if not without:
        return []
    which = "every branch" if len(without) == len(carrying) else named("branch", without)
    return [f"no rating, so the current is not limited: {which}"]
