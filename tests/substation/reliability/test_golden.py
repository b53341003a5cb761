"""Golden cases: indices and stages that were reckoned by hand (tests/cases/reliability)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from substation.reliability.indices import Period
from substation.reliability.interruption import Cause, Interruption, LoadOutage, Span
from substation.reliability.month import by_kind, plain_indices

CASES = sorted((Path(__file__).parents[2] / "cases" / "reliability").glob("*.json"))
MINUTE_NS = 60_000_000_000


def _ns(minutes: float) -> int:
    return round(minutes * MINUTE_NS)


def _event(number: int, stated: dict[str, Any]) -> Interruption:
    outages = tuple(
        LoadOutage(
            each["load"],
            each["customers"],
            0,
            each["power_kw"] * 1e3,
            tuple(Span(_ns(since), _ns(until)) for since, until in each["spans_min"]),
        )
        for each in stated["loads"]
    )
    since_ns = min(each.spans[0].since_ns for each in outages)
    return Interruption(f"I{number}", since_ns, Cause(stated["cause"]), "", "", "", outages)


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_by_hand(file: Path) -> None:
    case = json.loads(file.read_text(encoding="utf-8"))
    events = [_event(number, each) for number, each in enumerate(case["interruptions"])]
    start, end = case["period_min"]
    found = by_kind(events, case["served"], Period(_ns(start), _ns(end)), 180.0)
    stages = [[[stage.at_ns, stage.customers] for stage in event.stages()] for event in events]
    assert stages == [[[_ns(at), customers] for at, customers in each] for each in case["expected"].pop("stages")]
    for kind, expected in case["expected"].items():
        figures = plain_indices(found[kind])
        for name, value in expected.items():
            assert figures[name] == pytest.approx(value, rel=case["tolerance"]), f"{kind} {name}"


def test_there_are_cases() -> None:
    assert len(CASES) >= 2
