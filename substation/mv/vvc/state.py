"""What the control remembers between two evaluations: of each regulator, and of the load so far."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from substation.application import Plain
from substation.forecast.weekly_profile import SLOT_NS

VERSION = 1
HOUR_NS = 3_600_000_000_000
MOST_SLOTS = 8 * 7 * 96
"""Quarter hours of load that are kept: eight weeks."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One regulator. tap: where it stood last, None: never known. steps: (time in ns, up or down) of the last hour.

    sent_ns, sent_v, expected_tap: the last set-point that was given, and where its tap is to stand; followed: it does.
    commands_ns: of the last hour. locked: why nothing more is sent until a person releases it; locked_ns: since when.
    proposed_v: what was proposed last, 0.0 nothing.
    """

    id: str
    tap: int | None = None
    steps: tuple[tuple[int, int], ...] = ()
    commands_ns: tuple[int, ...] = ()
    sent_ns: int = 0
    sent_v: float = 0.0
    expected_tap: int = 0
    followed: bool = True
    locked: str = ""
    locked_ns: int = 0
    proposed_v: float = 0.0


@dataclass(frozen=True, slots=True)
class VvcState:
    """load: (number of the quarter hour since 1970, load in W), oldest first. due_ns: when the next schedule is made.

    report: what was published last.
    """

    watched: tuple[Watched, ...] = ()
    load: tuple[tuple[int, int], ...] = ()
    due_ns: int = 0
    report: Plain = None

    def of(self, transformer: str) -> Watched:
        return next((each for each in self.watched if each.id == transformer), Watched(transformer))


def with_load(load: tuple[tuple[int, int], ...], time_ns: int, load_w: float) -> tuple[tuple[int, int], ...]:
    """The load at the beginning of each quarter hour stands for it."""
    slot = time_ns // SLOT_NS
    if load and load[-1][0] >= slot:
        return load
    return (*load, (slot, round(load_w)))[-MOST_SLOTS:]


def dump_state(state: VvcState) -> Plain:
    watched: list[Plain] = [
        {**asdict(each), "steps": [list(step) for step in each.steps], "commands_ns": list(each.commands_ns)}
        for each in state.watched
    ]
    load: list[Plain] = [list(each) for each in state.load]
    return {"version": VERSION, "watched": watched, "load": load, "due_ns": state.due_ns, "report": state.report}


def load_state(plain: Plain) -> VvcState:
    """ValueError when the data are not of this version."""
    if not isinstance(plain, dict) or plain.get("version") != VERSION:
        raise ValueError(f"the stored state of voltage control is not of version {VERSION}")
    watched, load, due_ns = plain.get("watched"), plain.get("load"), plain.get("due_ns")
    if not isinstance(watched, list) or not isinstance(load, list) or not isinstance(due_ns, int):
        raise ValueError("the stored state of voltage control is not readable")
    found = tuple(_watched(each) for each in watched)
    return VvcState(found, tuple(_pair(each) for each in load), due_ns, plain.get("report"))


def _watched(plain: Plain) -> Watched:
    if not isinstance(plain, dict) or set(plain) != {each.name for each in fields(Watched)}:
        raise ValueError("the stored state of a regulator is not readable")
    steps, commands = plain["steps"], plain["commands_ns"]
    if not isinstance(steps, list) or not isinstance(commands, list):
        raise ValueError("the stored steps of a regulator are not readable")
    times = tuple(each for each in commands if isinstance(each, int))
    return Watched(**{**plain, "steps": tuple(_pair(each) for each in steps), "commands_ns": times})  # type: ignore[arg-type]


def _pair(plain: Plain) -> tuple[int, int]:
    if not isinstance(plain, list) or len(plain) != 2:
        raise ValueError("a stored pair of numbers is not readable")
    one, other = plain
    if not isinstance(one, int) or not isinstance(other, int):
        raise ValueError("a stored pair is not of whole numbers")
    return one, other
