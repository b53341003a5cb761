"""A case: what FDIR knows and has decided of one tripped feeder, from the first pickup to the normal state again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from models.switching import AssumedLoad
from substation.application import Plain
from substation.mv.crew.state import CrewCase, dump_crew, load_crew, shown
from substation.mv.location import Candidate
from substation.mv.prefault import PreFaultLoad
from substation.mv.second_fault import SecondFault, dump_second, load_second, second_shown


class Phase(Enum):
    PICKED_UP = "protection picked up or breaker opened"
    TRIPPED = "tripped, reclosing undecided"
    GATHERING = "tripped for good, indications arrive"
    PROPOSED = "order proposed"
    RUNNING = "order runs"
    ISOLATED = "fault isolated, order completed"
    TRANSIENT = "transient fault, reclosing successful"
    HANDED_OVER = "handed over to people"
    CLOSED = "closed"


class Signal(Enum):
    """What can happen to a case."""

    TRIPPED = "protection has tripped"
    DROPPED_OUT = "protection dropped out, or the breaker opened, without a trip"
    FINAL = "no reclosing will come"
    RECLOSED = "reclosing was successful"
    PLANNED = "an order is made"
    REFUSED = "automation must not, or there is doubt"
    STARTED = "the order is approved or runs"
    COMPLETED = "the order is carried out"
    STOPPED = "the order ended before its end"
    NORMAL = "normal again"


TRANSITIONS: dict[tuple[Phase, Signal], Phase] = {
    (Phase.PICKED_UP, Signal.TRIPPED): Phase.TRIPPED,
    (Phase.PICKED_UP, Signal.DROPPED_OUT): Phase.CLOSED,
    (Phase.PICKED_UP, Signal.REFUSED): Phase.HANDED_OVER,
    (Phase.TRIPPED, Signal.FINAL): Phase.GATHERING,
    (Phase.TRIPPED, Signal.RECLOSED): Phase.TRANSIENT,
    (Phase.TRIPPED, Signal.REFUSED): Phase.HANDED_OVER,
    (Phase.GATHERING, Signal.PLANNED): Phase.PROPOSED,
    (Phase.GATHERING, Signal.REFUSED): Phase.HANDED_OVER,
    (Phase.PROPOSED, Signal.STARTED): Phase.RUNNING,
    (Phase.PROPOSED, Signal.STOPPED): Phase.HANDED_OVER,
    (Phase.RUNNING, Signal.COMPLETED): Phase.ISOLATED,
    (Phase.RUNNING, Signal.STOPPED): Phase.HANDED_OVER,
    (Phase.ISOLATED, Signal.NORMAL): Phase.CLOSED,
    (Phase.TRANSIENT, Signal.NORMAL): Phase.CLOSED,
    (Phase.HANDED_OVER, Signal.NORMAL): Phase.CLOSED,
}
"""A signal that is not listed for a phase is a defect of FDIR."""

WATCHING = (Phase.PICKED_UP, Phase.TRIPPED, Phase.GATHERING)
ORDERED = (Phase.PROPOSED, Phase.RUNNING)


@dataclass(frozen=True, slots=True)
class Case:
    """All times in ns UTC. pickup_ns: of the first pickup or trip; entered_ns: when the phase began.

    opened: the breaker was seen open in this case. held_ns: when it last waited for another order.
    moving_ns: since when its position is in doubt, 0 when it is not.
    order_seen: the unit has taken the order. targets: position that the order brings each switch to (True closed).
    leases: what the order holds. locked: protection acted while the order ran, so that its feeders stay locked out
    until the normal state is back (S6). shown: by switch, what its indicator showed when the order was made.
    by_hand: handed over only because no remote control helps. crew: what a crew could do besides.
    second: a fault that the first one hid.
    """

    id: str
    feeder: str
    phase: Phase
    pickup_ns: int
    entered_ns: int
    open_before: tuple[str, ...]
    doubts_before: tuple[tuple[str, str], ...]
    set_before: tuple[str, ...]
    loads: tuple[PreFaultLoad, ...]
    seen: tuple[str, ...] = ()
    concluded: str = ""
    candidates: tuple[Candidate, ...] = ()
    reason: str = ""
    zone: tuple[str, ...] = ()
    opened: bool = False
    moving_ns: int = 0
    order: str = ""
    order_seen: bool = False
    targets: tuple[tuple[str, bool], ...] = ()
    leases: tuple[str, ...] = ()
    locked: bool = False
    held_ns: int = 0
    shown: tuple[tuple[str, str], ...] = ()
    by_hand: bool = False
    crew: CrewCase = CrewCase()
    second: SecondFault = SecondFault()


def report(case: Case, mode: str) -> dict[str, Plain]:
    """The case as it is published."""
    return {
        "id": case.id,
        "feeder": case.feeder,
        "state": case.phase.value,
        "seen": list(case.seen),
        "concluded": case.concluded,
        "candidates": [
            {"zone": list(each.zone), "rejected_by": each.rejected_by, "probability": each.probability}
            for each in case.candidates
        ],
        "zone": list(case.zone),
        "order": case.order,
        "mode": mode,
        "reason": case.reason,
        "crew": shown(case.crew),
        **({"second_fault": second_shown(case.second)} if case.second else {}),
    }


def dump_case(case: Case) -> dict[str, Plain]:
    """Plain data for persistence; the inverse of load_case."""
    return {
        "id": case.id,
        "feeder": case.feeder,
        "phase": case.phase.name,
        "pickup_ns": case.pickup_ns,
        "entered_ns": case.entered_ns,
        "open_before": list(case.open_before),
        "doubts_before": [list(pair) for pair in case.doubts_before],
        "set_before": list(case.set_before),
        "loads": [
            [each.load.element, each.load.active_power_w, each.load.reactive_power_var, each.assumed]
            for each in case.loads
        ],
        "seen": list(case.seen),
        "concluded": case.concluded,
        "candidates": [[list(each.zone), each.rejected_by, each.probability] for each in case.candidates],
        "reason": case.reason,
        "zone": list(case.zone),
        "opened": case.opened,
        "moving_ns": case.moving_ns,
        "order": case.order,
        "order_seen": case.order_seen,
        "targets": [list(pair) for pair in case.targets],
        "leases": list(case.leases),
        "locked": case.locked,
        "held_ns": case.held_ns,
        "shown": [list(pair) for pair in case.shown],
        "by_hand": case.by_hand,
        "crew": dump_crew(case.crew),
        "second": dump_second(case.second),
    }


def load_case(plain: Plain) -> Case:
    """ValueError when the data are not those of a case."""
    if not isinstance(plain, dict):
        raise ValueError("a stored case is not a map")
    loads = _lists(plain, "loads")
    return Case(
        id=_text(plain, "id"),
        feeder=_text(plain, "feeder"),
        phase=_phase(_text(plain, "phase")),
        pickup_ns=_whole(plain, "pickup_ns"),
        entered_ns=_whole(plain, "entered_ns"),
        open_before=_texts(plain, "open_before"),
        doubts_before=tuple((str(switch), str(reason)) for switch, reason in _lists(plain, "doubts_before")),
        set_before=_texts(plain, "set_before"),
        loads=tuple(
            PreFaultLoad(AssumedLoad(str(element), _real(power_w), _real(reactive_var)), str(assumed))
            for element, power_w, reactive_var, assumed in loads
        ),
        seen=_texts(plain, "seen"),
        concluded=_text(plain, "concluded"),
        candidates=tuple(_candidate(*each) for each in _lists(plain, "candidates")),
        reason=_text(plain, "reason"),
        zone=_texts(plain, "zone"),
        opened=plain.get("opened") is True,
        moving_ns=_whole(plain, "moving_ns"),
        order=_text(plain, "order"),
        order_seen=plain.get("order_seen") is True,
        targets=tuple((str(switch), closed is True) for switch, closed in _lists(plain, "targets")),
        leases=_texts(plain, "leases"),
        locked=plain.get("locked") is True,
        held_ns=_whole({"held_ns": 0} | plain, "held_ns"),
        shown=tuple((str(switch), str(text)) for switch, text in _lists(plain, "shown")) if "shown" in plain else (),
        by_hand=plain.get("by_hand") is True,
        crew=load_crew(plain.get("crew")),
        second=load_second(plain.get("second")),
    )


def _phase(name: str) -> Phase:
    if name not in Phase.__members__:
        raise ValueError(f"a stored case has the unknown phase {name!r}")
    return Phase[name]


def _text(plain: dict[str, Plain], key: str) -> str:
    value = plain.get(key)
    if not isinstance(value, str):
        raise ValueError(f"a stored case has no text '{key}'")
    return value


def _whole(plain: dict[str, Plain], key: str) -> int:
    value = plain.get(key)
    if not isinstance(value, int):
        raise ValueError(f"a stored case has no whole number '{key}'")
    return value


def _real(value: Plain) -> float:
    if not isinstance(value, int | float):
        raise ValueError("a stored load has no power")
    return float(value)


def _candidate(zone: Plain, rejected_by: Plain, probability: Plain = None) -> Candidate:
    """probability: units did not always keep one."""
    known = float(probability) if isinstance(probability, int | float) else None
    return Candidate(_strings(zone), str(rejected_by), known)


def _strings(value: Plain) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError("a stored case holds something else than a list")
    return tuple(str(each) for each in value)


def _texts(plain: dict[str, Plain], key: str) -> tuple[str, ...]:
    return _strings(plain.get(key))


def _lists(plain: dict[str, Plain], key: str) -> list[list[Plain]]:
    value = plain.get(key)
    if not isinstance(value, list) or not all(isinstance(each, list) for each in value):
        raise ValueError(f"a stored case has no rows '{key}'")
    return [each for each in value if isinstance(each, list)]
