"""The record of prevention as plain data: kept over a restart, and shown."""

from __future__ import annotations

from substation.application import Plain
from substation.forecast.tally import EDGES, Line, Tally, Warnings
from substation.mv.prevention.record import Kind, Waiting


def dump_kind(kind: Kind) -> Plain:
    tally, warnings = kind.tally, kind.warnings
    waiting: list[Plain] = [
        [each.due, each.since_ns, each.count, [[key, *said] for key, said in each.said.items()]]
        for each in kind.waiting
    ]
    return {
        "waiting": waiting,
        "standing": [[key, since_ns, came_true] for key, (since_ns, came_true) in kind.standing.items()],
        "happening": list(kind.happening),
        "lines": [[line.count, line.said, line.happened] for line in tally.lines],
        "sums": [tally.brier, tally.baseline, warnings.lead_s],
        "warnings": [warnings.hits, warnings.misses, warnings.false_alarms],
    }


def load_kind(plain: Plain) -> Kind:
    """ValueError for what is not readable."""
    if not isinstance(plain, dict):
        raise ValueError("a stored record of forecasts is not readable")
    lines = tuple(_line(each) for each in _list(plain, "lines"))
    if len(lines) != len(EDGES):
        raise ValueError("a stored calibration table has other lines")
    brier, baseline, lead_s = _numbers(plain, "sums", 3)
    hits, misses, false_alarms = (round(each) for each in _numbers(plain, "warnings", 3))
    return Kind(
        waiting=tuple(_waiting(each) for each in _list(plain, "waiting")),
        standing=dict(_standing(each) for each in _list(plain, "standing")),
        happening=tuple(str(each) for each in _list(plain, "happening")),
        tally=Tally(lines, brier, baseline),
        warnings=Warnings(hits, misses, false_alarms, lead_s),
    )


def shown(kind: Kind) -> dict[str, Plain]:
    """For people: nothing is said of skill before something has happened."""
    tally, warnings = kind.tally, kind.warnings
    count = tally.count
    table: list[Plain] = [
        {"from": EDGES[at], "forecasts": of, "said": line.said / of, "happened": line.happened / of}
        for at, line in enumerate(tally.lines)
        if (of := line.count)
    ]
    return {
        "forecasts": count,
        "happened": tally.happened,
        "brier": tally.brier / count if count else None,
        "baseline_brier": tally.baseline / count if count else None,
        "skill": tally.skill,
        "calibration": table,
        "hits": warnings.hits,
        "misses": warnings.misses,
        "false_alarms": warnings.false_alarms,
        "mean_lead_s": warnings.mean_lead_s,
    }


def _list(plain: dict[str, Plain], key: str) -> list[Plain]:
    found = plain.get(key)
    if not isinstance(found, list):
        raise ValueError(f"a stored record of forecasts has no '{key}'")
    return found


def _numbers(plain: dict[str, Plain], key: str, count: int) -> list[float]:
    found = [float(each) for each in _list(plain, key) if isinstance(each, (int, float))]
    if len(found) != count:
        raise ValueError(f"a stored record of forecasts has a spoilt '{key}'")
    return found


def _line(plain: Plain) -> Line:
    match plain:
        case [int(count), int() | float() as said, int(happened)]:
            return Line(count, float(said), happened)
    raise ValueError("a stored line of calibration is not readable")


def _standing(plain: Plain) -> tuple[str, tuple[int, bool]]:
    match plain:
        case [str(key), int(since_ns), bool(came_true)]:
            return key, (since_ns, came_true)
    raise ValueError("a stored warning is not readable")


def _waiting(plain: Plain) -> Waiting:
    match plain:
        case [int(due), int(since_ns), int(count), list(said)]:
            return Waiting(due, since_ns, dict(_said(each) for each in said), count)
    raise ValueError("a stored forecast is not readable")


def _said(plain: Plain) -> tuple[str, tuple[float, float]]:
    match plain:
        case [str(key), int() | float() as said, int() | float() as baseline]:
            return key, (float(said), float(baseline))
    raise ValueError("a stored probability is not readable")
