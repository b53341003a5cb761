"""Sequence numbers, overflow and completeness of report streams; settings of a link. No wire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from open61850.data import BoolData
from open61850.mms import ObjectName, OptFlds, ReasonCode, Report, ReportEntry

from models.driver import LinkConfig
from models.errors import ConfigError
from protocols.iec61850 import info
from protocols.iec61850.blocks import Block
from protocols.iec61850.settings import read_settings

THEN = datetime(2026, 1, 1, tzinfo=UTC)


def block(buffered_until: datetime | None = None) -> Block:
    return Block(ObjectName("LLN0$BR$b01", "ALD0"), "id", "ALD0/LLN0$ds", 1, (), buffered_until)


def report(number: int | None, *, overflow: bool | None = None, segment: int | None = None) -> Report:
    return Report("id", OptFlds(), seq_num=number, buf_ovfl=overflow, sub_seq_num=segment)


@pytest.mark.parametrize(
    ("numbers", "losses"),
    [
        ([7, 8, 9], [False, False, False]),
        ([7, 9, 10], [False, True, False]),
        ([255, 0, 1], [False, False, False]),
        ([65535, 0, 1], [False, False, False]),
        ([99, 0], [False, True]),
        ([5, 5], [False, True]),
        ([None, None], [False, False]),
    ],
)
def test_sequence_numbers(numbers: list[int | None], losses: list[bool]) -> None:
    stream = block()
    assert [stream.lost_before(report(number)) for number in numbers] == losses


def test_segments_share_the_number_of_their_report() -> None:
    stream = block()
    arrivals = [report(4, segment=0), report(4, segment=1), report(4, segment=2), report(5, segment=0)]
    assert [stream.lost_before(each) for each in arrivals] == [False] * 4


def test_overflow_counts_once() -> None:
    stream = block()
    arrivals = [report(1), report(2, overflow=True), report(3, overflow=True), report(4, overflow=False)]
    assert [stream.lost_before(each) for each in arrivals] == [False, True, False, False]


def whole(reason: ReasonCode, time: datetime | None, *, more: bool = False) -> Report:
    entries = [ReportEntry(0, BoolData(True), reason=reason)]
    return Report("id", OptFlds(), time_of_entry=time, more_segments_follow=more, entries=entries)


INTERROGATED, CHANGED = ReasonCode(general_interrogation=True), ReasonCode(data_change=True)


@pytest.mark.parametrize(
    ("arrival", "complete"),
    [
        (whole(INTERROGATED, THEN + timedelta(milliseconds=1)), True),
        (whole(ReasonCode(integrity=True), THEN + timedelta(seconds=1)), True),
        (whole(INTERROGATED, THEN), False),  # out of the buffer: an old picture
        (whole(INTERROGATED, None), False),
        (whole(CHANGED, THEN + timedelta(seconds=1)), False),
        (whole(INTERROGATED, THEN + timedelta(seconds=1), more=True), False),
    ],
)
def test_what_makes_a_fresh_and_complete_picture(arrival: Report, complete: bool) -> None:
    assert block(THEN).completes(arrival) is complete


def test_reports_are_told_apart_by_id_and_data_set() -> None:
    ours = Report("id", OptFlds(), data_set="ALD0/LLN0$ds")
    other = Report("id", OptFlds(), data_set="ALD0/LLN0$other")
    assert [block().owns(each) for each in (ours, other, Report("id", OptFlds()), Report("x", OptFlds()))] == [
        True,
        False,
        True,
        False,
    ]


def link(**settings: str | int | float | bool) -> LinkConfig:
    return LinkConfig("OBR1E03", "iec61850", "OBR1E03", "127.0.0.1", 102, settings)


def test_settings() -> None:
    settings = read_settings(
        link(
            **{
                "reports": " LLN0.BR.a , LLN0.RP.b,",
                "conf_rev:LLN0.BR.a": 3,
                "data_set:LLN0.BR.a": "LLN0.ds",
                "entry_id:ALD0/LLN0$BR$a01": "00ff",
                "integrity_s": 2,
            }
        )
    )
    assert settings.reports == ("LLN0.BR.a", "LLN0.RP.b")
    assert settings.conf_revs == {"LLN0.BR.a": 3}
    assert settings.data_sets == {"LLN0.BR.a": "LLN0.ds"}
    assert settings.entry_ids == {"ALD0/LLN0$BR$a01": b"\x00\xff"}
    assert (settings.integrity_s, settings.reservation_s) == (2.0, 60)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("integrity_s", 0),
        ("timeout_s", "soon"),
        ("timeout_s", True),
        ("reservation_s", float("nan")),
        ("conf_rev:LLN0.BR.a", "3"),
        ("entry_id:ALD0/LLN0$BR$a01", "xyz"),
    ],
)
def test_wrong_settings_are_named(key: str, value: str | float | bool) -> None:
    with pytest.raises(ConfigError) as raised:
        read_settings(link(**{key: value}))
    assert key in str(raised.value)
    assert str(raised.value).startswith("link OBR1E03: ")


def test_the_package_names_its_factory() -> None:
    assert (info.name, info.factory) == ("iec61850", "protocols.iec61850.client:create")
