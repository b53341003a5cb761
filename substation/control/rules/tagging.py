"""Tags and earths (SAFETY S4, S17)."""

from __future__ import annotations

from models.network.elements import SwitchKind
from models.switching import SwitchAction
from substation.control.situation import Situation
from substation.image import Missing
from substation.tags import Tag, TagKind

_WORK = (TagKind.WORK_PERMIT, TagKind.TEMPORARY_EARTH)
"""Tags that forbid voltage on everything they touch, also when they hang at a switch of the boundary."""


def fault_isolation(situation: Situation) -> str:
    """S4: what bounds a fault is closed by nobody until an operator has removed the tag."""
    for tag in situation.image.tags:
        if tag.kind is TagKind.FAULT_ISOLATION and tag.element == situation.element:
            return f"{tag.element} is tagged '{tag.kind.value}' ({_origin(tag)})"
    return ""


def tagged(situation: Situation) -> str:
    """S17: all tags on the switch and on what it would feed must be gone before an operation."""
    check = {
        SwitchAction.CLOSE: _forbids_close,
        SwitchAction.OPEN: _forbids_open,
        SwitchAction.ENABLE_RECLOSING: _forbids_reclosing,
    }[situation.request.action]
    for tag in situation.image.tags:
        if check(situation, tag):
            return f"{tag.element} is tagged '{tag.kind.value}' ({_origin(tag)})"
    return ""


def _origin(tag: Tag) -> str:
    return f"by {tag.holder}, {tag.reference}" if tag.reference else f"by {tag.holder}"


def _forbids_open(situation: Situation, tag: Tag) -> bool:
    return tag.kind.forbids_opening and tag.element in (situation.element, situation.bay)


def _forbids_close(situation: Situation, tag: Tag) -> bool:
    if not tag.kind.forbids_closing or (tag.kind is TagKind.FAULT_ISOLATION and tag.element == situation.element):
        return False  # the second case is S4's
    return tag.element in (situation.element, situation.bay) or bool(
        _touched(situation, tag) & _reached(situation, tag)
    )


def _touched(situation: Situation, tag: Tag) -> frozenset[str]:
    """Nodes that the tag protects: those of a conductor, and both ends of a switch that people work at."""
    switch = situation.grid.switches.get(tag.element)
    if switch is None:
        return situation.grid.nodes_of(tag.element)
    works = tag.kind in _WORK or tag.kind is TagKind.LIVE_LINE_WORK
    return frozenset(situation.grid.sides(switch)) if works else frozenset()


def _reached(situation: Situation, tag: Tag) -> frozenset[str]:
    """Nodes that must bear no such tag: what would be fed and the zones beside the switch.

    Live-line work forbids automation everything that could feed the zone (S17).
    """
    switch = situation.switch
    if switch is None:
        return frozenset()
    if tag.kind is TagKind.LIVE_LINE_WORK and situation.request.automatic:
        return situation.joined
    zones = situation.grid.zones
    beside = (zones.nodes(node) for node in situation.grid.sides(switch))
    return situation.energised.union(*beside)


def _forbids_reclosing(situation: Situation, tag: Tag) -> bool:
    """Reclosing stays off while people work on a live line that this feeder may feed."""
    if tag.kind is not TagKind.LIVE_LINE_WORK:
        return False
    touched = _touched(situation, tag)
    breakers = [feeder.breaker for feeder in situation.grid.network.feeders if feeder.id == situation.element]
    sides = (situation.grid.switches[breaker].to_node for breaker in breakers)
    return tag.element == situation.element or any(situation.possibly.nodes(node) & touched for node in sides)


def earth_not_open(situation: Situation) -> str:
    """S17: earths take part in interlocking: nothing is fed onto an earthing switch that is not confirmed open."""
    for switch in situation.grid.network.switches:
        if switch.kind is SwitchKind.EARTHING_SWITCH and switch.from_node in situation.energised:
            position = situation.positions[switch.id]
            if isinstance(position, Missing):
                return f"the earthing switch {switch.id} is not confirmed open: {position.reason}"
            if position:
                return f"the earthing switch {switch.id} is closed"
    return ""
