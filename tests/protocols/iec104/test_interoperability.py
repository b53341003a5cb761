"""The interoperability list says what both roles really do: its marks come from asking them."""

from __future__ import annotations

import pytest

from protocols.iec104.application.types import ONLY_101, TYPES, Kind
from protocols.iec104.interoperability.controlled_trial import Trial, controlled
from protocols.iec104.interoperability.controlling_trial import controlling
from protocols.iec104.interoperability.form import rows
from protocols.iec104.interoperability.row import Row, ranges


@pytest.fixture(scope="module")
def form() -> list[Row]:
    return rows()


def test_every_type_of_the_standard_has_its_line(form: list[Row]) -> None:
    numbers = [row.type_id for row in form if row.type_id]
    assert sorted(numbers) == sorted({*TYPES, *ONLY_101})
    assert all(f"<{row.type_id}>" in row.item for row in form if row.type_id)


def test_types_of_iec_101_are_read_and_never_sent(form: list[Row]) -> None:
    lines = [row for row in form if row.type_id in ONLY_101]
    assert not any(row.controlled for row in lines)
    assert all(row.controlling == ONLY_101[row.type_id].kind.is_monitored for row in lines)


def test_what_the_issue_names_is_there(form: list[Row]) -> None:
    marks = {row.type_id: (row.controlled, row.controlling) for row in form}
    both = [1, 3, 5, 7, 9, 11, 13, 15, 20, *range(30, 41), *range(45, 52), *range(58, 65), 70, 100, 101, 102, 103, 107]
    assert [number for number in both if marks[number] != (True, True)] == []
    assert [number for number in (105, 110, 111, 112, 113) if not marks[number][0]] == []
    assert [number for number in (120, 121, 122, 123, 124, 125, 126) if marks[number] != (True, True)] == []


def test_kinds_of_files_are_told_apart(form: list[Row]) -> None:
    marks = {row.item: (row.controlled, row.controlling) for row in form if row.section == "File transfer"}
    assert marks["transparent file (NOF 1)"] == (True, True)
    assert marks["disturbance data of protection equipment (NOF 2)"] == (True, True)
    assert marks["sequences of events (NOF 3)"] == (False, True)
    assert marks["files in control direction"] == (False, False)


def test_trials_hear_only_what_the_table_of_types_allows() -> None:
    assert {TYPES[number].kind for number in controlled().sent} >= {Kind.SINGLE, Kind.COUNTER, Kind.SEGMENT}
    for number, causes in controlled().taken.items():
        assert causes <= TYPES[number].ordered
    for number, causes in controlling().sent.items():
        assert causes <= TYPES[number].ordered


def test_causes_of_the_controlled_station_are_those_that_it_was_heard_with() -> None:
    sent = controlled().sent
    assert all(causes <= TYPES[number].monitored for number, causes in sent.items())
    reads = [number for number, causes in sent.items() if 5 in causes]
    assert set(reads) == {1, 3, 5, 7, 9, 11, 13, 20, 126}  # nothing with a time tag
    assert sent[20] == {5, *range(20, 37)}  # its points make events of their own
    assert sent[30] == {3, 11, 12}
    assert {1, 2, 3} <= sent[13]


def test_the_trial_would_notice_a_service_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    controlled.cache_clear()
    monkeypatch.setattr("protocols.iec104.controlled_station.services.services.TYPES", {**TYPES, 107: TYPES[1]})
    try:
        assert 107 not in controlled().taken
    finally:
        controlled.cache_clear()


def test_a_station_that_is_asked_for_everything_closes_no_link() -> None:
    trial = Trial()
    assert trial.heard[0].type_id == 70


def test_ranges_of_causes() -> None:
    assert ranges({3, 5, 20, 21, 22}) == "3, 5, 20-22"
    assert ranges(()) == ""
