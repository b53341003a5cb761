"""A case: one earth fault in one galvanic network, from the first sign until it has gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import TypeVar

from substation.application import Plain
from substation.mv.earth.tuning_state import Tuning, load_tuning

T = TypeVar("T")

VERSION = 1


class Phase(Enum):
    GATHERING = "indications arrive"
    LOCATED = "section located"
    NOT_LOCATED = "section not known"
    GONE = "gone"
    CLOSED = "closed"


class Signal(Enum):
    """What can happen to a case."""

    FOUND = "the evidence singles out a section"
    DOUBT = "it does not"
    CHANGED = "protection or indicators say something else"
    VANISHED = "no sign is left"
    BACK = "signs are there again"
    FORGOTTEN = "gone long enough"


TRANSITIONS: dict[tuple[Phase, Signal], Phase] = {
    (Phase.GATHERING, Signal.FOUND): Phase.LOCATED,
    (Phase.GATHERING, Signal.DOUBT): Phase.NOT_LOCATED,
    (Phase.GATHERING, Signal.VANISHED): Phase.GONE,
    (Phase.LOCATED, Signal.CHANGED): Phase.GATHERING,
    (Phase.LOCATED, Signal.VANISHED): Phase.GONE,
    (Phase.NOT_LOCATED, Signal.CHANGED): Phase.GATHERING,
    (Phase.NOT_LOCATED, Signal.VANISHED): Phase.GONE,
    (Phase.GONE, Signal.BACK): Phase.GATHERING,
    (Phase.GONE, Signal.FORGOTTEN): Phase.CLOSED,
}
"""A signal that is not listed for a phase is a defect."""

STANDING = (Phase.GATHERING, Phase.LOCATED, Phase.NOT_LOCATED)


@dataclass(frozen=True, slots=True)
class Case:
    """Times in ns UTC. network: ids of the neutrals that hang together. changed_ns: when the evidence changed last;
    absent_ns: since when there is no sign, 0 while there is. picture: the evidence, to notice changes. strikes: how
    often it has come. section: ids of likeliest elements. told: what the event list was told of the section last.
    warned, exceeded: the alarms of the clock have been raised. orders: so many have been made.
    """

    id: str
    network: str
    phase: str
    began_ns: int
    entered_ns: int
    changed_ns: int
    absent_ns: int = 0
    picture: str = ""
    strikes: int = 1
    seen: tuple[str, ...] = ()
    concluded: str = ""
    section: tuple[str, ...] = ()
    probability: float = 0.0
    suspects: tuple[str, ...] = ()
    candidates: tuple[tuple[str, str], ...] = ()
    compensation: tuple[str, ...] = ()
    reason: str = ""
    told: str = ""
    order: str = ""
    orders: int = 0
    warned: bool = False
    exceeded: bool = False

    @property
    def is_in(self) -> Phase:
        return Phase[self.phase]

    @property
    def stands(self) -> bool:
        return self.is_in in STANDING


def report(case: Case, permitted_until_ns: int | None, clock: str) -> dict[str, Plain]:
    """The case as it is published. permitted_until_ns: None without a limit; clock: the same in words."""
    return {
        "id": case.id,
        "network": case.network,
        "state": case.is_in.value,
        "began_ns": case.began_ns,
        "permitted_until_ns": permitted_until_ns,
        "clock": clock,
        "strikes": case.strikes,
        "seen": list(case.seen),
        "concluded": case.concluded,
        "section": list(case.section),
        "probability": case.probability,
        "suspects": list(case.suspects),
        "candidates": [{"section": section, "said": said} for section, said in case.candidates],
        "compensation": list(case.compensation),
        "order": case.order,
        "reason": case.reason,
    }


@dataclass(frozen=True, slots=True)
class EarthFaultState:
    """tunings: coils as last judged, looked_ns when (ns UTC)."""

    cases: tuple[Case, ...] = ()
    tunings: tuple[Tuning, ...] = ()
    looked_ns: int = 0


def dump_state(state: EarthFaultState) -> Plain:
    """Plain data for persistence; the inverse of load_state."""
    return {
        "version": VERSION,
        "cases": [_plain(asdict(case)) for case in state.cases],
        "tunings": [_plain(asdict(each)) for each in state.tunings],
        "looked_ns": state.looked_ns,
    }


def _plain(content: Mapping[str, object]) -> Plain:
    found: dict[str, Plain] = {}
    for key, value in content.items():
        if isinstance(value, tuple):
            found[key] = [list(each) if isinstance(each, tuple) else str(each) for each in value]
        elif isinstance(value, str | int | float):
            found[key] = value
    return found


def load_state(plain: Plain) -> EarthFaultState:
    """ValueError when the data are not of this version."""
    if not isinstance(plain, dict) or plain.get("version") != VERSION:
        raise ValueError(f"the stored state of earth faults is not of version {VERSION}")
    cases = plain.get("cases")
    if not isinstance(cases, list):
        raise ValueError("the stored state of earth faults has no cases")
    tunings, looked_ns = plain.get("tunings", []), plain.get("looked_ns", 0)  # left out by older releases
    if not isinstance(tunings, list) or not isinstance(looked_ns, int):
        raise ValueError("the stored coils are not readable")
    return EarthFaultState(
        tuple(_load(each) for each in cases), tuple(load_tuning(each) for each in tunings), looked_ns
    )


def _load(plain: Plain) -> Case:
    if not isinstance(plain, dict):
        raise ValueError("a stored earth fault is not a map")
    phase = _checked(plain, "phase", str)
    if phase not in Phase.__members__:
        raise ValueError(f"a stored earth fault has the unknown phase {phase!r}")
    pairs = [each for each in _checked(plain, "candidates", list) if isinstance(each, list)]
    return Case(
        id=_checked(plain, "id", str),
        network=_checked(plain, "network", str),
        phase=phase,
        began_ns=_checked(plain, "began_ns", int),
        entered_ns=_checked(plain, "entered_ns", int),
        changed_ns=_checked(plain, "changed_ns", int),
        absent_ns=_checked(plain, "absent_ns", int),
        picture=_checked(plain, "picture", str),
        strikes=_checked(plain, "strikes", int),
        seen=_texts(plain, "seen"),
        concluded=_checked(plain, "concluded", str),
        section=_texts(plain, "section"),
        probability=float(_checked(plain, "probability", float)),
        suspects=_texts(plain, "suspects"),
        candidates=tuple((str(section), str(said)) for section, said in pairs),
        compensation=_texts(plain, "compensation"),
        reason=_checked(plain, "reason", str),
        told=_checked(plain, "told", str),
        order=_checked(plain, "order", str),
        orders=_checked(plain, "orders", int),
        warned=plain.get("warned") is True,
        exceeded=plain.get("exceeded") is True,
    )


def _texts(plain: dict[str, Plain], key: str) -> tuple[str, ...]:
    return tuple(str(each) for each in _checked(plain, key, list))


def _checked(plain: dict[str, Plain], key: str, kind: type[T]) -> T:
    value = plain.get(key)
    if not isinstance(value, kind):
        raise ValueError(f"a stored earth fault has no usable '{key}'")
    return value
