"""The order that is proposed for a located earth fault: isolate its section, feed what lies behind it again.

Nobody but a person approves it (SAFETY S10). What is proposed has passed the gate's own rules; a tie that they refuse
is left out, with the reason. The section itself is fed by nobody afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from models.errors import AlgorithmError
from models.network.elements import Feeder, Load, Switch
from models.point import Dbpos
from models.switching import AssumedLoad, Order, OrderKind, OrderState, Purpose, Step
from substation.grid.arrays import Booleans
from substation.grid.neutral import Neutrals
from substation.grid.positions import Positions
from substation.grid.topology import Topology
from substation.image import Missing, Mode, ProcessImage
from substation.mv.donors import transformer_of
from substation.mv.earth.compensation import compensation_words
from substation.mv.earth.section import Section
from substation.mv.isolation import Isolation, isolate
from substation.mv.operable import why_not_close, why_not_open
from substation.mv.order import StepList, zone_text
from substation.mv.reading import exists, flag, number
from substation.mv.rehearsed import Judge

MOST_TIES = 6
"""So many ties are rehearsed for one part."""


@dataclass(frozen=True, slots=True)
class OrderCase:
    """name: of the order. seen: what the location rests on, in words."""

    name: str
    topology: Topology
    neutrals: Neutrals
    image: ProcessImage
    positions: Positions
    section: Section
    seen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Draft:
    """through: the feeder breaker that interrupts while the section is cut off, '' where its switches may open live.
    ties: what is closed afterwards. rejected: why others are not."""

    isolation: Isolation
    feeder: Feeder
    through: str = ""
    ties: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()


def propose(case: OrderCase, judge: Judge) -> Order | str:
    """The order in state PROPOSED, or why there is none."""
    try:
        draft = _isolating(case, judge)
        order = _build(case, _with_ties(case, draft, judge))
    except AlgorithmError as error:
        return str(error)
    refused = judge(case.image, order)
    return order if refused is None else f"{'; '.join(sorted(refused.rules))}: {refused.reason}"


def _isolating(case: OrderCase, judge: Judge) -> _Draft:
    """Opened under voltage if the rules let it, else in a short interruption of the feeder."""
    topology = case.topology
    reasons = {each.id: why_not_open(case.image, each) for each in topology.network.switches if each.to_node}
    isolation = isolate(topology, case.section.zones, case.positions, reasons)
    tree = topology.tree(case.positions.feeding)
    feeder = topology.feeder_of(topology.zone_elements[min(case.section.zones)][0], tree)
    if feeder is None:
        raise AlgorithmError("the section is not behind a feeder's breaker; people have to look")
    if case.image.modes.get(feeder.id, Mode.DISABLED) is Mode.DISABLED:
        raise AlgorithmError(f"automation is disabled on {feeder.id}; no order is proposed")
    if not isolation.to_open:
        raise AlgorithmError("nothing can be opened by remote control around the section")
    draft = _Draft(_ordered(topology, isolation, tree.order.tolist()), feeder)
    refused = judge(case.image, _build(case, draft))
    if refused is None or feeder.breaker in {switch.id for switch in isolation.to_open}:
        return draft
    if "S13" not in refused.rules:
        return draft
    return replace(draft, through=feeder.breaker, rejected=(f"not opened under voltage: {refused.reason}",))


def _ordered(topology: Topology, isolation: Isolation, order: list[int]) -> Isolation:
    """Nearest to the source first, so that one opening interrupts all that the others open dead."""
    rank = {node: at for at, node in enumerate(order)}
    nodes = topology.nodes_of_element
    opening = sorted(isolation.to_open, key=lambda each: min(rank.get(node, len(rank)) for node in nodes[each.id]))
    return replace(isolation, to_open=tuple(opening))


def _with_ties(case: OrderCase, draft: _Draft, judge: Judge) -> _Draft:
    """One tie per dark part, the first that the rules accept."""
    topology = case.topology
    before = topology.tree(case.positions.feeding).root_of >= 0
    while True:
        closed = _closed_after(case, draft)
        root_of = topology.tree(closed).root_of
        dark = before & (root_of < 0)
        found = None
        for switch in _ties(case, draft, dark, root_of >= 0)[:MOST_TIES]:
            trial = replace(draft, ties=(*draft.ties, switch.id))
            refused = judge(case.image, _build(case, trial))
            if refused is None:
                found = trial
                break
            draft = replace(draft, rejected=(*draft.rejected, f"{switch.id} is not closed: {refused.reason}"))
        if found is None:
            return draft
        draft = replace(found, rejected=draft.rejected)


def _closed_after(case: OrderCase, draft: _Draft) -> Booleans:
    closed, index = case.positions.closed.copy(), case.topology.arrays.switch_index
    closed[[index[switch.id] for switch in draft.isolation.to_open]] = False
    closed[[index[switch] for switch in draft.ties]] = True
    return closed


def _ties(case: OrderCase, draft: _Draft, dark: Booleans, fed: Booleans) -> list[Switch]:
    """Open switches between a dark part and a fed one, away from the section, that can be closed from here."""
    topology, zone_of = case.topology, case.topology.zone_of_node
    tried = {each.partition(" ")[0] for each in draft.rejected}
    found = []
    for switch in topology.network.switches:
        nodes = topology.nodes_of_element[switch.id]
        if len(nodes) < 2 or not case.positions.open[topology.arrays.switch_index[switch.id]] or switch.id in tried:
            continue
        sides = sorted((bool(dark[node]), bool(fed[node])) for node in nodes)
        at_section = any(int(zone_of[node]) in draft.isolation.zones for node in nodes)
        if sides == [(False, True), (True, False)] and not at_section and not why_not_close(case.image, switch):
            found.append(switch)
    return found


def _build(case: OrderCase, draft: _Draft) -> Order:
    topology, image = case.topology, case.image
    tree = topology.tree(case.positions.feeding)
    donors = _donors(case, draft)
    feeders = (draft.feeder, *donors)
    after = topology.tree(_closed_after(case, draft)).root_of >= 0
    loads, dark = _loads(case, tree.root_of >= 0, draft, after)
    powers = {load.id: _load(image, load) for load in loads}
    interrupted_w = sum(powers[load.id].active_power_w for load in loads)
    dark_w = sum(powers[load.id].active_power_w for load in dark)
    return Order(
        id=case.name,
        revision=1,
        kind=OrderKind.ISOLATE_EARTH_FAULT,
        title=f"Isolate the earth fault in {zone_text(topology, draft.isolation.zones)} on {draft.feeder.id}",
        created_ns=image.time_ns,
        state=OrderState.PROPOSED,
        steps=_steps(case, draft, feeders),
        feeders=(
            *(each.id for each in feeders),
            *dict.fromkeys(transformer_of(topology, tree, each) for each in feeders),
        ),
        zone=tuple(each for zone in sorted(draft.isolation.zones) for each in topology.zone_elements[zone]),
        tripped=(draft.through,) if draft.through else (),
        open_before=tuple(each.id for at, each in enumerate(topology.network.switches) if case.positions.open[at]),
        loads=tuple(powers.values()),
        interrupted_w=interrupted_w,
        interrupted_customers=sum(load.customers for load in loads),
        restored_w=interrupted_w - dark_w,
        unrestored_w=dark_w,
        unrestored_reason="; ".join((*draft.isolation.extended, *draft.rejected)) if dark else "",
        explanation=_explanation(case, draft),
    )


def _donors(case: OrderCase, draft: _Draft) -> tuple[Feeder, ...]:
    topology = case.topology
    tree = topology.tree(case.positions.feeding)
    isolated = replace(draft, ties=())
    fed = topology.tree(_closed_after(case, isolated))
    found: dict[str, Feeder] = {}
    for tie in draft.ties:
        for node in topology.nodes_of_element[tie]:
            if fed.root_of[node] >= 0:
                donor = topology.feeder_of(topology.network.nodes[node].id, tree)
                found |= {} if donor is None or donor.id == draft.feeder.id else {donor.id: donor}
    return tuple(found.values())


def _loads(case: OrderCase, before: Booleans, draft: _Draft, after: Booleans) -> tuple[list[Load], list[Load]]:
    """Loads that are interrupted at some step, and those of them that stay dark."""
    topology, index = case.topology, case.topology.arrays.node_index
    opened = replace(draft, ties=())
    closed = _closed_after(case, opened)
    if draft.through:
        closed[topology.arrays.switch_index[draft.through]] = False
    between = topology.tree(closed).root_of >= 0
    loads = topology.network.loads
    interrupted = [each for each in loads if before[index[each.node]] and not between[index[each.node]]]
    return interrupted, [each for each in interrupted if not after[index[each.node]]]


def _load(image: ProcessImage, load: Load) -> AssumedLoad:
    """As measured now; its rated peak where nothing is measured."""
    power_w, reactive_var = number(image, load.id, "MMXU1.TotW"), number(image, load.id, "MMXU1.TotVAr")
    if isinstance(power_w, Missing) or isinstance(reactive_var, Missing):
        return AssumedLoad(load.id, load.active_power_w, load.reactive_power_var)
    return AssumedLoad(load.id, power_w, reactive_var)


def _steps(case: OrderCase, draft: _Draft, feeders: tuple[Feeder, ...]) -> tuple[Step, ...]:
    image, steps = case.image, StepList(case.image)
    closes = bool(draft.ties) or bool(draft.through)
    blocked = [each.id for each in feeders if closes and _can_block(image, each.id)]
    for bay in blocked:
        steps.reclosing(bay, True)
    if draft.through:
        text = f"Open {draft.through}: what is around the section opens dead"
        steps.switch(draft.through, Dbpos.OFF, Purpose.SPLIT, text)
    for switch in draft.isolation.to_open:
        steps.switch(switch.id, Dbpos.OFF, Purpose.ISOLATE, f"Open {switch.id} to isolate the earth fault")
    if draft.through:
        text = f"Close {draft.through} to feed the part before the section"
        steps.switch(draft.through, Dbpos.ON, Purpose.RESTORE_UPSTREAM, text)
    for tie in draft.ties:
        steps.switch(tie, Dbpos.ON, Purpose.RESTORE_DOWNSTREAM, f"Close {tie} to feed the healthy part behind it")
    for bay in blocked:
        steps.reclosing(bay, False)
    return tuple(steps.steps)


def _can_block(image: ProcessImage, bay: str) -> bool:
    return exists(image, bay, "RREC1.BlkRec") and flag(image, bay, "RREC1.BlkRec") is not True


def _explanation(case: OrderCase, draft: _Draft) -> tuple[str, ...]:
    topology, section = case.topology, case.section
    lines = [*case.seen, f"the fault lies in {zone_text(topology, section.likeliest)} ({section.probability:.1%})"]
    if section.suspects:
        lines.append(f"not believed: {', '.join(section.suspects)}")
    lines += draft.isolation.extended
    lines += [f"{switch.id} is open already and bounds the section" for switch in draft.isolation.open_already]
    lines += draft.rejected
    lines += _after_words(case, draft)
    return tuple(lines)


def _after_words(case: OrderCase, draft: _Draft) -> list[str]:
    """Compensation of every galvanic network that the order changes."""
    closed, topology = _closed_after(case, draft), case.topology
    ends: Mapping[str, int] = {
        each.id: topology.nodes_of_element[each.breaker][0] for each in (draft.feeder, *_donors(case, draft))
    }
    found: dict[str, tuple[str, ...]] = {}
    for node in ends.values():
        joined = case.neutrals.joined(closed, node)
        names = " and ".join(each.id for each in joined.neutrals)
        found[names] = compensation_words(case.image, joined, f"after the order, {names}")
    return [line for lines in found.values() for line in lines]
