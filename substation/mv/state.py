"""The state of FDIR between two evaluations, and its plain form for persistence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from substation.application import Plain
from substation.mv.case import Case, dump_case, load_case
from substation.mv.prefault import History, Reading, Record
from substation.mv.protection import Seen

VERSION = 1


@dataclass(frozen=True, slots=True)
class FdirState:
    """record: loads over time, recorded_ns when last. seen: protection points. closed: feeder and transformer breakers
    as last certain, by bay. upstream: time of the last trip of each transformer or busbar bay (ns UTC)."""

    record: Record = field(default_factory=dict)
    recorded_ns: int = 0
    seen: Seen = field(default_factory=dict)
    closed: Mapping[str, bool] = field(default_factory=dict)
    upstream: Mapping[str, int] = field(default_factory=dict)
    cases: tuple[Case, ...] = ()


def dump_state(state: FdirState) -> Plain:
    record: dict[str, Plain] = {
        load: [list(history.newest), None if history.older is None else list(history.older)]
        for load, history in state.record.items()
    }
    seen: dict[str, Plain] = {name: [value, at_ns] for name, (value, at_ns) in state.seen.items()}
    return {
        "version": VERSION,
        "record": record,
        "recorded_ns": state.recorded_ns,
        "seen": seen,
        "closed": dict(state.closed),
        "upstream": dict(state.upstream),
        "cases": [dump_case(case) for case in state.cases],
    }


def load_state(plain: Plain) -> FdirState:
    """ValueError when the data are not of this version."""
    if not isinstance(plain, dict) or plain.get("version") != VERSION:
        raise ValueError(f"the stored state of FDIR is not of version {VERSION}")
    cases, recorded_ns = plain.get("cases"), plain.get("recorded_ns")
    if not isinstance(cases, list) or not isinstance(recorded_ns, int):
        raise ValueError("the stored state of FDIR has no cases")
    return FdirState(
        record={load: _history(each) for load, each in _map(plain, "record").items()},
        recorded_ns=recorded_ns,
        seen={name: _seen(each) for name, each in _map(plain, "seen").items()},
        closed={bay: each is True for bay, each in _map(plain, "closed").items()},
        upstream={bay: each for bay, each in _map(plain, "upstream").items() if isinstance(each, int)},
        cases=tuple(load_case(case) for case in cases),
    )


def _map(plain: dict[str, Plain], key: str) -> dict[str, Plain]:
    value = plain.get(key)
    if not isinstance(value, dict):
        raise ValueError(f"the stored state of FDIR has no map '{key}'")
    return value


def _seen(plain: Plain) -> tuple[bool, int]:
    if not isinstance(plain, list) or len(plain) != 2 or not isinstance(plain[1], int):
        raise ValueError("a stored protection point is not readable")
    return plain[0] is True, plain[1]


def _history(plain: Plain) -> History:
    if not isinstance(plain, list) or len(plain) != 2:
        raise ValueError("a stored load is not readable")
    return History(_reading(plain[0]), None if plain[1] is None else _reading(plain[1]))


def _reading(plain: Plain) -> Reading:
    if not isinstance(plain, list) or len(plain) != 4:
        raise ValueError("a stored load is not readable")
    time_ns, valid_ns, power_w, reactive_var = plain
    if not isinstance(time_ns, int) or not isinstance(valid_ns, int):
        raise ValueError("a stored load has no time")
    if not isinstance(power_w, int | float) or not isinstance(reactive_var, int | float):
        raise ValueError("a stored load has no power")
    return Reading(time_ns, valid_ns, float(power_w), float(reactive_var))
