"""Fault detection, isolation and restoration (FDIR): one case per tripped feeder, several independent of each other.

The life of a case is the table in substation.mv.case; what moves it stands in substation.mv.watch; what is decided at
the end of the evidence window in substation.mv.planning. This module opens cases and puts everything together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from models.alarm import Category, Event, Severity
from models.network.elements import Feeder, Network
from models.point import Dbpos, PointName
from models.switching import Order, OrderState
from substation.application import Decision, Plain
from substation.grid.positions import normal_positions, position_of, read_positions
from substation.grid.topology import Topology
from substation.image import Mode, ProcessImage
from substation.mv.case import ORDERED, TRANSITIONS, WATCHING, Case, Phase, Signal, report
from substation.mv.crew.proposal import CrewNow, CrewProposals
from substation.mv.indication import not_clear
from substation.mv.late import Known, LateEvidence
from substation.mv.parted import Parted, parted_fault
from substation.mv.planning import Evidence, Outcome, plan
from substation.mv.prefault import PreFaultLoad, loads_before, metered_loads, record
from substation.mv.protection import FORBIDDING, TRIPS, fired, view_bay
from substation.mv.reach import Reach
from substation.mv.reading import bay_of
from substation.mv.rehearsed import Judge, no_judge
from substation.mv.second_fault import SecondFaults
from substation.mv.settings import FdirSettings, Times
from substation.mv.state import FdirState, dump_state, load_state
from substation.mv.watch import TAKING_S, Happening, watch

__all__ = ["Fdir", "FdirState"]

OPENING_NS = 500_000_000
"""Within this time after its trip a breaker is open, or has failed."""

_SEVERITY = {
    Phase.GATHERING: Severity.MEDIUM,
    Phase.TRANSIENT: Severity.LOW,
    Phase.HANDED_OVER: Severity.HIGH,
    Phase.PROPOSED: Severity.MEDIUM,
    Phase.ISOLATED: Severity.MEDIUM,
}


@dataclass(frozen=True, slots=True)
class _Round:
    """One evaluation: the image, what protection did since the last one, the cases at its beginning."""

    image: ProcessImage
    acted: Mapping[str, tuple[PointName, ...]]
    times_ns: Mapping[PointName, int]
    upstream: Mapping[str, int]
    cases: tuple[Case, ...]


def _plannable(network: Network, settings: FdirSettings) -> Network:
    """With limits that keep their reserves; no feeders where only the topology is known: nothing is planned on that."""
    if network.topology_only:
        return replace(network, feeders=(), loads=())
    return replace(network, limits=settings.tightened(network.limits))


class Fdir:
    """The application. Pure: same image and state give the same decision."""

    name = "fdir"
    priority = 10
    period_s = 1.0
    deadline_s = 1.0

    def __init__(
        self, topology: Topology, times: Times, settings: FdirSettings | None = None, judge: Judge = no_judge
    ) -> None:
        """judge: the gate's rules, so that nothing is proposed that they refuse."""
        self._times, self._settings, self._judge = times, settings or FdirSettings(), judge
        network = _plannable(topology.network, self._settings)
        self._topology = Topology(network)
        self._feeders = {feeder.id: feeder for feeder in network.feeders}
        normal = topology.tree(normal_positions(network).closed)
        above = {feeder.id: topology.upstream_breakers(feeder, normal) for feeder in network.feeders}
        self._bays_above = {feeder: tuple(bay_of(each) for each in breakers) for feeder, breakers in above.items()}
        self._breakers = {bay_of(each): each for breakers in above.values() for each in breakers}
        self._breakers |= {
            feeder.transformer: next((each for each in above[feeder.id] if not self._is_feeders(each)), feeder.breaker)
            for feeder in network.feeders
        }
        self._breakers |= {feeder.id: feeder.breaker for feeder in network.feeders}
        self._loads_read = metered_loads(network)
        self._reach = Reach(self._topology, times, self._settings)
        self._late = LateEvidence(self._topology, self._settings)
        self._seconds = SecondFaults(self._topology, self._settings)
        self._crews = CrewProposals(self._topology, self._settings, judge)
        self._normally_open = {switch.id: switch.normally_open for switch in network.switches}

    def _is_feeders(self, breaker: str) -> bool:
        return bay_of(breaker) in self._feeders

    def initial(self) -> FdirState:
        return FdirState()

    def dump(self, state: FdirState) -> Plain:
        return dump_state(state)

    def load(self, plain: Plain) -> FdirState:
        return load_state(plain)

    def evaluate(self, image: ProcessImage, state: FdirState) -> Decision[FdirState]:
        times_ns, seen = fired(image, self._breakers, state.seen)
        acted = {bay: tuple(name for name in times_ns if name.location == bay) for bay in self._breakers}
        trips = {name.location: at_ns for name, at_ns in times_ns.items() if name.variable in TRIPS}
        upstream = {**state.upstream, **{bay: at_ns for bay, at_ns in trips.items() if bay not in self._feeders}}
        upstream |= {name.location: at_ns for name, at_ns in times_ns.items() if name.variable in FORBIDDING}
        current = _Round(image, acted, times_ns, upstream, state.cases)
        opened = [case for bay in self._breakers if (case := self._open(current, state, bay))]
        orders: list[Order] = []
        happenings = [self._happening(current, case, orders) for case in (*state.cases, *opened)]
        moved = [self._move(case, now) for case, now in zip((*state.cases, *opened), happenings, strict=True)]
        crews = [self._crew(current, orders, case) for case in moved]
        moved = [self._crews.follow(case, now) for case, now in zip(moved, crews, strict=True)]
        asked_to_end = [*(now.abort for now in happenings), *(now.abort for now in crews)]
        wakes = [*(now.wakes_ns for now in happenings), *(now.wakes_ns for now in crews)]
        events = [_event(image, after) for before, after in zip((*state.cases, *opened), moved, strict=True)
                  if before.phase is not after.phase or before in opened]  # fmt: skip
        events += [_judged(image, after) for before, after in zip((*state.cases, *opened), moved, strict=True)
                   if after.second.judged and not before.second.judged]  # fmt: skip
        kept = tuple(case for case in moved if case.phase is not Phase.CLOSED)
        due = image.time_ns - state.recorded_ns >= self._settings.record_period_s * 1e9
        return Decision(
            state=FdirState(
                record=record(image, self._loads_read, state.record) if due else state.record,
                recorded_ns=image.time_ns if due else state.recorded_ns,
                seen=seen,
                closed=self._closed(image, state),
                upstream=upstream,
                cases=kept,
            ),
            orders=(*orders, *(order for now in crews for order in now.orders)),
            abort={order: why for each in asked_to_end for order, why in each.items()},
            events=tuple(event for event in events if event is not None),
            results={"Cases": {"cases": [report(case, self._mode(image, case.feeder)) for case in kept]}},
            wake_ns=min((wake_ns for each in wakes for wake_ns in each), default=None),
        )

    def _mode(self, image: ProcessImage, bay: str) -> str:
        return image.modes.get(bay, Mode.DISABLED).name.lower()

    def _closed(self, image: ProcessImage, state: FdirState) -> Mapping[str, bool]:
        positions = {bay: position_of(image, breaker) for bay, breaker in self._breakers.items()}
        certain = {bay: each is Dbpos.ON for bay, each in positions.items() if isinstance(each, Dbpos)}
        return {**state.closed, **certain}

    def _open(self, current: _Round, state: FdirState, bay: str) -> Case | None:
        """A new case for a bay whose protection acted, or whose breaker opened, unless one is under way."""
        watched = [each for each in state.cases if each.feeder == bay and each.phase in (*WATCHING, *ORDERED)]
        image, breaker = current.image, self._breakers[bay]
        has_opened = state.closed.get(bay) is True and position_of(image, breaker) is Dbpos.OFF
        if watched or not (current.acted[bay] or (has_opened and not _ordered_open(image, breaker))):
            return None
        pickup_ns = min((current.times_ns[name] for name in current.acted[bay]), default=image.time_ns)
        if bay not in self._feeders:
            return self._upstream_case(current, bay, pickup_ns)
        case = self._feeder_case(image, state, self._feeders[bay], pickup_ns)
        seen = tuple(str(name) for name in current.acted[bay]) or (f"{breaker} has opened",)
        held = [each for each in state.cases if bay in each.leases]
        locked = [each.order for each in held if each.locked or each.phase is Phase.RUNNING]
        if not locked:
            return replace(case, seen=seen)
        reason = f"S6: protection acted after a close of order {locked[0]}; locked out"
        return replace(case, seen=seen, phase=Phase.HANDED_OVER, reason=reason)

    def _upstream_case(self, current: _Round, bay: str, pickup_ns: int) -> Case | None:
        """A trip above the feeders is for people; a mere pickup or opening there is no case."""
        if not any(name.variable in (*TRIPS, *FORBIDDING) for name in current.acted[bay]):
            return None
        if any(case.feeder == bay for case in current.cases):
            return None
        reason = f"S9: transformer or busbar trip at {bay}; automation does not start"
        seen = tuple(str(name) for name in current.acted[bay])
        blank = Case("", bay, Phase.HANDED_OVER, pickup_ns, current.image.time_ns, (), (), (), ())
        return replace(blank, id=_name(bay, pickup_ns), seen=seen, reason=reason)

    def _feeder_case(self, image: ProcessImage, state: FdirState, feeder: Feeder, pickup_ns: int) -> Case:
        """Freeze what was before the event: positions, indications, loads of the feeder."""
        network, positions = self._topology.network, read_positions(image, self._topology.network)
        doubts = {switch: reason for switch, reason in positions.doubts.items() if switch != feeder.breaker}
        opened = [switch.id for number, switch in enumerate(network.switches) if positions.open[number]]
        open_before = tuple(switch for switch in opened if switch != feeder.breaker)
        return Case(
            id=_name(feeder.id, pickup_ns),
            feeder=feeder.id,
            phase=Phase.PICKED_UP,
            pickup_ns=pickup_ns,
            entered_ns=image.time_ns,
            open_before=open_before,
            doubts_before=tuple(doubts.items()),
            set_before=not_clear(image, network),
            loads=self._loads(state, feeder, open_before, pickup_ns),
        )

    def _loads(
        self, state: FdirState, feeder: Feeder, open_before: tuple[str, ...], pickup_ns: int
    ) -> tuple[PreFaultLoad, ...]:
        """Pre-fault loads of everything that the breaker may have fed (doubtful switches taken as closed)."""
        below, index = self._reach.nodes(feeder, open_before), self._topology.arrays.node_index
        loads = [load for load in self._topology.network.loads if index[load.node] in below]
        return tuple(loads_before(state.record, loads, pickup_ns, self._settings.old_load_s))

    def _happening(self, current: _Round, case: Case, orders: list[Order]) -> Happening:
        image, breaker = current.image, self._breakers[case.feeder]
        feeder = self._feeders.get(case.feeder, Feeder(case.feeder, breaker, ""))
        own = current.acted[case.feeder]
        return Happening(
            image=image,
            breaker=breaker,
            view=view_bay(image, feeder),
            acted=current.acted,
            tripped=tuple(name for name in own if name.variable in TRIPS),
            upstream=self._upstream(current, case),
            normally_open=self._normally_open,
            waits_for=lambda: _holder(_active(image, orders), (feeder.id, feeder.transformer)),
            window_s=self._reach.window_s(self._feeders.get(case.feeder), case.open_before),
            travel_s=self._reach.travel_s(breaker),
            parted=lambda: self._reach.parted(image, self._feeders.get(case.feeder), case.open_before),
            behind=lambda it: self._parted(image, it),
            settings=self._settings,
            plan=partial(self._plan, current, orders),
            late=partial(self._late.against, image, feeder),
            struck=lambda it: self._seconds.found(image, it, image.orders.get(it.order), current.acted),
            judged=partial(self._seconds.judged, image),
        )

    def _upstream(self, current: _Round, case: Case) -> str:
        since_ns = case.pickup_ns - round(self._settings.trip_report_s * 1e9)
        feeder = self._feeders.get(case.feeder)
        above = () if feeder is None else (*self._bays_above[feeder.id], feeder.transformer, feeder.id)
        for bay in above:
            if current.upstream.get(bay, 0) >= since_ns:
                what = "breaker failure" if bay in self._feeders else "transformer or busbar trip"
                return f"S9: {what} at {bay}; automation does not start"
        return self._stuck_below(current, case, since_ns)

    def _stuck_below(self, current: _Round, case: Case, since_ns: int) -> str:
        """A line recloser within the feeder that tripped in this event and stays closed: its feeder did its work."""
        for other in () if case.phase is Phase.PICKED_UP else current.cases:
            within = other.feeder in self._feeders and self._feeders[other.feeder].within == case.feeder
            tripped = other.phase in (Phase.TRIPPED, Phase.HANDED_OVER) and other.pickup_ns >= since_ns
            old = current.image.time_ns - other.entered_ns >= OPENING_NS
            if within and tripped and old and position_of(current.image, self._breakers[other.feeder]) is Dbpos.ON:
                return f"S9: breaker failure at {other.feeder}, which tripped and stays closed"
        return ""

    def _parted(self, image: ProcessImage, case: Case) -> Parted:
        feeder = self._feeders[case.feeder]
        switches = self._reach.parting(image, feeder, case.open_before)
        since_ns = case.pickup_ns - round(self._settings.flag_tolerance_s * 1e9)
        known = Known(since_ns, frozenset(case.set_before), case.open_before)
        return parted_fault(self._topology, image, feeder, switches, known, dict(case.doubts_before), self._settings)

    def _plan(self, current: _Round, orders: list[Order], case: Case) -> Outcome:
        image = current.image
        others = [each for each in current.cases if each.id != case.id]
        evidence = Evidence(
            name=f"FDIR-{case.id}",
            feeder=self._feeders[case.feeder],
            since_ns=case.pickup_ns - round(self._settings.flag_tolerance_s * 1e9),
            open_before=case.open_before,
            doubts_before=dict(case.doubts_before),
            set_before=frozenset(case.set_before),
            loads=case.loads,
            busy=_busy(image, orders),
            in_fault=_in_fault(others),
            faulted=self._faulted(others),
            window_s=self._reach.window_s(self._feeders[case.feeder], case.open_before),
        )
        outcome = plan(self._topology, image, evidence, self._settings, self._judge)
        if outcome.order is not None:
            orders.append(outcome.order)
        return outcome

    def _crew(self, current: _Round, orders: list[Order], case: Case) -> CrewNow:
        image, others = current.image, [each for each in current.cases if each.id != case.id]
        feeder = self._feeders.get(case.feeder, Feeder(case.feeder, self._breakers[case.feeder], ""))
        return CrewNow(
            image, current.acted, _busy(image, orders), _in_fault(others), self._faulted(others),
            partial(self._late.against, image, feeder), not any(each.phase in WATCHING for each in current.cases),
        )  # fmt: skip

    def _faulted(self, others: list[Case]) -> Mapping[int, str]:
        """Zones of other cases that have not come back to normal."""
        found: dict[int, str] = {}
        for case in others:
            for element in (*case.zone, *case.second.part):
                zone = self._topology.zone_of(element)
                if zone is not None:
                    found[zone] = f"{element} is faulted in case {case.id}"
        return found

    def _move(self, case: Case, now: Happening) -> Case:
        """Take the case through the table until nothing happens any more."""
        while True:
            case, signal = watch(case, now)
            if signal is None:
                return case
            phase = TRANSITIONS[case.phase, signal]
            case = replace(case, phase=phase, entered_ns=now.image.time_ns)
            if phase in (Phase.CLOSED, Phase.TRANSIENT, Phase.HANDED_OVER) or signal is Signal.TRIPPED:
                now = replace(now, tripped=())
            if phase is Phase.CLOSED:
                return case


def _name(bay: str, pickup_ns: int) -> str:
    moment = datetime.fromtimestamp(pickup_ns // 1_000_000_000, UTC)
    return f"{bay.replace('/', '-')}-{moment:%Y%m%dT%H%M%S}"


def _busy(image: ProcessImage, new: list[Order]) -> dict[str, str]:
    return {resource: order.id for order in _active(image, new) for resource in order.feeders}


def _in_fault(others: list[Case]) -> frozenset[str]:
    return frozenset(each.feeder for each in others if each.phase in (*WATCHING, *ORDERED))


def _active(image: ProcessImage, new: list[Order]) -> list[Order]:
    """Orders that hold leases or are about to: running, just proposed, and those of this evaluation."""
    young_ns = image.time_ns - round(TAKING_S * 1e9)
    known = image.orders.values()
    running = [each for each in known if each.state in (OrderState.APPROVED, OrderState.EXECUTING, OrderState.PAUSED)]
    fresh = [each for each in known if each.state is OrderState.PROPOSED and each.created_ns >= young_ns]
    return [*running, *fresh, *new]


def _holder(orders: list[Order], resources: tuple[str, ...]) -> str:
    return next((each.id for each in orders if set(resources) & set(each.feeders)), "")


def _ordered_open(image: ProcessImage, breaker: str) -> bool:
    """An order under way opens this breaker itself."""
    return any(
        step.element == breaker and step.position is Dbpos.OFF
        for order in image.orders.values()
        for step in order.steps
    )


def _judged(image: ProcessImage, case: Case) -> Event:
    """What the indications of a second trip have added."""
    text = f"FDIR: {case.second.judged_words}"
    return Event(image.time_ns, image.time_ns, Category.AUTOMATION, Severity.HIGH, case.feeder, text)


def _event(image: ProcessImage, case: Case) -> Event | None:
    """The line of the event list for a case's new phase; a pickup that came to nothing leaves none."""
    if case.phase is Phase.PICKED_UP or (case.phase is Phase.CLOSED and not case.reason):
        return None
    said = case.reason or case.concluded
    text = f"FDIR: {case.phase.value}" + (f": {said}" if said else "")
    severity = _SEVERITY.get(case.phase, Severity.INFORMATION)
    return Event(image.time_ns, image.time_ns, Category.AUTOMATION, severity, case.feeder, text)
