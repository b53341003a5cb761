"""What may be closed (SAFETY S3, S6, S7)."""

from __future__ import annotations

from models.network.elements import Switch, SwitchKind
from models.point import PointName
from models.switching import Order, OrderKind
from substation.control.situation import Situation
from substation.image import Missing
from substation.tags import TagKind

PROTECTION_STARTS = ("PTOC1.Str", "PTOC2.Str", "PTEF1.Str")
BLOCKED = PointName("", "RREC1.BlkRec").variable
_BOUNDING = (TagKind.FAULT_ISOLATION, TagKind.WORK_PERMIT, TagKind.TEMPORARY_EARTH, TagKind.LIVE_LINE_WORK)


def not_for_automation(situation: Situation) -> str:
    """S3: the tripped breaker, normally open ties, and what a person approved for the return to normal."""
    switch, order = situation.switch, situation.context.order
    if situation.request.originator.market:
        return ""  # what a market service may close is S20's
    if switch is None or order is None:
        return f"automation closes {situation.element} only as a step of a switching order"
    if order.kind is OrderKind.RETURN_TO_NORMAL:
        return _not_for_return(switch, order)
    if order.kind is OrderKind.RECONFIGURE and order.approved_by:
        return _not_a_tie(situation, switch, order)
    if order.kind not in (OrderKind.ISOLATE_AND_RESTORE, OrderKind.RESTORE_BY_CREW):
        return f"automation closes nothing for an order of kind '{order.kind.value}'"
    if order.kind is OrderKind.RESTORE_BY_CREW and not order.approved_by:
        return "an order of a crew closes only after a person has approved it"
    if switch.kind is SwitchKind.BREAKER and switch.id in order.tripped:
        return ""
    if order.kind is OrderKind.RESTORE_BY_CREW and not switch.normally_open:
        return _not_reclosed(situation, switch, order)
    return _not_a_tie(situation, switch, order)


def _not_for_return(switch: Switch, order: Order) -> str:
    if not order.approved_by:
        return "a return to normal is closed only after a person has approved the order"
    if switch.normally_open:
        return f"{switch.id} is open in the released normal diagram, so a return to normal does not close it"
    return ""


def _not_a_tie(situation: Situation, switch: Switch, order: Order) -> str:
    if not switch.normally_open:
        return f"{switch.id} is neither a breaker that this event tripped nor open in the released normal diagram"
    if switch.id not in order.open_before:
        return f"{switch.id} is not known to have been open before the fault"
    return _bounds(situation, switch)


def _not_reclosed(situation: Situation, switch: Switch, order: Order) -> str:
    """What was opened to isolate, and bounds the fault no more since a crew has cut it off closer to it."""
    if switch.id in order.open_before:
        return f"{switch.id} was open before the fault, and not for it"
    return _bounds(situation, switch)


def _bounds(situation: Situation, switch: Switch) -> str:
    zones = situation.grid.zones
    around = frozenset().union(*(zones.nodes(node) for node in situation.grid.sides(switch)))
    for name, elements in situation.context.faults.items():
        if any(situation.grid.nodes_of(element) & around for element in elements):
            return f"{switch.id} bounds the faulted zone of order {name}"
    for tag in situation.image.tags:
        if tag.kind in _BOUNDING and situation.grid.nodes_of(tag.element) & around:
            return f"{switch.id} bounds {tag.element}, which is tagged '{tag.kind.value}' by {tag.holder}"
    return ""


def second_attempt(situation: Situation) -> str:
    """S6: one attempt."""
    if not situation.context.attempted:
        return ""
    return f"order {situation.request.order} has already tried to close {situation.element}; there is one attempt"


def reclosing_not_blocked(situation: Situation) -> str:
    """S6: automatic reclosing is blocked on source and target feeders until the order ends."""
    order = situation.context.order
    for feeder in _feeders(situation, order):
        if not situation.exists(feeder, BLOCKED):
            continue
        blocked = situation.flag(feeder, BLOCKED)
        if isinstance(blocked, Missing):
            return f"whether reclosing is blocked on {feeder} is not known: {blocked.reason}"
        if not blocked:
            return f"automatic reclosing is not blocked on {feeder}"
    return ""


def protection_active(situation: Situation) -> str:
    """S6: nothing is closed while a protection of the feeders involved has picked up."""
    for feeder in _feeders(situation, situation.context.order):
        for variable in PROTECTION_STARTS:
            if not situation.exists(feeder, variable):
                continue
            started = situation.flag(feeder, variable)
            if isinstance(started, Missing):
                return f"whether the protection of {feeder} has picked up is not known: {started.reason}"
            if started:
                return f"the protection of {feeder} has picked up ({variable})"
    return ""


def _feeders(situation: Situation, order: Order | None) -> list[str]:
    return sorted(situation.feeders | frozenset(order.feeders if order else ()))


def judged_by_s8(order: Order | None) -> bool:
    """Orders that are no restoration and whose every closing is judged as people's are: the return that a person has
    approved (S24), and what VOS does within the settings of the operator."""
    kinds = (OrderKind.RETURN_TO_NORMAL, OrderKind.RECONFIGURE)
    return order is not None and order.kind in kinds and bool(order.approved_by)


def loop_or_parallel(situation: Situation) -> str:
    """S7: automation closes onto dead networks only: never a loop, never a parallel, never two sources."""
    if judged_by_s8(situation.context.order):
        return ""
    found = second_path(situation)
    return f"{found}; automation closes onto dead networks only" if found else ""


def second_path(situation: Situation) -> str:
    """The loop or parallel that the close would make, in words; '' when there is none."""
    switch = situation.switch
    if switch is None or not switch.to_node:
        return ""
    if situation.possibly.joined(switch.from_node, switch.to_node):
        return f"closing {switch.id} makes a loop{_because_of_doubt(situation)}"
    if len(situation.live_sides) == 2:
        return f"both sides of {switch.id} are fed, so closing it makes a parallel{_because_of_doubt(situation)}"
    return ""


def _because_of_doubt(situation: Situation) -> str:
    """Whether it is only a doubtful position that joins or feeds the sides."""
    switch, surely = situation.known_switch, situation.surely
    certain = surely.joined(switch.from_node, switch.to_node) or (
        surely.live(switch.from_node) and surely.live(switch.to_node)
    )
    if certain:
        return ""
    reached = [
        name
        for name in situation.doubtful
        if situation.joined & set(situation.grid.sides(situation.grid.switches[name]))
    ]
    moving = "".join(
        f" ({situation.image.in_flight[name]})" for name in reached[:3] if name in situation.image.in_flight
    )
    return f" unless {', '.join(reached[:3])} can be confirmed open{moving}"
