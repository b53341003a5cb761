"""What the control remembers between two evaluations: of each regulator, bank and converter, and of the load so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import TypeVar

from substation.application import Plain
from substation.forecast.weekly_profile import SLOT_NS

VERSION = 2
HOUR_NS = 3_600_000_000_000
DAY_NS = 24 * HOUR_NS
MOST_SLOTS = 8 * 7 * 96
"""Quarter hours of load that are kept: eight weeks."""

Kept = TypeVar("Kept")


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
class WatchedBank:
    """One capacitor bank. steps: in service last, None: never known. switchings: (time in ns, in or out) of a day.

    locked, locked_ns: as of a regulator. proposed: steps that were proposed last, None: nothing.
    """

    id: str
    steps: int | None = None
    switchings: tuple[tuple[int, int], ...] = ()
    locked: str = ""
    locked_ns: int = 0
    proposed: int | None = None


@dataclass(frozen=True, slots=True)
class AskedConverter:
    """One converter: set-points of the last hour. proposed_var: what was proposed last, None: nothing."""

    id: str
    commands_ns: tuple[int, ...] = ()
    proposed_var: float | None = None


@dataclass(frozen=True, slots=True)
class VvcState:
    """load: (number of the quarter hour since 1970, load in W), oldest first. due_ns: when the next schedule is made.

    report: what was published last. apart: a transformer in parallel operation that differed from another at the last
    look; apart_told: people know it. held: transformers whose taps it moves itself.
    """

    watched: tuple[Watched, ...] = ()
    load: tuple[tuple[int, int], ...] = ()
    due_ns: int = 0
    report: Plain = None
    banks: tuple[WatchedBank, ...] = ()
    converters: tuple[AskedConverter, ...] = ()
    apart: str = ""
    apart_told: bool = False
    held: tuple[str, ...] = ()

    def of(self, transformer: str) -> Watched:
        return next((each for each in self.watched if each.id == transformer), Watched(transformer))

    def of_bank(self, bank: str) -> WatchedBank:
        return next((each for each in self.banks if each.id == bank), WatchedBank(bank))

    def of_converter(self, converter: str) -> AskedConverter:
        return next((each for each in self.converters if each.id == converter), AskedConverter(converter))

    @property
    def locked(self) -> Mapping[str, str]:
        """What is locked, and why."""
        regulators = {each.id: each.locked for each in self.watched if each.locked}
        return regulators | {each.id: each.locked for each in self.banks if each.locked}


def with_load(load: tuple[tuple[int, int], ...], time_ns: int, load_w: float) -> tuple[tuple[int, int], ...]:
    """The load at the beginning of each quarter hour stands for it."""
    slot = time_ns // SLOT_NS
    if load and load[-1][0] >= slot:
        return load
    return (*load, (slot, round(load_w)))[-MOST_SLOTS:]


def dump_state(state: VvcState) -> Plain:
    return {"version": VERSION, **{each.name: _plain(getattr(state, each.name)) for each in fields(VvcState)}}


def _plain(value: object) -> Plain:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Watched | WatchedBank | AskedConverter):
        return {key: _plain(each) for key, each in asdict(value).items()}
    return value  # type: ignore[return-value]  # numbers, texts, and the report, which is plain


def load_state(plain: Plain) -> VvcState:
    """ValueError when the data are not of this version."""
    if not isinstance(plain, dict) or plain.get("version") != VERSION:
        raise ValueError(f"the stored state of voltage control is not of version {VERSION}")
    due_ns, apart, apart_told = plain.get("due_ns"), plain.get("apart"), plain.get("apart_told")
    if not isinstance(due_ns, int) or not isinstance(apart, str) or not isinstance(apart_told, bool):
        raise ValueError("the stored state of voltage control is not readable")
    return VvcState(
        _every(plain, "watched", lambda each: _made(Watched, each)),
        _every(plain, "load", _pair),
        due_ns,
        plain.get("report"),
        _every(plain, "banks", lambda each: _made(WatchedBank, each)),
        _every(plain, "converters", lambda each: _made(AskedConverter, each)),
        apart,
        apart_told,
        _every(plain, "held", str),
    )


def _every(plain: dict[str, Plain], key: str, read: Callable[[Plain], Kept]) -> tuple[Kept, ...]:
    values = plain.get(key)
    if not isinstance(values, list):
        raise ValueError("the stored state of voltage control is not readable")
    return tuple(read(each) for each in values)


_PAIRS = ("steps", "switchings")


def _made(kind: type[Kept], plain: Plain) -> Kept:
    if not isinstance(plain, dict) or set(plain) != {each.name for each in fields(kind)}:  # type: ignore[arg-type]
        raise ValueError("the stored state of a regulator, bank or converter is not readable")
    read = dict(plain)
    for key, value in plain.items():
        if isinstance(value, list):
            read[key] = tuple(_pair(each) for each in value) if key in _PAIRS else _times(value)  # type: ignore[assignment]
    return kind(**read)


def _times(plain: list[Plain]) -> tuple[int, ...]:
    return tuple(each for each in plain if isinstance(each, int))


def _pair(plain: Plain) -> tuple[int, int]:
    if not isinstance(plain, list) or len(plain) != 2:
        raise ValueError("a stored pair of numbers is not readable")
    one, other = plain
    if not isinstance(one, int) or not isinstance(other, int):
        raise ValueError("a stored pair is not of whole numbers")
    return one, other
