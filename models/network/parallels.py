"""Transformers in parallel as one: a substation that runs so is no loop that a study could open."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import replace

from models.network.planning import PlanningBranch, PlanningBus, PlanningGrid, PlanningSwitch
from models.network.soundness import named

_SAME_RATIO = 1e-6


def parallels_merged(grid: PlanningGrid) -> PlanningGrid:
    """Closed transformers of one ratio between the same busbars become one branch, which nothing operates.

    Couplers (closed branches without impedance) between their busbars go with them; each such group is named in the
    findings. Transformers of different ratios stay as they are: a circulating current is no radial state.
    """
    for group in list(_groups(grid)):
        grid = _merged(grid, group)
    return grid


def _is_coupler(branch: PlanningBranch) -> bool:
    return branch.closed and branch.resistance_ohm == 0 == branch.reactance_ohm


def _groups(grid: PlanningGrid) -> Iterator[list[str]]:
    """Ids of two transformers or more that join the same two groups of coupled buses, from side alike."""
    root = _coupled(grid)
    found: dict[tuple[int, int], list[PlanningBranch]] = defaultdict(list)
    for branch in grid.branches:
        if branch.transformer and branch.closed and not _is_coupler(branch):
            found[root[branch.from_bus], root[branch.to_bus]].append(branch)
    for members in found.values():
        ratios = [complex(each.ratio) for each in members]
        if len(members) > 1 and all(abs(ratio - ratios[0]) < _SAME_RATIO for ratio in ratios):
            yield [each.id for each in members]


def _coupled(grid: PlanningGrid) -> list[int]:
    """The lowest bus that couplers join with each bus."""
    beside = _couplers_at(grid)
    root = [-1] * len(grid.buses)
    for bus in range(len(grid.buses)):
        waiting = [bus] if root[bus] < 0 else []
        while waiting:
            at = waiting.pop()
            if root[at] < 0:
                root[at] = bus
                waiting += [other for _, other in beside[at]]
    return root


def _couplers_at(grid: PlanningGrid) -> list[list[tuple[int, int]]]:
    """Couplers at every bus, with the bus at their other end."""
    beside: list[list[tuple[int, int]]] = [[] for _ in grid.buses]
    for number, branch in enumerate(grid.branches):
        if _is_coupler(branch):
            beside[branch.from_bus].append((number, branch.to_bus))
            beside[branch.to_bus].append((number, branch.from_bus))
    return beside


def _merged(grid: PlanningGrid, group: list[str]) -> PlanningGrid:
    members = [branch for branch in grid.branches if branch.id in group]
    first = members[0]
    couplers, joined = set[int](), dict[int, int]()
    for member in members[1:]:
        for kept, gone in ((first.from_bus, member.from_bus), (first.to_bus, member.to_bus)):
            way = _way(grid, kept, gone)
            couplers |= set(way)
            for number in way:
                joined |= dict.fromkeys((grid.branches[number].from_bus, grid.branches[number].to_bus), kept)
    closed = f", {named('switch', [grid.branches[each].id for each in sorted(couplers)])} closed" if couplers else ""
    finding = f"in parallel, reckoned as one that nothing operates: {named('transformer', group)}{closed}"
    gone_branches = couplers | {number for number, each in enumerate(grid.branches) if each.id in group[1:]}
    one = replace(grid, findings=(*grid.findings, finding))
    return _contracted(one, gone_branches, {first.id: _together(members)}, joined)


def _way(grid: PlanningGrid, start: int, end: int) -> list[int]:
    """Couplers from one bus to another that they join."""
    beside, came = _couplers_at(grid), {start: (-1, -1)}
    waiting = deque([start])
    while waiting and end not in came:
        at = waiting.popleft()
        for number, other in beside[at]:
            if other not in came:
                came[other] = number, at
                waiting.append(other)
    way, at = [], end
    while at != start:
        number, at = came[at]
        way.append(number)
    return way


def _together(members: Sequence[PlanningBranch]) -> PlanningBranch:
    """Impedances in parallel; the rating is reached when the first of them reaches its own."""
    admittances = [1 / complex(each.resistance_ohm, each.reactance_ohm) for each in members]
    whole = sum(admittances)
    rated_a = min(each.rated_a * abs(whole) / abs(part) for each, part in zip(members, admittances, strict=True))
    return replace(
        members[0],
        id="+".join(each.id for each in members),
        resistance_ohm=(1 / whole).real,
        reactance_ohm=(1 / whole).imag,
        susceptance_s=math.fsum(each.susceptance_s for each in members),
        conductance_s=math.fsum(each.conductance_s for each in members),
        rated_a=rated_a,
        opened_by="",
        closed_by="",
        remote=False,
    )


def _contracted(
    grid: PlanningGrid, gone: set[int], changed: dict[str, PlanningBranch], joined: dict[int, int]
) -> PlanningGrid:
    """The grid without these branches and their devices; joined: bus to the one that takes it in."""
    kept_buses = [bus for bus in range(len(grid.buses)) if joined.get(bus, bus) == bus]
    place = {bus: at for at, bus in enumerate(kept_buses)}
    at_bus = [place[joined.get(bus, bus)] for bus in range(len(grid.buses))]
    kept = [number for number in range(len(grid.branches)) if number not in gone]
    at_branch = {number: at for at, number in enumerate(kept)}
    untouched = {number for number in kept if grid.branches[number].id not in changed}
    branches = (changed.get(grid.branches[number].id, grid.branches[number]) for number in kept)
    return replace(
        grid,
        buses=_buses(grid, joined, kept_buses),
        branches=tuple(replace(each, from_bus=at_bus[each.from_bus], to_bus=at_bus[each.to_bus]) for each in branches),
        sources=tuple(replace(each, bus=at_bus[each.bus]) for each in grid.sources),
        switches=tuple(_moved(each, at_branch, at_bus) for each in grid.switches if each.branch in untouched),
        indicated=tuple((at_branch[each], at_bus[bus]) for each, bus in grid.indicated if each in untouched),
    )


def _moved(switch: PlanningSwitch, at_branch: dict[int, int], at_bus: Sequence[int]) -> PlanningSwitch:
    return replace(switch, branch=at_branch[switch.branch], ends=tuple(at_bus[end] for end in switch.ends))


def _buses(grid: PlanningGrid, joined: dict[int, int], kept: list[int]) -> tuple[PlanningBus, ...]:
    taken: dict[int, list[PlanningBus]] = defaultdict(list)
    for bus, kept_bus in joined.items():
        if bus != kept_bus:
            taken[kept_bus].append(grid.buses[bus])
    return tuple(_with(grid.buses[bus], taken[bus]) for bus in kept)


def _with(bus: PlanningBus, others: Sequence[PlanningBus]) -> PlanningBus:
    """Injections add up; the limits of the bus that takes the others in hold."""
    every = (bus, *others)
    return replace(
        bus,
        load_w=math.fsum(each.load_w for each in every),
        load_var=math.fsum(each.load_var for each in every),
        generation_w=math.fsum(each.generation_w for each in every),
        generation_var=math.fsum(each.generation_var for each in every),
        converters_w=math.fsum(each.converters_w for each in every),
        shunt_w=math.fsum(each.shunt_w for each in every),
        shunt_var=math.fsum(each.shunt_var for each in every),
        customers=sum(each.customers for each in every),
        critical_customers=sum(each.critical_customers for each in every),
    )
