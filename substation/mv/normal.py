"""Return to the released normal diagram (OP2, SAFETY S24) after a fault has been repaired.

The repaired zone is fed again first; then everything that hangs on a tie goes back, ordered as VOS orders: closed
before opened where every check of the parallel passes (S8), else with the shortest outage. Where the rules leave no
such way now, what is proposed opens before it closes, and says so. People approve it; the gate checks every step again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from models.errors import AlgorithmError
from models.network.elements import Feeder, Network, Switch
from models.point import Dbpos
from models.switching import AssumedLoad, GroupChange, Order, OrderKind, OrderState, Purpose, StepState
from substation.grid.arrays import Booleans
from substation.grid.positions import Positions, read_positions
from substation.grid.topology import Topology
from substation.image import Missing, ProcessImage
from substation.mv.crew.steps import by_hand, without_remote
from substation.mv.donors import feeders_at, transformer_of
from substation.mv.order import ACTIVE_GROUP, StepList
from substation.mv.reading import exists, flag, number
from substation.mv.return_way import Move, by_then, by_topology, ordered
from substation.mv.vos.judges import Judges
from substation.mv.vos.order import IN_PARALLEL
from substation.mv.vos.trial import assumed

INTERRUPTED = "customers behind {tie} are interrupted from step {first} to step {last}"
NO_WAY = (
    "no order of steps would pass the rules as things are now, so it opens before it closes; look again before approval"
)
NOTHING_AWAY = "everything that order {order} moved is in its normal position"
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


def return_to_normal(
    image: ProcessImage, topology: Topology, order: Order, judges: Judges | None = None, revision: int = 1
) -> Order | str:
    """The order that brings what `order` switched back to normal, or the reason in words why there is none.

    Only switches that `order` moved are touched; the faulted zone counts as repaired, its tags as removed. judges: the
    gate's rules; without them nothing is closed before it is dead.
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
        return NOTHING_AWAY.format(order=order.id)
    plan = _Plan(image, topology, order, positions.closed, groups, away, revision)
    try:
        found = None if judges is None or positions.doubts else plan.judged(judges)
        if isinstance(found, Order):
            return found
        why = () if found is None else (f"{NO_WAY}: {found}",)
        return plan.order(by_topology(topology, positions.closed, away), why)
    except AlgorithmError as error:
        return str(error)


@dataclass(frozen=True, slots=True)
class _Plan:
    """closed: the present state. away: switches to be moved. groups: setting groups to be switched back, by feeder."""

    image: ProcessImage
    topology: Topology
    before: Order
    closed: Booleans
    groups: Mapping[str, GroupChange]
    away: Sequence[Switch]
    revision: int

    def judged(self, judges: Judges) -> Order | str:
        """The order that the rules let pass, as far as they can be asked now; else why there is none."""
        opening = [switch.id for switch in self.away if switch.normally_open]
        losing = _losing(self.topology, self.closed, opening)
        first = {feeder: change for feeder, change in self.groups.items() if feeder not in losing}
        image = by_then(self.topology, self.image, self.before, [each.id for each in self.away], first)
        try:
            moves, way = ordered(self.topology, image, self.closed, self.away, judges)
            if not moves and self.away:
                return "; ".join(way.rejected[:3]) or "what it moved is no set of exchanges"
            order = self.order(moves, (_certainty(moves, way.proven),))
        except AlgorithmError as error:
            return str(error)
        refused = judges.now(image, order)
        return order if refused is None else f"{refused.element}: {refused.reason}"

    def order(self, moves: Sequence[Move], why: tuple[str, ...]) -> Order:
        return _order(self, moves, why)


def _certainty(moves: Sequence[Move], proven: bool) -> str:
    if not any(move.tie for move in moves):
        return "nobody who is fed is interrupted"
    return "no order of these steps interrupts fewer customers" if proven else "not proven to interrupt the fewest"


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


def _order(plan: _Plan, moves: Sequence[Move], why: tuple[str, ...]) -> Order:
    image, topology, order, groups = plan.image, plan.topology, plan.before, plan.groups
    feeders = _feeders(topology, order, plan.closed, moves)
    steps = StepList(image)
    reclosing = [feeder.id for feeder in feeders if exists(image, feeder.id, "RREC1.BlkRec")]
    for bay in reclosing:
        if flag(image, bay, "RREC1.BlkRec") is not True:
            steps.reclosing(bay, True)
    shrinking = _losing(topology, plan.closed, [move.switch for move in moves if move.value is Dbpos.OFF])
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
    transformers = dict.fromkeys(transformer_of(topology, topology.tree(plan.closed), feeder) for feeder in feeders)
    manual = without_remote(topology.network)
    return Order(
        id=f"{order.id}-return",
        revision=plan.revision,
        kind=OrderKind.RETURN_TO_NORMAL,
        title=f"Return to the normal diagram after {order.id}",
        created_ns=image.time_ns,
        state=OrderState.PROPOSED,
        steps=by_hand(steps.steps, manual),
        feeders=(*(feeder.id for feeder in feeders), *transformers),
        loads=_loads(plan),
        interrupted_w=_interrupted_w(image, topology, plan.closed, moves),
        explanation=(f"order {order.id} was reported repaired", *_away_words(moves), *why),
        remarks=(TAGS, *_meanwhile(moves, first), *_crews(moves, manual)),
    )


def _loads(plan: _Plan) -> tuple[AssumedLoad, ...]:
    """What comes back after a short outage draws what it draws now; what has been dark its rated peak (SAFETY S11)."""
    topology, fed = plan.topology, plan.topology.tree(plan.closed).root_of >= 0
    node = {load.id: topology.arrays.node_index[load.node] for load in topology.network.loads}
    return tuple(each for each in assumed(topology, plan.image) if fed[node[each.element]])


def _losing(topology: Topology, closed: Booleans, opening: Iterable[str]) -> frozenset[str]:
    """Feeders that give back what hangs on a tie."""
    tree = topology.tree(closed)
    found = (topology.feeder_of(switch, tree) for switch in opening)
    return frozenset(feeder.id for feeder in found if feeder is not None)


def _feeders(topology: Topology, order: Order, closed: Booleans, moves: Sequence[Move]) -> list[Feeder]:
    """Feeders that the first order touched, and whatever feeds its switches now or at their turn."""
    named, tree = set(order.feeders), topology.tree(closed)
    for step in order.steps:
        feeder = topology.feeder_of(step.element, tree)
        if feeder is not None:
            named.add(feeder.id)
    now = closed.copy()
    for move in moves:
        named |= feeders_at(topology, move.switch, topology.tree(now)).keys()
        now[topology.arrays.switch_index[move.switch]] = move.value is Dbpos.ON
    return [feeder for feeder in topology.network.feeders if feeder.id in named]


def _may_release(image: ProcessImage, order: Order, bay: str) -> bool:
    """Released unless somebody else had blocked it: free now, or blocked by the first order."""
    blocked_by_order = any(step.element == bay and step.value is True for step in order.steps)
    return blocked_by_order or flag(image, bay, "RREC1.BlkRec") is False


def _away_words(moves: Sequence[Move]) -> list[str]:
    states = {Dbpos.OFF: "closed, normally open", Dbpos.ON: "open, normally closed"}
    return [f"{move.switch} is {states[move.value]}" for move in moves]


def _meanwhile(moves: Sequence[Move], first: int) -> Iterator[str]:
    """One remark per tie whose opening leaves customers dark, with the steps between, and per parallel."""
    for number_, move in enumerate(moves):
        closings = [later for later, each in enumerate(moves) if each.tie == move.switch]
        if move.value is Dbpos.OFF and closings:
            why = f": {move.why}" if move.why else ""
            yield INTERRUPTED.format(tie=move.switch, first=first + number_, last=first + max(closings)) + why
        if move.beside:
            yield IN_PARALLEL.format(
                close=move.beside, open=move.switch, first=first + number_ - 1, last=first + number_
            )


def _crews(moves: Sequence[Move], manual: Collection[str]) -> Iterator[str]:
    """What lasts until a crew has acted is short when it stands there already."""
    for before, move in zip(moves, moves[1:], strict=False):
        if move.switch in manual and (move.tie or move.beside):
            yield f"have the crew at {move.switch} before {before.switch} is operated"


def _interrupted_w(image: ProcessImage, topology: Topology, closed: Booleans, moves: Sequence[Move]) -> float:
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
