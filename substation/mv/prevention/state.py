"""What prevention remembers between two evaluations."""

from __future__ import annotations

from dataclasses import dataclass

from substation.application import Plain
from substation.image import Precursor
from substation.mv.prevention.forecast import Record
from substation.mv.prevention.noticed import LocatedFault
from substation.mv.prevention.record import Kind
from substation.mv.prevention.record_document import dump_kind, load_kind

VERSION = 2
WITHOUT_RECORD = 1
"""States of that version know nothing of faults and of what became of forecasts; the history of loads is kept."""


@dataclass(frozen=True, slots=True)
class PreventionState:
    """groups: whose net consumption the history holds, oldest first. warned: assets that a warning stands for.

    noticed: precursors of the last week. overload, faults: what was said and what came of it. past: faults that FDIR
    has located, oldest first, for learning.
    """

    groups: tuple[str, ...] = ()
    history: tuple[Record, ...] = ()
    warned: tuple[str, ...] = ()
    noticed: tuple[Precursor, ...] = ()
    overload: Kind = Kind()
    faults: Kind = Kind()
    past: tuple[LocatedFault, ...] = ()

    @property
    def asks(self) -> str:
        """What OPF is asked, in words; '' nothing."""
        if not self.warned:
            return ""
        more = f" and {len(self.warned) - 1} more" if len(self.warned) > 1 else ""
        return f"overload of {self.warned[0]}{more} is probable within hours"


def dump_state(state: PreventionState) -> Plain:
    history: list[Plain] = [[slot, *powers] for slot, powers in state.history]
    noticed: list[Plain] = [[each.time_ns, each.feeder, each.kind] for each in state.noticed]
    return {
        "version": VERSION,
        "groups": list(state.groups),
        "history": history,
        "warned": list(state.warned),
        "noticed": noticed,
        "overload": dump_kind(state.overload),
        "faults": dump_kind(state.faults),
        "past": [[each.time_ns, each.feeder, each.element] for each in state.past],
    }


def load_state(plain: Plain) -> PreventionState:
    """ValueError when the data are not of this version."""
    if not isinstance(plain, dict) or plain.get("version") not in (VERSION, WITHOUT_RECORD):
        raise ValueError(f"the stored state of prevention is not of version {VERSION}")
    groups, history, warned = (plain.get(key) for key in ("groups", "history", "warned"))
    if not isinstance(groups, list) or not isinstance(history, list) or not isinstance(warned, list):
        raise ValueError("the stored state of prevention is not readable")
    records = tuple(_record(each, len(groups)) for each in history)
    texts = tuple(str(each) for each in groups), records, tuple(str(each) for each in warned)
    if plain["version"] == WITHOUT_RECORD:
        return PreventionState(*texts)
    noticed, past = plain.get("noticed"), plain.get("past", [])
    if not isinstance(noticed, list) or not isinstance(past, list):
        raise ValueError("the stored state of prevention is not readable")
    kinds = load_kind(plain.get("overload")), load_kind(plain.get("faults"))
    return PreventionState(*texts, tuple(_noticed(each) for each in noticed), *kinds, tuple(map(_located, past)))


def _record(plain: Plain, count: int) -> Record:
    numbers = [each for each in plain if isinstance(each, int)] if isinstance(plain, list) else []
    if len(numbers) != count + 1:
        raise ValueError("a stored quarter hour of loads is not readable")
    return numbers[0], tuple(numbers[1:])


def _located(plain: Plain) -> LocatedFault:
    match plain:
        case [int(time_ns), str(feeder), str(element)]:
            return LocatedFault(time_ns, feeder, element)
    raise ValueError("a stored fault is not readable")


def _noticed(plain: Plain) -> Precursor:
    match plain:
        case [int(time_ns), str(feeder), str(kind)]:
            return Precursor(time_ns, feeder, kind)
    raise ValueError("what protection had noticed is not readable")
