"""Return to the released normal diagram (OP2, SAFETY S24) after a fault has been repaired.

Automation closes onto dead networks only (S7), and parallels (S8) are not released in this version, so the order breaks
before it makes: the repaired zone is fed again from its normal side first; then each part that hangs on a tie loses its
supply between the opening of the tie and the next closing, and nowhere longer. The gate checks every step again, S16
with the loads of that moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.errors import AlgorithmError
from models.network.elements import Feeder, Network, Switch, SwitchKind
from models.point import Dbpos
from models.switching import GroupChange, Order, OrderKind, OrderState, Purpose, StepState
from substation.grid.arrays import Booleans
from substation.grid.positions import Positions, read_positions
from substation.grid.topology import Topology
from substation.image import Missing, ProcessImage
from substation.mv.crew.steps import by_hand, without_remote
from substation.mv.donors import transformer_of
from substation.mv.order import ACTIVE_GROUP, StepList
from substation.mv.reading import exists, flag, number

BREAK_BEFORE_MAKE = "customers behind {tie} are interrupted from step {first} to step {last}, since S8 is not released"
TAGS = "all tags of the order must be removed by their holders first (S4, S17)"


def away_from_normal(network: Network, positions: Positions) -> Mapping[str, str]:
    """Switches away from the released normal diagram, in words, by id; doubtful positions are away too."""
    away: dict[str, str] = {}
    for number_, switch in enumerate(network.switches):
        if switch.id in positions.doubts:
            away[switch.id] = positions.doubts[switch.id]
        elif bool(positions.open[number_]) != switch.normally_open:
            away[switch.id] = "open, normally closed" if positions.open[number_] else "closed, normally open"
    return away


@dataclass(frozen=True, slots=True)
class _Move:
    """One operation on the way. tie: the tie whose opening interrupted what this closing feeds again, '' if none."""

    switch: str
    value: Dbpos
    tie: str = ""


def return_to_normal(image: ProcessImage, topology: Topology, order: Order) -> Order | str:
    """The order that brings what `order` switched back to normal, or the reason in words why there is none.

    Only switches that `order` moved are touched; the faulted zone counts as repaired, its tags as removed.
    """
    positions = read_positions(image, topology.network)
    touched = {step.element for step in order.steps if step.position is not None} | set(order.tripped)
    switches = [switch for switch in topology.network.switches if switch.id in touched]
    for switch in switches:
        if switch.id in positions.doubts:
            return f"S14: {positions.doubts[switch.id]}"
    away = [switch for switch in switches if _away(topology, positions, switch)]
    groups = _groups(image, order)
    if not away and not groups:
        return f"everything that order {order.id} moved is in its normal position"
    try:
        moves = _moves(topology, positions, away)
        return _order(image, topology, order, positions.closed, moves, groups)
    except AlgorithmError as error:
        return str(error)


def _away(topology: Topology, positions: Positions, switch: Switch) -> bool:
    return bool(positions.open[topology.arrays.switch_index[switch.id]]) != switch.normally_open


def _groups(image: ProcessImage, order: Order) -> dict[str, GroupChange]:
    """By feeder: what the order switched and is still so goes back to what it was before."""
    switched: dict[str, GroupChange] = {}
    for step in order.steps:
        if isinstance(step.value, GroupChange) and step.state in (StepState.CONFIRMED, StepState.FAILED):
            former = switched[step.element].former if step.element in switched else step.value.former
            switched[step.element] = GroupChange(step.value.group, former)
    return {feeder: change.back for feeder, change in switched.items() if _active(image, feeder) != change.former}


def _active(image: ProcessImage, feeder: str) -> float | None:
    """None when it is not known: then it is switched."""
    present = number(image, feeder, ACTIVE_GROUP)
    return None if isinstance(present, Missing) else present


def _moves(topology: Topology, positions: Positions, away: Sequence[Switch]) -> list[_Move]:
    """All operations in a safe order. AlgorithmError when none is found."""
    closed = positions.closed.copy()
    to_close = [switch for switch in away if not switch.normally_open]
    to_open = [switch for switch in away if switch.normally_open]
    moves: list[_Move] = []
    tie = ""
    while to_close or to_open:
        switch = _next_close(topology, closed, to_close)
        if switch is not None:
            to_close.remove(switch)
            moves.append(_Move(switch.id, Dbpos.ON, tie))
        else:
            switch = _next_open(topology, closed, to_close, to_open)
            to_open.remove(switch)
            moves.append(_Move(switch.id, Dbpos.OFF))
            tie = switch.id
        closed[topology.arrays.switch_index[switch.id]] = not switch.normally_open
    return moves


def _next_close(topology: Topology, closed: Booleans, to_close: Sequence[Switch]) -> Switch | None:
    """A switch with one side fed and the other dead; breakers first."""
    root_of = topology.tree(closed).root_of
    ready = [
        switch
        for switch in to_close
        if sorted(root_of[node] >= 0 for node in topology.nodes_of_element[switch.id]) == [False, True]
    ]
    return min(ready, key=lambda switch: switch.kind is not SwitchKind.BREAKER, default=None)


def _next_open(topology: Topology, closed: Booleans, to_close: Sequence[Switch], to_open: Sequence[Switch]) -> Switch:
    """The tie after whose opening something can be closed; any tie once nothing is left to close."""
    for switch in to_open:
        trial = closed.copy()
        trial[topology.arrays.switch_index[switch.id]] = False
        if not to_close or _next_close(topology, trial, to_close) is not None:
            return switch
    names = ", ".join(switch.id for switch in (*to_close, *to_open))
    raise AlgorithmError(f"no order of steps brings {names} back without a loop or parallel; switch them by hand")


def _order(
    image: ProcessImage,
    topology: Topology,
    order: Order,
    closed: Booleans,
    moves: Sequence[_Move],
    groups: Mapping[str, GroupChange],
) -> Order:
    feeders = _feeders(topology, order, closed)
    steps = StepList(image)
    reclosing = [feeder.id for feeder in feeders if exists(image, feeder.id, "RREC1.BlkRec")]
    for bay in reclosing:
        if flag(image, bay, "RREC1.BlkRec") is not True:
            steps.reclosing(bay, True)
    shrinking = _losing(topology, closed, moves)
    for feeder in [each for each in groups if each not in shrinking]:  # before it feeds more
        steps.group(feeder, groups[feeder])
    first = len(steps.steps) + 1
    for move in moves:
        verb = "Open" if move.value is Dbpos.OFF else "Close"
        steps.switch(move.switch, move.value, Purpose.RETURN, f"{verb} {move.switch}: its normal position")
    for feeder in [each for each in groups if each in shrinking]:  # once it feeds less
        steps.group(feeder, groups[feeder])
    for bay in reclosing:
        if _may_release(image, order, bay):
            steps.reclosing(bay, False)
    transformers = dict.fromkeys(transformer_of(topology, topology.tree(closed), feeder) for feeder in feeders)
    return Order(
        id=f"{order.id}-return",
        revision=1,
        kind=OrderKind.RETURN_TO_NORMAL,
        title=f"Return to the normal diagram after {order.id}",
        created_ns=image.time_ns,
        state=OrderState.PROPOSED,
        steps=by_hand(steps.steps, without_remote(topology.network)),
        feeders=(*(feeder.id for feeder in feeders), *transformers),
        interrupted_w=_interrupted_w(image, topology, closed, moves),
        explanation=(f"order {order.id} was reported repaired", *_away_words(moves)),
        remarks=(TAGS, *_interruptions(moves, first)),
    )


def _losing(topology: Topology, closed: Booleans, moves: Sequence[_Move]) -> frozenset[str]:
    """Feeders that give back what hangs on a tie."""
    tree = topology.tree(closed)
    found = (topology.feeder_of(move.switch, tree) for move in moves if move.value is Dbpos.OFF)
    return frozenset(feeder.id for feeder in found if feeder is not None)


def _feeders(topology: Topology, order: Order, closed: Booleans) -> list[Feeder]:
    """Feeders that the first order touched, and whatever feeds its switches now."""
    tree = topology.tree(closed)
    named = set(order.feeders)
    for step in order.steps:
        feeder = topology.feeder_of(step.element, tree)
        if feeder is not None:
            named.add(feeder.id)
    return [feeder for feeder in topology.network.feeders if feeder.id in named]


def _may_release(image: ProcessImage, order: Order, bay: str) -> bool:
    """Released unless somebody else had blocked it: free now, or blocked by the first order."""
    blocked_by_order = any(step.element == bay and step.value is True for step in order.steps)
    return blocked_by_order or flag(image, bay, "RREC1.BlkRec") is False


def _away_words(moves: Sequence[_Move]) -> list[str]:
    states = {Dbpos.OFF: "closed, normally open", Dbpos.ON: "open, normally closed"}
    return [f"{move.switch} is {states[move.value]}" for move in moves]


def _interruptions(moves: Sequence[_Move], first: int) -> list[str]:
    """One remark per tie whose opening leaves customers dark, with the steps between."""
    lines = []
    for number_, move in enumerate(moves):
        if move.value is Dbpos.OFF:
            closings = [later for later, each in enumerate(moves) if each.tie == move.switch]
            if closings:
                lines.append(
                    BREAK_BEFORE_MAKE.format(tie=move.switch, first=first + number_, last=first + max(closings))
                )
    return lines


def _interrupted_w(image: ProcessImage, topology: Topology, closed: Booleans, moves: Sequence[_Move]) -> float:
    """Load in W, as measured now, that is dark at some step; a load that cannot be read counts with its peak."""
    index = topology.arrays.switch_index
    before = topology.tree(closed).root_of >= 0
    dark = before & False
    now = closed.copy()
    for move in moves:
        now[index[move.switch]] = move.value is Dbpos.ON
        dark |= before & (topology.tree(now).root_of < 0)
    total_w = 0.0
    for load in topology.network.loads:
        if dark[topology.arrays.node_index[load.node]]:
            power_w = number(image, load.id, "MMXU1.TotW")
            total_w += load.active_power_w if isinstance(power_w, Missing) else power_w
    return total_w
