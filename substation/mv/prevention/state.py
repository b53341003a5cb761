"""What prevention remembers between two evaluations."""

from __future__ import annotations

from dataclasses import dataclass

from substation.application import Plain
from substation.mv.prevention.forecast import Record

VERSION = 1


@dataclass(frozen=True, slots=True)
class PreventionState:
    """groups: whose net consumption the history holds, oldest first. warned: assets that a warning stands for."""

    groups: tuple[str, ...] = ()
    history: tuple[Record, ...] = ()
    warned: tuple[str, ...] = ()

    @property
    def asks(self) -> str:
        """What OPF is asked, in words; '' nothing."""
        if not self.warned:
            return ""
        more = f" and {len(self.warned) - 1} more" if len(self.warned) > 1 else ""
        return f"overload of {self.warned[0]}{more} is probable within hours"


def dump_state(state: PreventionState) -> Plain:
    history: list[Plain] = [[slot, *powers] for slot, powers in state.history]
    return {"version": VERSION, "groups": list(state.groups), "history": history, "warned": list(state.warned)}


def load_state(plain: Plain) -> PreventionState:
    """ValueError when the data are not of this version."""
    if not isinstance(plain, dict) or plain.get("version") != VERSION:
        raise ValueError(f"the stored state of prevention is not of version {VERSION}")
    groups, history, warned = (plain.get(key) for key in ("groups", "history", "warned"))
    if not isinstance(groups, list) or not isinstance(history, list) or not isinstance(warned, list):
        raise ValueError("the stored state of prevention is not readable")
    records = tuple(_record(each, len(groups)) for each in history)
    return PreventionState(tuple(str(each) for each in groups), records, tuple(str(each) for each in warned))


def _record(plain: Plain, count: int) -> Record:
    numbers = [each for each in plain if isinstance(each, int)] if isinstance(plain, list) else []
    if len(numbers) != count + 1:
        raise ValueError("a stored quarter hour of loads is not readable")
    return numbers[0], tuple(numbers[1:])
