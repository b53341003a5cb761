"""Placements and automation (SAFETY S17): where people have rebuilt the grid, people switch."""

from __future__ import annotations

from substation.control.situation import Situation
from substation.placements.placement import on_the_grid, set_by_hand


def people_switch_here(situation: Situation) -> str:
    """S17, S14: automation stays away from feeders that an earth, cut, jumper, generator or manual position touches."""
    placed = on_the_grid(situation.image.placements)
    manual = set_by_hand(situation.image.placements, situation.element)
    if manual is not None:
        return f"{manual}: a position set by hand is never one for automation"
    if not placed or situation.switch is None:
        return ""
    near = situation.feeders
    for placement in placed:
        nodes = _nodes(situation, placement.element) | set(_ends(situation, placement.id))
        if nodes & situation.joined or near & _feeders(situation, nodes):
            return f"{placement}; people switch there until it is taken away"
    return ""


def _ends(situation: Situation, number: int) -> tuple[str, ...]:
    network = situation.grid.network
    mine = f"placed/{number}/"
    nodes = [each.id for each in network.nodes if each.id.startswith(mine)]
    switches = [each for each in network.switches if each.id.startswith(mine)]
    sources = [each.node for each in network.sources if each.id.startswith(mine)]
    return (*nodes, *sources, *(end for each in switches for end in (each.from_node, each.to_node) if end))


def _nodes(situation: Situation, element: str) -> set[str]:
    switch = situation.grid.switches.get(element)
    return set(situation.grid.sides(switch)) if switch is not None else set(situation.grid.nodes_of(element))


def _feeders(situation: Situation, nodes: set[str]) -> frozenset[str]:
    """Feeders that reach these nodes, now (doubt counts as joined) or in the released normal diagram."""
    grid = situation.grid
    found: set[str] = set()
    for closed in (situation.possibly_closed, grid.normally_closed):
        cut = grid.islands(set(closed) - grid.feeder_of_breaker.keys())
        islands = {cut.of(node) for node in nodes}
        found |= {
            feeder.id
            for feeder in grid.network.feeders
            if islands & {cut.of(node) for node in grid.sides(grid.switches[feeder.breaker])}
        }
    return frozenset(found)
