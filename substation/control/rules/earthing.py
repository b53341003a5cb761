"""Operating earthing switches (SAFETY S1, S2): never by automation; by people where dead and isolated are proven."""

from __future__ import annotations

from models.network.elements import Switch, SwitchKind
from substation.control.rules.bay import ISOLATING
from substation.control.rules.voltage import DEAD_PU, voltages_pu
from substation.control.situation import Situation
from substation.image import Missing
from substation.tags import TagKind

_WORK = (TagKind.WORK_PERMIT, TagKind.TEMPORARY_EARTH, TagKind.LIVE_LINE_WORK)


def earthing_switch(situation: Situation) -> str:
    """S1: automation never; people from afar only a remote-controlled one, its section isolated and measured dead."""
    switch = situation.switch
    if switch is None or switch.kind is not SwitchKind.EARTHING_SWITCH:
        return ""
    if situation.request.automatic:
        return f"{switch.id} is an earthing switch, which automation never operates"
    if not switch.remote:
        return f"{switch.id} is an earthing switch; it is operated on the spot by an authorised person"
    if situation.request.closes:
        return _not_isolated(situation, switch) or _not_dead(situation, switch)
    return _work_in(situation, switch)


def _section(situation: Situation, switch: Switch) -> frozenset[str]:
    """Everything that no isolating distance parts from the earthing switch; open breakers part nothing."""
    breakers = {each.id for each in situation.grid.network.switches if each.kind is SwitchKind.BREAKER}
    return situation.grid.islands(breakers).nodes(switch.from_node)


def _not_isolated(situation: Situation, switch: Switch) -> str:
    section = _section(situation, switch)
    for each in situation.grid.network.switches:
        bounding = each.kind in ISOLATING and len(section.intersection(situation.grid.sides(each))) == 1
        if bounding and not situation.confirmed_open(each.id):
            position = situation.positions[each.id]
            why = position.reason if isinstance(position, Missing) else "it is closed"
            return f"{each.id} is not confirmed open ({why}), so the section of {switch.id} is not isolated"
    return ""


def _not_dead(situation: Situation, switch: Switch) -> str:
    """Topology alone never proves a conductor dead: a voltage is measured where it is earthed, and it is absent."""
    beside = situation.surely.nodes(switch.from_node)
    measured = voltages_pu(situation, beside)
    if not measured:
        return f"no voltage is measured at {switch.from_node}, so nothing proves it dead; it is earthed on the spot"
    for value in measured:
        if isinstance(value, Missing):
            return f"whether {switch.from_node} is dead is not known: {value.reason}"
        if value >= DEAD_PU:
            return f"{switch.from_node} is not dead: {value:.0%} of nominal voltage"
    return ""


def _work_in(situation: Situation, switch: Switch) -> str:
    """An earth that protects people at work is not taken away."""
    section = _section(situation, switch)
    for tag in situation.image.tags:
        if tag.kind in _WORK and (tag.element == switch.id or situation.grid.nodes_of(tag.element) & section):
            return f"{tag.element} is tagged '{tag.kind.value}' by {tag.holder}: its earth stays"
    return ""
