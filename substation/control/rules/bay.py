"""Interlocking inside a bay and between bays, from how everything hangs together (SAFETY S1, S13, S14, S17). Pure.

It needs no electrical values, so it holds for every SCL file. A disconnector moves only where it cannot interrupt or
make a load current: one of its sides is a stub behind open switches, or both sides are held together by the closed
coupler.
"""

from __future__ import annotations

from models.network.elements import Switch, SwitchKind
from substation.control.rules.transfer import coupled
from substation.control.situation import Situation
from substation.image import Missing

ISOLATING = (SwitchKind.DISCONNECTOR, SwitchKind.LOAD_BREAK_SWITCH)
"""Kinds that make an isolating distance; a breaker alone does not."""


def topology_unknown(situation: Situation) -> str:
    """S14: a switch that stands nowhere in the grid: whatever it joins is in doubt."""
    if situation.switch is not None or not situation.request.point.variable.endswith(".Pos"):
        return ""
    return (
        f"which conductors {situation.element} joins is not known: complete its Terminals in the SCD, or its element in"
        " network.json"
    )


def disconnector_under_load(situation: Situation) -> str:
    """S13: disconnectors never under load: a side without load and supply, both sides dead, or the coupler closed."""
    switch = situation.switch
    if switch is None or switch.kind is not SwitchKind.DISCONNECTOR or not situation.live_sides:
        return ""
    if any(_stub(situation, node) for node in situation.grid.sides(switch)) or coupled(situation):
        return ""
    return f"{switch.id} is a disconnector and {_under_load(situation)}"


def _under_load(situation: Situation) -> str:
    """What is missing, in the words of whoever stands in front of the bay."""
    breakers = [each for each in bay_switches(situation) if each.kind is SwitchKind.BREAKER]
    closed = [each.id for each in breakers if not situation.confirmed_open(each.id)]
    beside = [
        each.id
        for each in bay_switches(situation)
        if each.kind in ISOLATING and each.id != situation.element and not situation.confirmed_open(each.id)
    ]
    if closed:
        return f"{closed[0]} is not confirmed open, nor are both sides held together by a closed coupler"
    if beside:
        return f"{beside[0]} is not confirmed open, nor are both sides held together by a closed coupler"
    return f"no breaker of {situation.bay} is confirmed open"


def bay_switches(situation: Situation) -> tuple[Switch, ...]:
    """Switches of the bay of the request's switch."""
    bay = situation.bay
    return tuple(each for each in situation.grid.network.switches if each.id.rpartition("/")[0] == bay)


def _stub(situation: Situation, node: str) -> bool:
    """Nothing hangs together with this side but conductors of switchgear: no load, no supply, no busbar, no line."""
    return situation.grid.bearing.isdisjoint(situation.possibly.nodes(node))


def closes_onto_earth(situation: Situation) -> str:
    """S17: a disconnector or load-break switch is not closed towards an earth, whether dead or not."""
    switch = situation.switch
    if switch is None or switch.kind not in ISOLATING:
        return ""
    breakers = {each.id for each in bay_switches(situation) if each.kind is SwitchKind.BREAKER}
    reached = situation.grid.islands(situation.possibly_closed | (breakers - {switch.id}))
    beside = frozenset().union(*(reached.nodes(node) for node in situation.grid.sides(switch)))
    for each in situation.grid.network.switches:
        told = each.from_node in situation.energised  # by the rule that nothing is fed onto an earth
        earthing = each.kind is SwitchKind.EARTHING_SWITCH and each.from_node in beside and not told
        if earthing and (reason := _not_open(situation, each)):
            return f"{reason}, and {switch.id} leads to it"
    return ""


def _not_open(situation: Situation, switch: Switch) -> str:
    position = situation.positions[switch.id]
    if isinstance(position, Missing):
        return f"earthing switch {switch.id} is not confirmed open ({position.reason})"
    return f"earthing switch {switch.id} is closed" if position else ""
