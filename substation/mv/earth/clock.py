"""The permitted duration of operation with an earth fault, and the alarms before and after it has run out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.alarm import Category, Event, Severity
from substation.mv.earth.case import Case
from substation.mv.earth.settings import EarthFaultSettings

_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Clock:
    """until_ns: None without a limit. words: what people read."""

    until_ns: int | None
    words: str


def clock_of(case: Case, networks: Sequence[str], settings: EarthFaultSettings) -> Clock:
    """Of several networks that hang together the shortest duration holds."""
    unstated = [each for each in networks if each not in settings.permitted_s]
    limits = [limit for each in networks if (limit := settings.permitted_s.get(each)) is not None]
    if limits:
        until_ns = case.began_ns + round(min(limits) * _SECOND)
        return Clock(until_ns, f"operation with it is permitted for {duration(min(limits))}")
    if unstated:
        words = f"no permitted duration is stated for {' and '.join(unstated)} ([earth_faults.permitted_s])"
        return Clock(None, words)
    return Clock(None, "operation with it is permitted without limit")


def alarms(case: Case, clock: Clock, settings: EarthFaultSettings, now_ns: int) -> tuple[Case, list[Event]]:
    """The case with what has been told, and the alarms that are due."""
    if clock.until_ns is None or not case.stands:
        return case, []
    left_s = (clock.until_ns - now_ns) / _SECOND
    if left_s <= 0.0 and not case.exceeded:
        text = f"earth fault in {case.network}: the permitted duration has run out; switch the section off"
        return replace(case, warned=True, exceeded=True), [_alarm(case, text, now_ns)]
    if 0.0 < left_s <= settings.warning_s and not case.warned:
        text = f"earth fault in {case.network}: {duration(left_s)} of the permitted duration are left"
        return replace(case, warned=True), [_alarm(case, text, now_ns)]
    return case, []


def next_ns(case: Case, clock: Clock, settings: EarthFaultSettings) -> int | None:
    """When the next alarm is due."""
    if clock.until_ns is None or not case.stands or case.exceeded:
        return None
    return clock.until_ns if case.warned else clock.until_ns - round(settings.warning_s * _SECOND)


def _alarm(case: Case, text: str, now_ns: int) -> Event:
    return Event(now_ns, now_ns, Category.AUTOMATION, Severity.HIGH, case.network, text)


def duration(seconds: float) -> str:
    """As people say it."""
    if seconds < 90.0:
        return f"{seconds:.1f} s" if seconds < 10.0 else f"{seconds:.0f} s"
    minutes = round(seconds / 60.0)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"
