"""Transfer of a bay from one busbar to another under load (SAFETY S13): only over the closed coupler, which stays so.

A coupler is a bay whose breaker decides whether it joins two busbars. While it is closed with its disconnectors, both
busbars are one conductor, and a disconnector between them moves no more than the current it shares.
"""

from __future__ import annotations

from models.network.elements import Switch, SwitchKind
from substation.control.grid import Grid
from substation.control.situation import Situation


def coupled(situation: Situation) -> bool:
    """Both sides of the switch hang together over a closed coupler and its bay alone; every position confirmed."""
    switch = situation.switch
    if switch is None or not switch.to_node:
        return False
    grid = situation.grid
    own = {each.id for each in _of_bay(grid, situation.bay) if each.kind is not SwitchKind.BREAKER}
    for bay in grid.couplers:
        if bay == situation.bay:
            continue
        way = (own | {each.id for each in _of_bay(grid, bay)}) & situation.surely_closed
        if _joined(grid, frozenset(way), switch):
            return True
    return False


def holds_transfer(situation: Situation) -> str:
    """S13: the coupler stays closed while a bay is on two busbars: its disconnectors would break the coupling."""
    switch = situation.switch
    if switch is None or situation.bay not in situation.grid.couplers or not switch.to_node:
        return ""
    for bay in situation.grid.bays:
        if bay != situation.bay and _on_two_busbars(situation, bay):
            return f"{bay} is on two busbars; {switch.id} of the coupler opens once it is on one of them"
    return ""


def _on_two_busbars(situation: Situation, bay: str) -> bool:
    """Disconnectors of this bay alone may join two busbars."""
    grid = situation.grid
    closed = {each.id for each in _of_bay(grid, bay) if each.kind is SwitchKind.DISCONNECTOR}
    return _busbars_joined(grid, frozenset(closed & situation.possibly_closed), bay)


def _busbars_joined(grid: Grid, closed: frozenset[str], bay: str) -> bool:
    ends = {node for each in _of_bay(grid, bay) for node in grid.sides(each)}
    busbars = [node for node in ends if grid.node(node).busbar]
    found = grid.conducting(closed, ends)
    return len({found[node] for node in busbars}) < len(busbars)


def _joined(grid: Grid, closed: frozenset[str], switch: Switch) -> bool:
    ends = {node for each in closed | {switch.id} for node in grid.sides(grid.switches[each])}
    found = grid.conducting(closed, ends)
    return found[switch.from_node] == found[switch.to_node]


def _of_bay(grid: Grid, bay: str) -> tuple[Switch, ...]:
    return grid.bays.get(bay, ())
