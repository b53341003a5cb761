"""Earth faults (GR10): one case per galvanic network with signs of one; automation switches nothing (SAFETY S10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from models.alarm import Event, Severity
from models.network.elements import Neutral
from models.switching import Order, OrderState
from substation.application import Decision, Plain
from substation.grid.neutral import Joined, Neutrals
from substation.grid.positions import Positions, read_positions
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.mv.earth.case import Case, EarthFaultState, Phase, Signal, dump_state, load_state, report
from substation.mv.earth.clock import alarms, clock_of, next_ns
from substation.mv.earth.compensation import compensation_words
from substation.mv.earth.networks import Watched, watched_networks
from substation.mv.earth.order import OrderCase, propose
from substation.mv.earth.section import Section, locate_section
from substation.mv.earth.settings import EarthFaultSettings
from substation.mv.earth.signs import Signs, read_indicators, read_signs
from substation.mv.earth.tree import network_tree
from substation.mv.earth.tuning import LOOK_S, followed, judged
from substation.mv.earth.tuning_state import Tuning, tuning_report
from substation.mv.earth.watch import Looked, move
from substation.mv.indication import Indication
from substation.mv.order import zone_text
from substation.mv.rehearsed import Judge, no_judge

OPERATED_WITH = frozenset({Neutral.ISOLATED, Neutral.RESONANT})
"""Treatments with which a network goes on with an earth fault; in the others protection trips (FDIR's case)."""
TOLERANCE_NS = 1_000_000_000
"""How much earlier than the first sign of protection an indicator of the same fault may be tagged."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Networks of the file that hang together now, with their signs."""

    name: str
    watched: tuple[Watched, ...]
    joined: Joined
    signs: Signs


class EarthFaults:
    """The application. Pure: same image and state give the same decision. judge: the gate's rules."""

    name = "earth_faults"
    priority = 11
    period_s = 1.0
    deadline_s = 1.0

    def __init__(self, topology: Topology, settings: EarthFaultSettings, judge: Judge = no_judge) -> None:
        self._topology, self._settings, self._judge = topology, settings, judge
        self._neutrals = Neutrals(topology)
        known = () if topology.network.topology_only else watched_networks(topology, self._neutrals)
        self._watched = known
        indicated = {each.switch for each in topology.network.indicators}
        self._has_coils = any(each.galvanic.neutral is Neutral.RESONANT for each in known)
        self._indicated = tuple(switch for switch in topology.network.switches if switch.id in indicated)

    def initial(self) -> EarthFaultState:
        return EarthFaultState()

    def dump(self, state: EarthFaultState) -> Plain:
        return dump_state(state)

    def load(self, plain: Plain) -> EarthFaultState:
        return load_state(plain)

    def evaluate(self, image: ProcessImage, state: EarthFaultState) -> Decision[EarthFaultState]:
        signs = {each.galvanic.id: self._signs(image, each) for each in self._watched}
        looks = self._has_coils and image.time_ns - state.looked_ns >= LOOK_S * 1e9
        if not looks and not state.cases and not any(each.present for each in signs.values()):
            return Decision(state, results={"EarthFaults": _published([], state)})
        positions = read_positions(image, self._topology.network)
        groups = self._groups(positions, signs)
        decision = Decision(state)
        if looks:
            state, told = self._looked(image, positions, groups, state)
            decision = Decision(state, events=tuple(told))
        cases = {case.network: case for case in state.cases}
        moved: list[Case] = []
        for name in dict.fromkeys((*cases, *(name for name, group in groups.items() if group.signs.present))):
            case, made = self._one(image, positions, cases.get(name), groups.get(name), name)
            decision = _together(decision, made)
            moved.append(case)
        kept = tuple(case for case in moved if case.is_in is not Phase.CLOSED)
        reports: list[Plain] = [self._report(case) for case in kept]
        state = replace(state, cases=kept)
        return replace(decision, state=state, results={"EarthFaults": _published(reports, state)})

    def _looked(
        self, image: ProcessImage, positions: Positions, groups: Mapping[str, _Group], state: EarthFaultState
    ) -> tuple[EarthFaultState, list[Event]]:
        """Whether coils fit the lines in service, where that can be told now."""
        found, kept = list[Tuning](), set[str]()
        for name, group in groups.items():
            known = not group.signs.present and not self._doubts(positions, group)
            tuning = judged(image, name, group.joined, self._settings) if known else None
            if tuning is None:
                kept.add(name)
            else:
                found.append(tuning)
        before = {each.network: each for each in state.tunings}
        tunings, told = followed(before, found, frozenset(kept), self._settings.detuning_s, image.time_ns)
        return replace(state, tunings=tunings, looked_ns=image.time_ns), told

    def _report(self, case: Case) -> Plain:
        clock = clock_of(case, case.network.split(" and "), self._settings)
        return report(case, clock.until_ns, clock.words)

    def _signs(self, image: ProcessImage, watched: Watched) -> Signs:
        share = self._settings.residual_voltage_pu
        return read_signs(image, watched.bays, watched.feeders, watched.nominal_v, share)

    def _groups(self, positions: Positions, signs: Mapping[str, Signs]) -> dict[str, _Group]:
        """By name. One fault shows at every busbar that hangs together with it."""
        found: dict[str, _Group] = {}
        for watched in self._watched:
            joined = self._neutrals.joined(positions.closed, watched.node)
            names = sorted({each.id for each in joined.neutrals} | {watched.galvanic.id})
            name, own = " and ".join(names), signs[watched.galvanic.id]
            before = found.get(name)
            if before is None:
                found[name] = _Group(name, (watched,), joined, own)
            else:
                found[name] = replace(before, watched=(*before.watched, watched), signs=_united(before.signs, own))
        return found

    def _one(
        self, image: ProcessImage, positions: Positions, case: Case | None, group: _Group | None, name: str
    ) -> tuple[Case, Decision[None]]:
        orders: list[Order] = []
        since_ns = image.time_ns if group is None or not group.signs.since_ns else group.signs.since_ns
        shown = {} if group is None else self._shown(image, case, group, since_ns)
        now = Looked(
            image=image,
            present=group is not None and group.signs.present,
            seen=() if group is None else _seen(group.signs, shown),
            picture="" if group is None else _picture(group.signs, shown),
            settings=self._settings,
            conclude=partial(self._conclude, image, positions, group, shown, orders),
        )
        if case is None:
            case = Case(
                id=_name(name, since_ns), network=name, phase=Phase.GATHERING.name, began_ns=since_ns,
                entered_ns=image.time_ns, changed_ns=image.time_ns, picture=now.picture, seen=now.seen,
            )  # fmt: skip
            kinds = "" if group is None else "/".join(sorted(each.galvanic.neutral.value for each in group.watched))
            now.tell(case, Severity.HIGH, f"{'; '.join(now.seen[:6])} (neutral {kinds})")
        before = case
        case = move(case, now)
        clock = clock_of(case, case.network.split(" and "), self._settings)
        case, due = alarms(case, clock, self._settings, image.time_ns)
        wakes = [*now.wakes_ns, *filter(None, (next_ns(case, clock, self._settings),))]
        return case, Decision(
            state=None,
            orders=tuple(orders),
            abort=_outdated(image, before, case),
            events=(*now.events, *due),
            wake_ns=min(wakes, default=None),
        )

    def _shown(
        self, image: ProcessImage, case: Case | None, group: _Group, since_ns: int
    ) -> Mapping[str, Indication | str]:
        began_ns = since_ns if case is None else case.began_ns
        nodes, ends = group.joined.nodes, self._topology.nodes_of_element
        inside = [switch for switch in self._indicated if nodes.intersection(ends[switch.id])]
        return read_indicators(image, inside, began_ns - TOLERANCE_NS)

    def _conclude(
        self,
        image: ProcessImage,
        positions: Positions,
        group: _Group | None,
        shown: Mapping[str, Indication | str],
        orders: list[Order],
        case: Case,
    ) -> tuple[Case, Signal]:
        if group is None:
            return replace(case, reason="the network is not fed any more"), Signal.DOUBT
        tree = network_tree(self._topology, self._topology.tree(positions.feeding), group.joined.nodes)
        section = locate_section(self._topology, tree, group.signs, shown, self._settings)
        compensation = compensation_words(image, group.joined, f"now, {group.name}")
        case = replace(
            case,
            seen=_seen(group.signs, shown),
            section=_elements(self._topology, section),
            probability=section.probability,
            suspects=section.suspects,
            candidates=tuple((", ".join(each.zone[:4]), each.rejected_by) for each in section.candidates),
            compensation=compensation,
        )
        if section.doubt:
            return replace(case, concluded="", reason=section.doubt), Signal.DOUBT
        doubts = self._doubts(positions, group)
        concluded = _concluded(self._topology, section)
        if concluded == case.concluded and case.order in image.orders:
            return case, Signal.FOUND  # the same section again: its order stays
        case = replace(case, concluded=concluded, reason="", order="")
        if reason := _no_order(group, section, doubts):
            return replace(case, reason=reason), Signal.FOUND
        name = f"EARTH-{case.id}" + (f"-{case.orders + 1}" if case.orders else "")
        request = OrderCase(
            name, self._topology, self._neutrals, image, positions, section, (*case.seen, *compensation)
        )
        order = propose(request, self._judge)
        if isinstance(order, str):
            return replace(case, reason=f"no order: {order}"), Signal.FOUND
        orders.append(order)
        return replace(case, order=order.id, orders=case.orders + 1), Signal.FOUND

    def _doubts(self, positions: Positions, group: _Group) -> list[str]:
        ends = self._topology.nodes_of_element
        return [why for switch, why in positions.doubts.items() if group.joined.nodes.intersection(ends[switch])]


def _published(cases: list[Plain], state: EarthFaultState) -> Plain:
    coils: list[Plain] = [tuning_report(each) for each in state.tunings]
    return {"cases": cases, **({"coils": coils} if coils else {})}


def _no_order(group: _Group, section: Section, doubts: Sequence[str]) -> str:
    if section.faults > 1:
        return "two earth faults at once; people decide which goes first"
    if any(each.galvanic.neutral not in OPERATED_WITH for each in group.watched):
        return "protection has to trip it; nothing is proposed"
    return f"S14: {doubts[0]}" if doubts else ""


def _elements(topology: Topology, section: Section) -> tuple[str, ...]:
    return tuple(each for zone in sorted(section.likeliest) for each in topology.zone_elements[zone])


def _concluded(topology: Topology, section: Section) -> str:
    where = zone_text(topology, section.likeliest)
    words = f"located in {where} ({section.probability:.1%})"
    if section.faults > 1:
        words = f"two at once, in {where} ({section.probability:.1%})"
    if section.zones - section.likeliest:
        words += f"; to be sure, {zone_text(topology, section.zones)} are isolated together"
    return words + (f"; not believed: {', '.join(section.suspects)}" if section.suspects else "")


def _united(one: Signs, other: Signs) -> Signs:
    known = [each for each in (one.displaced, other.displaced) if each is not None]
    since = [each for each in (one.since_ns, other.since_ns) if each]
    return Signs(
        any(known) if known else None,
        (*one.words, *other.words),
        min(since, default=0),
        {**one.feeders, **other.feeders},
    )


def _seen(signs: Signs, shown: Mapping[str, Indication | str]) -> tuple[str, ...]:
    """Everything that speaks, shortly."""
    set_ = [switch for switch, said in shown.items() if said in (Indication.FORWARD, Indication.REVERSE)]
    lines = [", ".join(signs.words[:6])] if signs.words else []
    for side, word in ((Indication.FORWARD, "in front of"), (Indication.REVERSE, "behind")):
        if feeders := signs.of(side):
            lines.append(f"{word} {', '.join(feeders)} by its directional protection")
    if set_:
        lines.append(f"{len(set_)} of {len(shown)} indicators show a direction")
    lines += signs.missing.values()
    return tuple(lines)


def _picture(signs: Signs, shown: Mapping[str, Indication | str]) -> str:
    said = {**signs.feeders, **{switch: each for switch, each in shown.items() if each is not Indication.CLEAR}}
    return ",".join(f"{key}:{each.name if isinstance(each, Indication) else '?'}" for key, each in sorted(said.items()))


def _outdated(image: ProcessImage, before: Case, case: Case) -> dict[str, str]:
    """An order that nobody has approved yet ends with what it was made for."""
    order = image.orders.get(before.order)
    if order is None or order.state is not OrderState.PROPOSED:
        return {}
    if not case.stands:
        return {order.id: "the earth fault has gone"}
    if case.order != before.order:
        return {order.id: "the section is another one now"}
    return {}


def _together(one: Decision[EarthFaultState], other: Decision[None]) -> Decision[EarthFaultState]:
    wakes = [each for each in (one.wake_ns, other.wake_ns) if each is not None]
    return replace(
        one,
        orders=(*one.orders, *other.orders),
        abort={**one.abort, **other.abort},
        events=(*one.events, *other.events),
        wake_ns=min(wakes, default=None),
    )


def _name(network: str, since_ns: int) -> str:
    moment = datetime.fromtimestamp(since_ns // 1_000_000_000, UTC)
    return f"{network.replace('/', '-').replace(' and ', '+')}-{moment:%Y%m%dT%H%M%S}"
