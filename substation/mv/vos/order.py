"""The order that takes the grid to a target: reclosing blocked, exchange by exchange, reclosing released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.network.elements import Feeder
from models.point import Dbpos
from models.switching import Order, OrderKind, OrderState, Purpose
from substation.grid.arrays import Booleans
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.mv.crew.steps import by_hand
from substation.mv.donors import feeders_at, transformer_of
from substation.mv.order import StepList
from substation.mv.reading import exists, flag
from substation.mv.vos.exchange import Exchange, Passage, exchanged
from substation.mv.vos.ordering import Way
from substation.mv.vos.trial import Trial

IN_PARALLEL = "{close} and {open} are closed together from step {first} to step {last} (S8)"
INTERRUPTED = "{customers} customers with {dark:.0f} kW are interrupted from step {first} to step {last}"


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """name: of the order. why: what the target is for, line by line. closed: the present state."""

    name: str
    title: str
    why: tuple[str, ...]
    trial: Trial
    closed: Booleans
    way: Way


def draft_order(draft: OrderDraft) -> Order:
    """The order in state PROPOSED. AlgorithmError when no device takes commands for one of its switches."""
    topology, image, passages = draft.trial.topology, draft.trial.image, draft.way.passages
    feeders = _feeders(topology, draft.closed, passages)
    steps, remarks = StepList(image), list[str]()
    blocking = [feeder.id for feeder in feeders if _can_block(image, feeder.id)]
    for bay in blocking:
        steps.reclosing(bay, True)
    for passage in passages:
        remarks.append(_steps(steps, passage) + _crew_words(passage, draft.trial.manual))
    for bay in blocking:
        steps.reclosing(bay, False)
    return Order(
        id=draft.name,
        revision=1,
        kind=OrderKind.RECONFIGURE,
        title=draft.title,
        created_ns=image.time_ns,
        state=OrderState.PROPOSED,
        steps=by_hand(steps.steps, draft.trial.manual),
        feeders=_leases(topology, draft.closed, feeders, passages),
        open_before=tuple(passage.exchange.close for passage in passages),
        loads=draft.trial.loads,
        interrupted_w=sum(each.dark_w for each in passages),
        interrupted_customers=sum(each.customers for each in passages),
        restored_w=sum(each.dark_w for each in passages),
        explanation=(*draft.why, *_certainty(draft.way), *(f"rejected: {each}" for each in draft.way.rejected)),
        remarks=tuple(remarks),
    )


def _certainty(way: Way) -> tuple[str, ...]:
    outages = [each for each in way.passages if not each.parallel]
    if not outages:
        return ("no customer is interrupted: every exchange closes before it opens",)
    proven = "no order of these exchanges interrupts fewer" if way.proven else "not proven to be the least"
    return (f"{sum(each.customers for each in outages)} customers are interrupted for one step each; {proven}",)


def _steps(steps: StepList, passage: Passage) -> str:
    """Adds the steps of one exchange; a remark on what lasts while it goes on."""
    for feeder, change in passage.groups:
        steps.group(feeder, change)
    exchange, first = passage.exchange, len(steps.steps) + 1
    close = (exchange.close, Dbpos.ON, Purpose.TRANSFER, f"Close {exchange.close}")
    opening = (exchange.open, Dbpos.OFF, Purpose.SPLIT, f"Open {exchange.open}")
    for each in (close, opening) if passage.parallel else (opening, close):
        steps.switch(*each)
    words = IN_PARALLEL if passage.parallel else INTERRUPTED
    return words.format(
        close=exchange.close, open=exchange.open, customers=passage.customers, dark=passage.dark_w / 1e3,
        first=first, last=first + 1,
    )  # fmt: skip


def _crew_words(passage: Passage, manual: frozenset[str]) -> str:
    """What lasts as long as a crew takes is short when it stands there already."""
    first, second = passage.exchange.close, passage.exchange.open
    if not passage.parallel:
        first, second = second, first
    if second not in manual:
        return ""
    return f"; have the crew at {second} before {first} is operated"


def _feeders(topology: Topology, closed: Booleans, passages: Sequence[Passage]) -> list[Feeder]:
    """Whose load or reclosing is concerned at any step, in the order of the network."""
    found: dict[str, None] = {}
    for passage in passages:
        tree = topology.tree(closed)
        for switch in (passage.exchange.close, passage.exchange.open):
            found |= feeders_at(topology, switch, tree)
        found |= {feeder: None for feeder, _ in passage.groups}
        closed = exchanged(topology, closed, passage.exchange)
    return [feeder for feeder in topology.network.feeders if feeder.id in found]


def _leases(
    topology: Topology, closed: Booleans, feeders: Sequence[Feeder], passages: Sequence[Passage]
) -> tuple[str, ...]:
    """Feeders, and their transformers before and after (SAFETY S19)."""
    transformers: dict[str, None] = {}
    masks = [closed]
    for passage in passages:
        masks.append(exchanged(topology, masks[-1], passage.exchange))
    for mask in (masks[0], masks[-1]):
        tree = topology.tree(mask)
        transformers |= {transformer_of(topology, tree, feeder): None for feeder in feeders}
    return (*(feeder.id for feeder in feeders), *transformers)


def _can_block(image: ProcessImage, bay: str) -> bool:
    """Reclosing that somebody has blocked already is left as it is, before and after."""
    return exists(image, bay, "RREC1.BlkRec") and flag(image, bay, "RREC1.BlkRec") is not True


def positions_of(exchanges: Sequence[Exchange]) -> Mapping[str, bool]:
    """By switch: closed afterwards."""
    return {each.close: True for each in exchanges} | {each.open: False for each in exchanges}
