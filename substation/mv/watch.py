"""What happens to a case in each phase: one function per phase gives the signal for the table in substation.mv.case.

A function looks at the present and at the case; it returns the case with what it learned, and a signal or None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from models.point import Dbpos, PointName
from models.switching import OrderState
from substation.grid.positions import position_of
from substation.image import ProcessImage
from substation.mv.case import Case, Phase, Signal
from substation.mv.late import frozen
from substation.mv.parted import Parted
from substation.mv.planning import Outcome
from substation.mv.protection import BayView, Reclosing
from substation.mv.second_fault import SecondFault
from substation.mv.settings import FdirSettings

TAKING_S = 10.0
"""How long the unit may take to put a proposed order on its desk."""
WAITING_S = 1.0
"""How often a case looks whether an order of another case has ended."""
SETTLED_S = 3.0
"""After another order has ended: what it has restored is measured again."""


@dataclass(frozen=True, slots=True)
class Happening:
    """The present as one case sees it.

    acted: pickups and trips since the last evaluation, by bay. tripped: the own ones that are trips. upstream: why a
    transformer or busbar trip forbids automation, or ''. normally_open: by switch. waits_for: order that holds what an
    order of this case would need, or ''. window_s, travel_s: until evidence is complete and a movement ended, here.
    parted: sectionalisers of the feeder that have opened since, in words, or ''; behind: where the fault is then. plan:
    makes the order.
    late: evidence that came after it and contradicts it, in words, or ''. struck: what protection says of its last
    close; judged: the same once the indications of that are complete.
    """

    image: ProcessImage
    breaker: str
    view: BayView
    acted: Mapping[str, tuple[PointName, ...]]
    tripped: tuple[PointName, ...]
    upstream: str
    normally_open: Mapping[str, bool]
    waits_for: Callable[[], str]
    window_s: float
    travel_s: float
    parted: Callable[[], str]
    behind: Callable[[Case], Parted]
    settings: FdirSettings
    plan: Callable[[Case], Outcome]
    late: Callable[[Case], str]
    struck: Callable[[Case], SecondFault]
    judged: Callable[[Case], SecondFault]
    abort: dict[str, str] = field(default_factory=dict)
    wakes_ns: list[int] = field(default_factory=list)

    def waited(self, case: Case, seconds: float) -> bool:
        """The phase is that old; if not, FDIR will be woken when it is."""
        return self.waited_since(case.entered_ns, seconds)

    def waited_since(self, start_ns: int, seconds: float) -> bool:
        """So long has passed since `start_ns`; if not, FDIR will be woken when it has."""
        due_ns = start_ns + round(seconds * 1e9)
        if self.image.time_ns < due_ns:
            self.wakes_ns.append(due_ns)
            return False
        return True


Watch = tuple[Case, Signal | None]


def watch(case: Case, now: Happening) -> Watch:
    return _WATCHERS[case.phase](case, now)


def _picked_up(case: Case, now: Happening) -> Watch:
    if now.tripped:
        return _seen(case, f"trip: {', '.join(map(str, now.tripped))}"), Signal.TRIPPED
    if now.upstream:
        return replace(case, reason=now.upstream), Signal.REFUSED
    if now.view.picked_up or not now.waited(case, now.settings.trip_report_s):
        return case, None
    if now.view.breaker is Dbpos.ON:
        return case, Signal.DROPPED_OUT
    if now.view.breaker is Dbpos.OFF:
        text = f"S9: {now.breaker} opened without a trip: local, manual or unexplained; nothing is switched"
        return replace(case, reason=text), Signal.DROPPED_OUT
    if not now.waited(case, now.settings.trip_report_s + now.travel_s):
        return case, None
    return replace(case, reason=f"S14: {now.view.breaker}"), Signal.REFUSED


def _tripped(case: Case, now: Happening) -> Watch:
    if reason := now.upstream or (f"S9: {now.view.local}" if now.view.local else ""):
        return replace(case, reason=reason), Signal.REFUSED
    if now.tripped:
        words = f"trip again: {', '.join(map(str, now.tripped))}"
        case = _seen(replace(case, entered_ns=now.image.time_ns), words)
    opened = case.opened or now.view.breaker is Dbpos.OFF or now.view.reclosing is Reclosing.IN_PROGRESS
    moving = not isinstance(now.view.breaker, Dbpos)
    case = replace(case, opened=opened, moving_ns=(case.moving_ns or now.image.time_ns) if moving else 0)
    if now.view.breaker is Dbpos.OFF:
        return _tripped_open(case, now)
    if now.view.breaker is Dbpos.ON:
        return _tripped_closed(case, now)
    if now.waited_since(case.moving_ns, now.travel_s):
        return replace(case, reason=f"S14: {now.view.breaker}"), Signal.REFUSED
    return case, None


def _tripped_open(case: Case, now: Happening) -> Watch:
    reclosing = now.view.reclosing
    if reclosing.ends:
        return _seen(case, f"{now.breaker} open; {now.view.reclosing_words}"), Signal.FINAL
    if reclosing is Reclosing.IN_PROGRESS:
        return case, None
    limit_s = now.travel_s if reclosing is Reclosing.UNKNOWN else now.settings.reclosing_start_s
    if not now.waited(case, limit_s):
        return case, None
    return replace(
        case, reason=f"S9: whether the trip is final is in doubt: {now.view.reclosing_words}"
    ), Signal.REFUSED


def _tripped_closed(case: Case, now: Happening) -> Watch:
    reclosing = now.view.reclosing
    if now.view.picked_up or reclosing is Reclosing.IN_PROGRESS:
        return case, None
    if reclosing is Reclosing.SUCCESSFUL or (case.opened and reclosing is Reclosing.READY):
        return _reclosed(case, now)
    if not now.waited(case, now.travel_s):
        return case, None
    if case.opened:
        reason = f"S9: {now.breaker} was closed again, not by automatic reclosing ({now.view.reclosing_words})"
    else:
        reason = f"S9: {now.breaker} did not open on the trip; breaker failure is left to people"
    return replace(case, reason=reason), Signal.REFUSED


def _reclosed(case: Case, now: Happening) -> Watch:
    if not now.waited(case, now.window_s):
        return case, None  # a sectionaliser may tell late that it has opened
    if parted := now.parted():
        found = now.behind(case)
        reason = f"S9: reclosing was successful because {parted} opened in the dead time; {found.words}; no final trip"
        open_until_repaired = tuple((switch, False) for switch in parted.split(" and "))
        return replace(
            case, reason=f"{reason}, so people go on", zone=found.zone, candidates=found.candidates,
            targets=open_until_repaired,
        ), Signal.REFUSED  # fmt: skip
    return _concluded(case, "transient fault: reclosing was successful, nothing is switched"), Signal.RECLOSED


def _gathering(case: Case, now: Happening) -> Watch:
    if reason := now.upstream or (f"S9: {now.view.local}" if now.view.local else ""):
        return replace(case, reason=reason), Signal.REFUSED
    if now.view.breaker is not Dbpos.OFF:
        doubt = now.view.breaker if isinstance(now.view.breaker, str) else f"{now.breaker} was closed again"
        return replace(case, reason=f"S9: {doubt}"), Signal.REFUSED
    if not now.view.reclosing.ends:
        return replace(case, reason=f"S9: the trip is not final: {now.view.reclosing_words}"), Signal.REFUSED
    if not now.waited(case, now.window_s):
        return case, None
    if holder := now.waits_for():
        now.wakes_ns.append(now.image.time_ns + round(WAITING_S * 1e9))
        case = replace(case, held_ns=now.image.time_ns)
        return _concluded(case, f"waits for order {holder}, which holds what is needed"), None
    if case.held_ns and not now.waited_since(case.held_ns, SETTLED_S):
        return case, None
    outcome = now.plan(case)
    case = replace(
        case, candidates=outcome.candidates, zone=outcome.zone, concluded=outcome.concluded, reason=outcome.reason
    )
    if outcome.order is None:
        return replace(case, by_hand=outcome.by_hand, shown=frozen(outcome.shown)), Signal.REFUSED
    steps = outcome.order.steps
    targets = tuple((step.element, step.value is Dbpos.ON) for step in steps if isinstance(step.value, Dbpos))
    shown = frozen(outcome.shown)
    case = replace(case, order=outcome.order.id, targets=targets, leases=outcome.order.feeders, shown=shown)
    return case, Signal.PLANNED


def _proposed(case: Case, now: Happening) -> Watch:
    order = now.image.orders.get(case.order)
    if order is not None:
        case = replace(case, order_seen=True)
        if order.state is not OrderState.PROPOSED:
            return case, Signal.STARTED
        if reason := _acted(case, now) or now.upstream or _no_longer_open(now) or now.late(case):
            return _abort(case, now, reason, locked=False)
        return case, None
    if _reached(case, now):
        return case, Signal.STARTED
    if case.order_seen:
        return replace(case, reason=f"order {case.order} was rejected or withdrawn"), Signal.STOPPED
    if now.waited(case, TAKING_S):
        return replace(case, reason=f"the unit did not take order {case.order}"), Signal.STOPPED
    return case, None


def _no_longer_open(now: Happening) -> str:
    breaker = now.view.breaker
    return "" if breaker is Dbpos.OFF else f"{now.breaker} is no longer confirmed open"


def _running(case: Case, now: Happening) -> Watch:
    if reason := _acted(case, now):
        case = replace(case, second=now.struck(case))
        more = f"; {case.second.words}" if case.second else ""
        return _abort(case, now, f"S6: {reason} while order {case.order} ran; locked out{more}", locked=True)
    if now.upstream:
        return _abort(case, now, now.upstream, locked=True)
    if reason := now.late(case):
        return _abort(case, now, reason, locked=False)
    if case.order in now.image.orders:
        return case, None
    if _reached(case, now):
        return case, Signal.COMPLETED
    reason = f"order {case.order} ended before all its steps; its own reason says why"
    return replace(case, reason=reason), Signal.STOPPED


def _acted(case: Case, now: Happening) -> str:
    """Protection that picked up or tripped on a feeder that the order holds."""
    names = [str(name) for bay in case.leases for name in now.acted.get(bay, ())]
    return f"protection acted again ({', '.join(names[:3])})" if names else ""


def _abort(case: Case, now: Happening, reason: str, locked: bool) -> Watch:
    now.abort[case.order] = reason
    return replace(case, reason=reason, locked=locked), Signal.STOPPED


def _reached(case: Case, now: Happening) -> bool:
    """Every switch stands confirmed where the order wanted it."""
    wanted = {switch: Dbpos.ON if closed else Dbpos.OFF for switch, closed in case.targets}
    return all(position_of(now.image, switch) is position for switch, position in wanted.items())


def _ended(case: Case, now: Happening) -> Watch:
    """Normal again: breaker closed, what the order moved is where the normal diagram has it, shown long enough."""
    if case.second and not case.second.judged and now.waited_since(case.second.at_ns, now.window_s):
        case = replace(case, second=now.judged(case))
    moved = {switch for switch, _ in case.targets} | {now.breaker}
    normal = all(
        position_of(now.image, switch) is (Dbpos.OFF if now.normally_open.get(switch) else Dbpos.ON) for switch in moved
    )
    return case, Signal.NORMAL if normal and now.waited(case, now.settings.linger_s) else None


def _closed(case: Case, now: Happening) -> Watch:
    return case, None


def _seen(case: Case, text: str) -> Case:
    return replace(case, seen=(*case.seen, text))


def _concluded(case: Case, text: str) -> Case:
    return replace(case, concluded=text)


_WATCHERS: dict[Phase, Callable[[Case, Happening], Watch]] = {
    Phase.PICKED_UP: _picked_up,
    Phase.TRIPPED: _tripped,
    Phase.GATHERING: _gathering,
    Phase.PROPOSED: _proposed,
    Phase.RUNNING: _running,
    Phase.ISOLATED: _ended,
    Phase.TRANSIENT: _ended,
    Phase.HANDED_OVER: _ended,
    Phase.CLOSED: _closed,
}
