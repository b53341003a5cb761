"""What happens to a case of an earth fault: one look at the present gives the signal for the table of its phases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from models.alarm import Category, Event, Severity
from substation.image import ProcessImage
from substation.mv.earth.case import TRANSITIONS, Case, Phase, Signal
from substation.mv.earth.clock import duration
from substation.mv.earth.settings import EarthFaultSettings

_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Looked:
    """The present. seen: signs in words; picture: the same for comparison. conclude: locates, and may make an order."""

    image: ProcessImage
    present: bool
    seen: tuple[str, ...]
    picture: str
    settings: EarthFaultSettings
    conclude: Callable[[Case], tuple[Case, Signal]]
    events: list[Event] = field(default_factory=list)
    wakes_ns: list[int] = field(default_factory=list)

    def waited(self, since_ns: int, seconds: float) -> bool:
        due_ns = since_ns + round(seconds * _SECOND)
        if self.image.time_ns < due_ns:
            self.wakes_ns.append(due_ns)
            return False
        return True

    def tell(self, case: Case, severity: Severity, text: str) -> None:
        now_ns = self.image.time_ns
        told = f"earth fault in {case.network}: {text}"
        self.events.append(Event(now_ns, now_ns, Category.AUTOMATION, severity, case.network, told))


def move(case: Case, now: Looked) -> Case:
    """Take the case through the table until nothing happens any more."""
    while True:
        case, signal = _watch(case, now)
        if signal is None:
            return case
        phase = TRANSITIONS[case.is_in, signal]
        case = replace(case, phase=phase.name, entered_ns=now.image.time_ns)
        _tell(case, signal, now)
        case = replace(case, told=case.concluded or case.reason) if phase in _CONCLUDED else case
        if phase is Phase.CLOSED:
            return case


_CONCLUDED = (Phase.LOCATED, Phase.NOT_LOCATED)


def _watch(case: Case, now: Looked) -> tuple[Case, Signal | None]:
    if case.is_in is Phase.GONE:
        return _gone(case, now)
    if not now.present:
        case = replace(case, absent_ns=case.absent_ns or now.image.time_ns)
        return case, Signal.VANISHED if now.waited(case.absent_ns, now.settings.hold_s) else None
    if case.absent_ns:
        case = replace(case, absent_ns=0, strikes=case.strikes + 1, changed_ns=now.image.time_ns)
    if now.picture != case.picture:
        case = replace(case, picture=now.picture, seen=now.seen, changed_ns=now.image.time_ns)
        if case.is_in in _CONCLUDED:
            return case, Signal.CHANGED
    if case.is_in is Phase.GATHERING and now.waited(case.changed_ns, now.settings.evidence_window_s):
        return now.conclude(case)
    return case, None


def _gone(case: Case, now: Looked) -> tuple[Case, Signal | None]:
    if now.present:
        return replace(
            case, absent_ns=0, strikes=case.strikes + 1, seen=now.seen, picture=now.picture,
            changed_ns=now.image.time_ns, reason="",
        ), Signal.BACK  # fmt: skip
    return case, Signal.FORGOTTEN if now.waited(case.entered_ns, now.settings.linger_s) else None


def _tell(case: Case, signal: Signal, now: Looked) -> None:
    """Lines of the event list; what has been told already is not told again."""
    words = "; ".join(case.seen[:6])
    if signal is Signal.FOUND and case.told != case.concluded:
        now.tell(case, Severity.MEDIUM, "; ".join(each for each in (case.concluded, case.reason) if each))
    elif signal is Signal.DOUBT and case.told != (case.concluded or case.reason):
        now.tell(case, Severity.HIGH, f"section not known: {case.reason}")
    elif signal is Signal.BACK:
        now.tell(case, Severity.HIGH, f"it is back ({case.strikes} times now): {words}")
    elif signal is Signal.VANISHED:
        lasted_s = (case.absent_ns - case.began_ns) / _SECOND
        transient = "transient, it went out by itself" if not case.told else "it has gone"
        now.tell(case, Severity.INFORMATION, f"{transient}, after {duration(max(lasted_s, 0.0))}")
