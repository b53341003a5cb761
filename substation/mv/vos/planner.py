"""From a target to an order that passes the gate's rules at every step, or to the reason why there is none.

Used for the states that OPF proposes; which state it is makes no difference here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from models.errors import AlgorithmError
from models.switching import Order
from substation.grid.positions import Positions
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.mv.operable import why_not_moved
from substation.mv.vos.judges import Judges
from substation.mv.vos.order import OrderDraft, draft_order
from substation.mv.vos.ordering import Ordering
from substation.mv.vos.trial import trial

MOST_EXCHANGES = 12


@dataclass(frozen=True, slots=True)
class Wanted:
    """A target. name, title: of the order to be; why: what it is for; closings, openings: switches to be moved.
    by_hand: those without remote control by a crew."""

    name: str
    title: str
    why: tuple[str, ...]
    closings: tuple[str, ...]
    openings: tuple[str, ...]
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class NoOrder:
    """reason: in a line. rejected: exchanges that were tried, and what stood against them."""

    reason: str
    rejected: tuple[str, ...] = ()


def planned_order(
    topology: Topology, image: ProcessImage, positions: Positions, judges: Judges, wanted: Wanted
) -> Order | NoOrder:
    """Positions are beyond doubt, the present state is radial and feeds everything."""
    if reason := _unfit(topology, image, positions, wanted):
        return NoOrder(reason)
    try:
        trying = trial(topology, image, judges, positions.closed)
        ordering = Ordering(trying, frozenset(wanted.closings), frozenset(wanted.openings))
        way = ordering.best(positions.closed)
        if not way.passages:
            searched = "" if way.proven else " was found before the search ended"
            return NoOrder(f"no order of steps{searched} keeps every rule at every step", way.rejected)
        order = draft_order(OrderDraft(wanted.name, wanted.title, wanted.why, trying, positions.closed, way))
    except AlgorithmError as error:
        return NoOrder(str(error))
    refused = judges.now(image, order)
    return order if refused is None else NoOrder(f"{refused.element}: {refused.reason}", way.rejected)


def _unfit(topology: Topology, image: ProcessImage, positions: Positions, wanted: Wanted) -> str:
    """Why the target cannot be reached at all by pairs of switches that may be operated; '' otherwise."""
    if len(wanted.closings) != len(wanted.openings) or not wanted.closings:
        return f"{len(wanted.closings)} closings and {len(wanted.openings)} openings make no exchanges"
    if len(wanted.closings) > MOST_EXCHANGES:
        return f"{len(wanted.closings)} exchanges are more than {MOST_EXCHANGES}; take them in several targets"
    known = {switch.id: switch for switch in topology.network.switches}
    moves: list[tuple[Collection[str], bool]] = [(wanted.closings, True), (wanted.openings, False)]
    for names, closes in moves:
        for name in names:
            if name not in known:
                return f"the network has no switch {name}"
            if bool(positions.closed[topology.arrays.switch_index[name]]) == closes:
                return f"{name} is {'closed' if closes else 'open'} already"
            if reason := why_not_moved(image, known[name], closes, wanted.by_hand):
                return reason
    return ""
