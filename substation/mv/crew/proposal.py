"""Follows every case of FDIR: what a crew could bring back after automation has done its part is proposed to people.

An order of its own, approved by a person alone; while it is only proposed it is planned anew whenever what it rests on
has changed, and then renewed (a higher revision) or withdrawn.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from models.errors import AlgorithmError
from models.point import Dbpos, PointName
from models.switching import Order, OrderState, StepState
from substation.grid.positions import position_of, read_positions
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.mv.case import Case, Phase
from substation.mv.crew.plan import CrewQuestion, crew_order, tree_before
from substation.mv.crew.state import FOLLOWS, CrewCase, CrewPhase
from substation.mv.indication import Indication
from substation.mv.rehearsed import Judge
from substation.mv.settings import FdirSettings

SETTLED_S = 5.0
"""After the order of automation: what it has restored is measured again. So often, too, a change is looked at."""
AGAIN_S = 300.0
"""Loads move on: so often a proposal is planned anew though nothing else has changed."""
TAKING_S = 10.0
_SHOWED = (Indication.FORWARD.value, Indication.REVERSE.value)


@dataclass(slots=True)
class CrewNow:
    """The present as one case sees it. acted: protection since the last evaluation, by bay. busy, in_fault, faulted: as
    for planning. late: evidence against an order of the case, in words. What comes of it is put into orders, abort,
    wakes_ns.
    """

    image: ProcessImage
    acted: Mapping[str, tuple[PointName, ...]]
    busy: Mapping[str, str]
    in_fault: Collection[str]
    faulted: Mapping[int, str]
    late: Callable[[Case], str]
    calm: bool = True
    orders: list[Order] = field(default_factory=list)
    abort: dict[str, str] = field(default_factory=dict)
    wakes_ns: list[int] = field(default_factory=list)


class CrewProposals:
    """One per FDIR. Pure."""

    def __init__(self, topology: Topology, settings: FdirSettings, judge: Judge) -> None:
        self._topology, self._settings, self._judge = topology, settings, judge

    def follow(self, case: Case, now: CrewNow) -> Case:
        """The case with what has become of its crew's order. AlgorithmError when a state follows that must not."""
        if not self._settings.crew_orders:
            return case
        handlers: dict[CrewPhase, Callable[[Case, CrewNow], Case]] = {
            CrewPhase.LOOKING: self._looking,
            CrewPhase.PROPOSED: self._proposed,
            CrewPhase.RUNNING: self._running,
            CrewPhase.ENDED: lambda case, now: case,
        }
        before = case.crew.phase
        after = handlers[before](case, now)
        if after.crew.phase is not before:
            if after.crew.phase not in FOLLOWS[before]:
                raise AlgorithmError(f"order of a crew: {after.crew.phase.value} does not follow {before.value}")
            after = replace(after, crew=replace(after.crew, since_ns=now.image.time_ns))
        return after

    def _looking(self, case: Case, now: CrewNow) -> Case:
        if not _waits_for_crew(case) or not _waited(now, max(case.entered_ns, case.crew.looked_ns), SETTLED_S):
            return case
        seen = self._digest(case, now)
        if not now.calm:
            return case
        if seen == case.crew.seen and not _waited(now, case.crew.looked_ns, AGAIN_S):
            return case
        crew = case.crew
        name = f"{case.order or f'FDIR-{case.id}'}-crew" + (f"-{crew.count + 1}" if crew.count else "")
        found = self._plan(case, now, name, 1)
        crew = replace(crew, looked_ns=now.image.time_ns, seen=seen)
        if isinstance(found, str):
            return replace(case, crew=replace(crew, reason=found))
        now.orders.append(found)
        crew = replace(crew, phase=CrewPhase.PROPOSED, order=found.id, count=crew.count + 1)
        return replace(case, crew=_of(crew, found))

    def _proposed(self, case: Case, now: CrewNow) -> Case:
        crew, order = case.crew, now.image.orders.get(case.crew.order)
        if order is None:
            if not _waited(now, crew.since_ns, TAKING_S):
                return case
            if _reached(crew, now):  # carried out between two looks
                return self._begun(case, crew.moves, ())
            reason = f"order {crew.order} was rejected, withdrawn or not taken"
            return replace(case, crew=replace(crew, phase=CrewPhase.ENDED, reason=reason))
        if order.state is not OrderState.PROPOSED:
            return self._begun(case, tuple(_moves(order).items()), order.feeders)
        if reason := self._gone(case, order, now):
            return self._withdrawn(case, now, reason)
        edited = order.revision != crew.revision  # by people: theirs now, judged when they approve it
        seen = self._digest(case, now)
        young = not _waited(now, crew.looked_ns, SETTLED_S)
        if edited or young or not now.calm or (seen == crew.seen and not _waited(now, crew.looked_ns, AGAIN_S)):
            return case
        return self._again(case, now, seen)

    def _again(self, case: Case, now: CrewNow, seen: int) -> Case:
        crew = replace(case.crew, looked_ns=now.image.time_ns, seen=seen)
        found = self._plan(case, now, crew.order, crew.revision + 1)
        if isinstance(found, str):
            return self._withdrawn(replace(case, crew=crew), now, found)
        if _of(crew, found).moves == crew.moves:
            return replace(case, crew=crew)
        now.orders.append(found)
        return replace(case, crew=_of(crew, found))

    def _gone(self, case: Case, order: Order, now: CrewNow) -> str:
        """Why the proposal must not stand any more, whatever a new plan would say."""
        acted = _acted(order, now)
        return acted or ("" if _waits_for_crew(case) else f"the case is {case.phase.value}") or self._late(case, now)

    def _withdrawn(self, case: Case, now: CrewNow, reason: str) -> Case:
        now.abort[case.crew.order] = reason
        said = f"order {case.crew.order} was withdrawn: {reason}"
        crew = replace(case.crew, phase=CrewPhase.LOOKING, moves=(), looked_ns=now.image.time_ns, reason=said)
        return replace(case, crew=crew)

    def _begun(self, case: Case, moves: tuple[tuple[str, bool], ...], feeders: tuple[str, ...]) -> Case:
        """What it moves belongs to the case: the normal state is back when all of that is."""
        targets = tuple((dict(case.targets) | dict(moves)).items())
        leases = tuple(dict.fromkeys((*case.leases, *feeders)))
        crew = replace(case.crew, phase=CrewPhase.RUNNING, moves=moves, reason="")
        return replace(case, targets=targets, leases=leases, crew=crew)

    def _running(self, case: Case, now: CrewNow) -> Case:
        crew, order = case.crew, now.image.orders.get(case.crew.order)
        if order is None:
            reason = f"order {crew.order} has ended; its own reason says how"
            return replace(case, crew=replace(crew, phase=CrewPhase.ENDED, reason=reason))
        if acted := _acted(order, now):
            now.abort[order.id] = f"S6: {acted} while order {order.id} ran"
            return replace(case, locked=case.locked or closing_begun(order))
        if late := self._late(case, now):
            now.abort[order.id] = late
        return case

    def _late(self, case: Case, now: CrewNow) -> str:
        return now.late(replace(case, order=case.crew.order))

    def _plan(self, case: Case, now: CrewNow, name: str, revision: int) -> Order | str:
        zones = {self._topology.zone_of(element) for element in case.zone}
        located = frozenset(zone for zone in zones if zone is not None)
        if not located:
            return "where the fault lies is not known"
        tree = tree_before(self._topology, case.feeder, case.open_before, dict(case.doubts_before))
        question = CrewQuestion(
            name=name,
            revision=revision,
            tree=tree,
            located=located,
            loads=case.loads,
            open_before=case.open_before,
            automatic=case.order,
            reopened=frozenset(switch for switch, closed in case.targets if not closed),
            busy=_busy(case, now),
            in_fault=now.in_fault,
            faulted=now.faulted,
            shown=frozenset(switch for switch, text in case.shown if text in _SHOWED),
            concluded=case.concluded.partition(";")[0],
        )
        return crew_order(self._topology, now.image, question, self._settings, self._judge)

    def _digest(self, case: Case, now: CrewNow) -> int:
        """Of everything that a plan rests on but loads: those change all the time."""
        image, positions = now.image, read_positions(now.image, self._topology.network)
        tags = sorted((tag.kind.value, tag.element) for tag in image.tags)
        placed = sorted((each.kind.value, each.element) for each in image.placements)
        others = sorted(_busy(case, now).items()), sorted(now.in_fault), sorted(now.faulted.items())
        modes = sorted((feeder, mode.value) for feeder, mode in image.modes.items())
        seen = positions.closed.tobytes() + positions.open.tobytes() + repr((tags, placed, others, modes)).encode()
        return zlib.crc32(seen)


def closing_begun(order: Order) -> bool:
    """From then on protection that acts ends it with lock-out (SAFETY S6)."""
    return any(step.position is Dbpos.ON and step.state is not StepState.PENDING for step in order.steps)


def _waits_for_crew(case: Case) -> bool:
    """Automation has done what it could, or can do nothing for want of remote control."""
    return case.phase is Phase.ISOLATED or (case.phase is Phase.HANDED_OVER and case.by_hand)


def _waited(now: CrewNow, since_ns: int, seconds: float) -> bool:
    due_ns = since_ns + round(seconds * 1e9)
    if now.image.time_ns < due_ns:
        now.wakes_ns.append(due_ns)
        return False
    return True


def _acted(order: Order, now: CrewNow) -> str:
    names = [str(name) for bay in order.feeders for name in now.acted.get(bay, ())]
    return f"protection acted again ({', '.join(names[:3])})" if names else ""


def _busy(case: Case, now: CrewNow) -> dict[str, str]:
    """What other orders hold."""
    return {resource: order for resource, order in now.busy.items() if order != case.crew.order}


def _reached(crew: CrewCase, now: CrewNow) -> bool:
    wanted = {switch: Dbpos.ON if closed else Dbpos.OFF for switch, closed in crew.moves}
    return all(position_of(now.image, switch) is position for switch, position in wanted.items())


def _moves(order: Order) -> dict[str, bool]:
    return {step.element: step.position is Dbpos.ON for step in order.steps if step.position is not None}


def _of(crew: CrewCase, order: Order) -> CrewCase:
    """The proposal as it is remembered."""
    return replace(crew, revision=order.revision, moves=tuple(_moves(order).items()), reason="")
