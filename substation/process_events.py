"""What a change of a point says to a person: one table row per kind of point."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from models.alarm import Category, Event, Severity
from models.point import Dbpos, PointSpec, Sample, Value
from models.quality import VALUE_BITS, is_actionable
from substation.image import describe

TRIPPED, OPERATED = "protection trip", "protection operated"
"""What a trip says, and a stage of protection that leads to one."""

_Words = Mapping[Value, tuple[str, Severity]]

_POSITION: _Words = {
    Dbpos.INTERMEDIATE: ("moves (intermediate position)", Severity.INFORMATION),
    Dbpos.OFF: ("open", Severity.INFORMATION),
    Dbpos.ON: ("closed", Severity.INFORMATION),
    Dbpos.BAD: ("contradicting position indications", Severity.HIGH),
}
_RECLOSING: _Words = {  # AutoRecSt of IEC 61850-7-4
    1: ("reclosing ready", Severity.INFORMATION),
    2: ("reclosing in progress", Severity.INFORMATION),
    3: ("reclosing successful", Severity.MEDIUM),
    4: ("reclosing waits for trip", Severity.INFORMATION),
    5: ("reclosing: tripped by protection", Severity.INFORMATION),
    6: ("reclosing: fault disappeared", Severity.INFORMATION),
    7: ("reclosing waits to complete", Severity.INFORMATION),
    8: ("reclosing: circuit breaker closed", Severity.INFORMATION),
    9: ("reclosing cycle unsuccessful, locked out", Severity.HIGH),
    10: ("reclosing unsuccessful", Severity.HIGH),
    11: ("reclosing aborted", Severity.MEDIUM),
    12: ("reclosing not ready", Severity.LOW),
}
_HEALTH: _Words = {
    1: ("health is good", Severity.INFORMATION),
    2: ("health warning", Severity.LOW),
    3: ("health alarm", Severity.HIGH),
}
_OPERATING_CAPABILITY: _Words = {
    1: ("no operation possible", Severity.HIGH),
    2: ("can only open", Severity.MEDIUM),
    3: ("can close and open", Severity.INFORMATION),
    4: ("can open, close, open", Severity.INFORMATION),
    5: ("can close, open, close, open", Severity.INFORMATION),
}


_BEHAVIOUR: _Words = {  # Beh and Mod of IEC 61850-7-4
    1: ("on", Severity.INFORMATION),
    2: ("blocked", Severity.MEDIUM),
    3: ("in test", Severity.MEDIUM),
    4: ("in test and blocked", Severity.MEDIUM),
    5: ("off", Severity.MEDIUM),
}
_SYNCHRONISATION: _Words = {  # LTMS.TmSyn of IEC 61850-7-4: synchronised as IEC 61850-9-2 says it (SmpSynch)
    0: ("clock is not synchronised", Severity.MEDIUM),
    1: ("clock follows a local time source", Severity.LOW),
    2: ("clock follows global time", Severity.INFORMATION),
}
_GROUP: _Words = {number: (f"setting group {number} is active", Severity.LOW) for number in range(1, 17)}


@dataclass(frozen=True, slots=True)
class _Row:
    """variable: the points it speaks of. words: text and severity per value."""

    variable: re.Pattern[str]
    words: _Words


def _flag(set_text: str, set_severity: Severity, reset_text: str) -> _Words:
    return {True: (set_text, set_severity), False: (reset_text, Severity.INFORMATION)}


def _lost(what: str) -> _Words:
    return {False: (f"{what} lost", Severity.MEDIUM), True: (f"{what} works", Severity.INFORMATION)}


_TABLE: tuple[tuple[str, _Words], ...] = (
    (r"\w*CSWI\d+\.Pos", _POSITION),
    (r"PTRC\d+\.Tr", _flag(TRIPPED, Severity.HIGH, "protection trip reset")),
    (r"P\w{3}\d+\.Str", _flag("protection pickup", Severity.MEDIUM, "protection pickup reset")),
    (r"P\w{3}\d+\.Op", _flag(OPERATED, Severity.MEDIUM, "protection stage reset")),
    (r"RREC\d+\.AutoRecSt", _RECLOSING),
    (r"RREC\d+\.BlkRec", _flag("reclosing blocked", Severity.LOW, "reclosing released")),
    (r"SFPI1\.FwdFlt", _flag("short circuit passed, forward", Severity.MEDIUM, "indication reset, forward")),
    (r"SFPI1\.RvFlt", _flag("short circuit passed, reverse", Severity.MEDIUM, "indication reset, reverse")),
    (r"SFPI2\.FwdFlt", _flag("earth fault, forward", Severity.HIGH, "earth fault reset, forward")),
    (r"SFPI2\.RvFlt", _flag("earth fault, reverse", Severity.HIGH, "earth fault reset, reverse")),
    (r"\w+\.Loc", _flag("local control", Severity.MEDIUM, "remote control")),
    (r"\w+\.LocKey", _flag("local control by key", Severity.MEDIUM, "key on remote")),
    (r"\w+\.LocSta", _flag("control of the station", Severity.LOW, "remote control")),
    (r"\w+\.(Beh|Mod)", _BEHAVIOUR),
    (r"\w+\.ActSG", _GROUP),
    (r"\w*LTMS\d+\.TmSyn", _SYNCHRONISATION),
    (r"\w*LTMS\d+\.TmChSt\d", _lost("time channel")),
    (r"\w*L(GOS|SVS)\d+\.St", _lost("subscription")),
    (r"\w*L(GOS|SVS)\d+\.NdsCom", _flag("subscription needs commissioning", Severity.MEDIUM, "subscription fits")),
    (r"\w*L(GOS|SVS)\d+\.SimSt", _flag("simulated messages are taken", Severity.MEDIUM, "real messages are taken")),
    (r"XCBR\d+\.EEHealth", _HEALTH),
    (r"XCBR\d+\.CBOpCap", _OPERATING_CAPABILITY),
    (r"ZBAT\d+\.BatLo", _flag("battery low", Severity.MEDIUM, "battery normal")),
    (r"LCCH\d+\.ChLiv", {True: ("channel live", Severity.INFORMATION), False: ("channel dead", Severity.LOW)}),
    (r"ATCC\d+\.Auto", _flag("tap changer automatic", Severity.INFORMATION, "tap changer manual")),
    (r"YLTC\d+\.EndPosR", _flag("highest tap position", Severity.LOW, "highest tap position left")),
    (r"YLTC\d+\.EndPosL", _flag("lowest tap position", Severity.LOW, "lowest tap position left")),
    (r"ATCC\d+\.ParOp", _flag("tap control in parallel", Severity.INFORMATION, "tap control alone")),
    (r"ARCO\d+\.Auto", _flag("bank switches itself", Severity.INFORMATION, "bank switched by command")),
    (r"ATCC\d+\.LTCBlk", _flag("tap changer blocked", Severity.LOW, "tap changer released")),
)
_ROWS = tuple(_Row(re.compile(pattern), words) for pattern, words in _TABLE)


def event_of(spec: PointSpec, previous: Sample | None, sample: Sample) -> Event | None:
    """The line for the event list; None when nothing changed that a person should read.

    The first value that is ever known of a point is a state, not an event.
    """
    if previous is None or (previous.value, type(previous.value)) == (sample.value, type(sample.value)):
        return None
    words = _words(spec, sample)
    if words is None:
        return None
    text, severity = words
    if not is_actionable(sample.quality):
        text = f"{text} ({describe(sample.quality & int(VALUE_BITS))})"
    time_ns = sample.arrival_time_ns if sample.source_time_ns is None else sample.source_time_ns
    subject = spec.name.variable.partition(".")[0]
    return Event(time_ns, sample.arrival_time_ns, Category.PROCESS, severity, spec.name.location, f"{subject}: {text}")


def states_of(spec: PointSpec) -> Mapping[Value, tuple[str, Severity]]:
    """What the values of a point say; empty for a point that makes no event."""
    return next((row.words for row in _ROWS if row.variable.fullmatch(spec.name.variable)), {})


def _words(spec: PointSpec, sample: Sample) -> tuple[str, Severity] | None:
    words = states_of(spec)
    return words.get(sample.value, (f"unknown state {sample.value}", Severity.LOW)) if words else None
