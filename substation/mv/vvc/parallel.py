"""Transformers that feed one busbar together: found in the topology, driven as one, left alone when they are apart.

Master and follower (IEC 61850-7-4: ParOp of ATCC) keep equal taps by a link of their own. When it is lost, or one of
them is in manual or blocked, their taps drift apart and current circulates between them: nothing is moved any more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from models.network.planning import PlanningBranch, PlanningGrid
from substation.grid.forest import components
from substation.grid.positions import Positions
from substation.grid.topology import Topology
from substation.mv.vvc.regulators import PARALLEL, Regulator

Groups = tuple[tuple[str, ...], ...]


def groups(topology: Topology, positions: Positions) -> Groups:
    """Transformers whose both sides are joined by closed switches alone, each group in the order of the network."""
    arrays = topology.arrays
    joining = arrays.conducting(positions.closed)
    joining[: arrays.first_switch] = False
    part = components(arrays.nodes, arrays.branch_from, arrays.branch_to, joining)
    found: dict[tuple[int, int], list[str]] = defaultdict(list)
    for each in topology.network.transformers:
        found[int(part[arrays.node_index[each.hv_node]]), int(part[arrays.node_index[each.lv_node]])].append(each.id)
    return tuple(tuple(each) for each in found.values() if len(each) > 1)


def beside(found: Groups) -> frozenset[str]:
    """All but the first of each group: without them nothing is fed twice."""
    return frozenset(name for each in found for name in each[1:])


def discrepancies(regulators: Mapping[str, Regulator], found: Groups) -> Mapping[str, str]:
    """Transformers that stand, or work, in parallel and are apart, by id: in words."""
    reasons = {}
    for one, other in _pairs(regulators, found):
        joined = any(one in each and other in each for each in found)
        if why := _apart(regulators.get(one), regulators.get(other), joined):
            reasons[one] = f"in parallel operation with {other}, but {why}"
    return reasons


def _pairs(regulators: Mapping[str, Regulator], found: Groups) -> Iterator[tuple[str, str]]:
    """Of a busbar, and those that say so of themselves within one station."""
    for each in found:
        yield from ((one, other) for one in each for other in each if one != other)
    told = [name for name, each in regulators.items() if each.parallel]
    for one in told:
        for other in told:
            if one != other and one.partition("/")[0] == other.partition("/")[0]:
                yield one, other


def _apart(one: Regulator | None, other: Regulator | None, joined: bool) -> str:
    if one is None or other is None:
        return "one of them has no regulator that takes a set-point"
    return " and ".join(_differences(one, other, joined))


def _differences(one: Regulator, other: Regulator, joined: bool) -> Iterator[str]:
    if one.tap != other.tap:
        yield f"at tap {one.tap}, that at {other.tap}"
    if one.automatic != other.automatic:
        yield f"{one.id if one.automatic else other.id} alone is in automatic"
    if one.blocked != other.blocked:
        yield f"the tap changer of {one.id if one.blocked else other.id} is blocked"
    if joined and not (one.parallel and other.parallel):
        alone = other.id if one.parallel else one.id
        yield f"the regulator of {alone} works as if it stood alone ({PARALLEL})"


def merged(grid: PlanningGrid, found: Groups) -> PlanningGrid:
    """The grid with each group as one transformer, that of its first: nothing is fed twice any more."""
    at = {branch.id: number for number, branch in enumerate(grid.branches)}
    branches = list(grid.branches)
    for each in found:
        members = [branches[at[name]] for name in each]
        branches[at[each[0]]] = _together([branch for branch in members if branch.closed] or members)
        for name in each[1:]:
            branches[at[name]] = replace(branches[at[name]], closed=False)
    return replace(grid, branches=tuple(branches))


def _together(members: Sequence[PlanningBranch]) -> PlanningBranch:
    """Equal ratios; the current splits by the impedances, and the first that is full bounds all."""
    series = np.array([complex(each.resistance_ohm, each.reactance_ohm) for each in members])
    whole = 1 / np.sum(1 / series)
    shares = np.abs(whole / series)
    return replace(
        members[0],
        resistance_ohm=float(whole.real),
        reactance_ohm=float(whole.imag),
        susceptance_s=sum(each.susceptance_s for each in members),
        conductance_s=sum(each.conductance_s for each in members),
        rated_a=float(min(each.rated_a / share for each, share in zip(members, shares, strict=True))),
    )


def leaders(names: Collection[str], found: Groups) -> Mapping[str, tuple[str, ...]]:
    """Every transformer that leads, with all that it leads, itself first: alone where it stands alone."""
    followers = beside(found)
    group = {each[0]: each for each in found}
    return {name: group.get(name, (name,)) for name in names if name not in followers}
