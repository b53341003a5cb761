"""How the order of a crew reads: openings by hand first, then what is lifted, then closings, and why it is so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from models.network.elements import Feeder
from models.point import Dbpos
from models.switching import CrewTask, Order, OrderKind, Purpose, Step
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.mv.crew.steps import by_hand, lifting, numbered, without_remote
from substation.mv.isolation import Isolation
from substation.mv.order import StepList
from substation.mv.restoration import Restoration
from substation.tags import TagKind

_OPENINGS = (Purpose.ISOLATE, Purpose.SPLIT)
REPORTED = "a step by hand is instructed when its turn comes and the rules allow it; what the crew reports confirms it"
WAITING = "until it ends automation on {feeders} waits; abort it, and call the crew back, to free them"


@dataclass(frozen=True, slots=True)
class Draft:
    """automatic: id of the order of automation before it, '' without one. concluded: where the fault lies.
    breaker_closed: the feeder's own breaker feeds already. cold_load_pu: what was planned with."""

    topology: Topology
    image: ProcessImage
    feeder: Feeder
    revision: int
    automatic: str
    concluded: str
    breaker_closed: bool
    isolation: Isolation
    restoration: Restoration
    cold_load_pu: float


def drafted(draft: Draft, order: Order) -> Order:
    """order: of the same plan, as if everything could be commanded."""
    steps = _steps(draft, order)
    by_crew = [step for step in steps if isinstance(step.value, CrewTask) and step.position is not None]
    words = [f"{'open' if step.position is Dbpos.OFF else 'close'} {step.element}" for step in by_crew]
    return replace(
        order,
        revision=draft.revision,
        kind=OrderKind.RESTORE_BY_CREW,
        title=f"With a crew, restore {order.restored_w / 1e3:.0f} kW more of {draft.feeder.id}",
        steps=steps,
        narrows=draft.automatic,
        explanation=tuple(_explanation(draft, order, words)),
        remarks=(*order.remarks, REPORTED, WAITING.format(feeders=", ".join(order.feeders))),
    )


def _steps(draft: Draft, order: Order) -> tuple[Step, ...]:
    """Nobody's reclosing is blocked while a crew drives to the openings; those are made in the dark."""
    manual = without_remote(draft.topology.network)
    openings = [step for step in order.steps if step.purpose in _OPENINGS]
    openings.sort(key=lambda step: (step.purpose is Purpose.SPLIT, step.element not in manual))
    rest = [step for step in order.steps if step.purpose not in _OPENINGS]
    steps = [*openings, *_lifted(draft, rest), *rest, *_released(draft, rest)]
    return numbered(by_hand(steps, manual))


def _lifted(draft: Draft, rest: list[Step]) -> Iterator[Step]:
    tagged = {tag.element for tag in draft.image.tags if tag.kind is TagKind.FAULT_ISOLATION}
    around = ", ".join(switch.id for switch in (*draft.isolation.to_open, *draft.isolation.open_already))
    for step in rest:
        if step.value is Dbpos.ON and step.element in tagged:
            yield lifting(step.element, f"the fault is cut off by {around}")


def _released(draft: Draft, rest: list[Step]) -> tuple[Step, ...]:
    """The feeder itself feeds on, with its reclosing as before."""
    own = [step for step in rest if step.element == draft.feeder.id]
    blocked = any(step.purpose is Purpose.BLOCK_RECLOSING for step in own)
    released = any(step.purpose is Purpose.RELEASE_RECLOSING for step in own)
    if not draft.breaker_closed or not blocked or released:
        return ()
    steps = StepList(draft.image)
    steps.reclosing(draft.feeder.id, False)
    return tuple(steps.steps)


def _explanation(draft: Draft, order: Order, by_crew: list[str]) -> Iterator[str]:
    before = f"after order {draft.automatic}" if draft.automatic else "nothing can be switched by remote control"
    dark = f"{order.interrupted_w / 1e3:.0f} kW with {order.interrupted_customers} customers of {draft.feeder.id}"
    yield f"{before}: {dark} are without supply"
    yield f"with a crew {order.restored_w / 1e3:.0f} kW of it come back, {order.unrestored_w / 1e3:.0f} kW do not"
    if draft.concluded:
        yield draft.concluded
    yield f"on the spot: {', '.join(by_crew) or 'nothing'}"
    around = ", ".join(switch.id for switch in (*draft.isolation.to_open, *draft.isolation.open_already))
    yield f"then the fault is cut off by {around}"
    yield from draft.isolation.extended
    for switch, reason in draft.restoration.rejected.items():
        if reason and not (draft.breaker_closed and switch == draft.feeder.breaker):
            yield f"not used: {reason}"
    yield f"planned for {draft.cold_load_pu:g} times the load before the fault: it will have been dark for long (S11)"
    yield from _plan_words(draft.restoration)


def _plan_words(restoration: Restoration) -> Iterator[str]:
    plan = restoration.plan
    if plan is not None:
        proof = "no better plan exists" if plan.proven and not restoration.split else "the best that was found"
        yield f"nearest limit at the end: {plan.margin_pu:.1%} away; {proof}"
    yield from (f"split at {switch}, because of all of it {why}" for switch, why in restoration.split.items())
    yield from restoration.notes
    if restoration.binding:
        yield f"to restore more would exceed {restoration.binding}"
