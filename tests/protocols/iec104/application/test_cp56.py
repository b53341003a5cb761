"""Time tags: the hour that occurs twice, clocks that are wrong, dates that do not exist."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from models.quality import Quality
from protocols.iec104.application.cp56 import UTC_TAGS, TagStyle, TimeTags, Unsynchronised

BERLIN = TimeTags(ZoneInfo("Europe/Berlin"))


def ns(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000) * 1_000_000


def test_utc_both_ways() -> None:
    time_ns = ns("2026-11-20T10:15:30.250")
    assert UTC_TAGS.encode(time_ns, 0) == (30250, bytes.fromhex("0f0ab40b1a"))
    assert UTC_TAGS.decode(30250, bytes.fromhex("0f0ab40b1a")) == (time_ns, 0)


def test_day_of_week_and_reserved_bits_are_ignored() -> None:
    assert UTC_TAGS.decode(30250, bytes.fromhex("4f6a14fb9a"))[0] == ns("2026-11-20T10:15:30.250")


def test_summer_time_bit_says_nothing_in_utc() -> None:
    assert UTC_TAGS.decode(0, bytes.fromhex("0f8ab40b1a")) == (ns("2026-11-20T10:15:00"), 0)


@pytest.mark.parametrize(
    ("utc", "octets"),
    [
        ("2026-07-01T12:00:00", "008e61071a"),  # 14:00 summer time
        ("2026-01-01T12:00:00", "000d81011a"),  # 13:00 standard time
        ("2026-10-25T00:30:00", "1e82f90a1a"),  # 02:30, first time
        ("2026-10-25T01:30:00", "1e02f90a1a"),  # 02:30, second time
    ],
)
def test_local_time_both_ways(utc: str, octets: str) -> None:
    assert BERLIN.encode(ns(utc), 0) == (0, bytes.fromhex(octets))
    assert BERLIN.decode(0, bytes.fromhex(octets)) == (ns(utc), 0)


def test_invalid_bit_says_that_the_clock_is_not_synchronised() -> None:
    time_ns = ns("2026-11-20T10:15:30.250")
    for bits in (Quality.CLOCK_FAILURE, Quality.CLOCK_NOT_SYNCHRONISED):
        assert UTC_TAGS.encode(time_ns, int(bits | Quality.INVALID)) == (30250, bytes.fromhex("8f0ab40b1a"))
    assert UTC_TAGS.encode(time_ns, int(Quality.INVALID)) == (30250, bytes.fromhex("0f0ab40b1a"))
    assert UTC_TAGS.decode(30250, bytes.fromhex("8f0ab40b1a")) == (time_ns, int(Quality.CLOCK_NOT_SYNCHRONISED))


@pytest.mark.parametrize(
    ("millisecond", "octets"),
    [
        (0, "0000000000"),
        (60000, "0f0ab40b1a"),
        (0, "3c0ab40b1a"),
        (0, "0f18b40b1a"),
        (0, "0f0abe021a"),
        (0, "000001000a"),
    ],
)
def test_times_that_do_not_exist_are_no_time(millisecond: int, octets: str) -> None:
    assert UTC_TAGS.decode(millisecond, bytes.fromhex(octets)) == (None, int(Quality.CLOCK_FAILURE))


def test_years_that_a_tag_cannot_hold_are_marked() -> None:
    for time_ns in (0, -1, ns("2199-01-01T00:00:00")):
        millisecond, minute = UTC_TAGS.encode(time_ns, 0)
        assert UTC_TAGS.decode(millisecond, minute)[1] == int(Quality.CLOCK_NOT_SYNCHRONISED)


def test_invented_times_do_not_fill_the_memory() -> None:
    tags = TimeTags()
    for number in range(20_000):
        tags.encode(ns("2026-01-01T00:00:00") + number * 60_000_000_000, 0)
        tags.decode(0, bytes([number % 60, number // 60 % 24, 1 + number // 1440, 1, 26]))
    assert all(len(remembered) <= 4096 for remembered in vars(tags).values() if isinstance(remembered, dict))


def test_a_time_that_the_spring_change_leaves_out_is_read_as_its_summer_bit_says() -> None:
    assert BERLIN.decode(0, bytes.fromhex("1e02fd031a"))[0] == ns("2026-03-29T01:30:00")  # 02:30 standard time
    assert BERLIN.decode(0, bytes.fromhex("1e82fd031a"))[0] == ns("2026-03-29T00:30:00")  # 02:30 summer time


@pytest.mark.parametrize(
    ("utc", "octets"),
    [
        ("2028-02-29T11:59:00", "3b0c5d021c"),  # leap day, a Tuesday
        ("2099-12-30T22:59:00", "3b177e0c63"),
        ("2000-01-02T00:00:00", "0001e20100"),
    ],
)
def test_leap_day_and_the_ends_of_the_century(utc: str, octets: str) -> None:
    assert BERLIN.encode(ns(utc), 0) == (0, bytes.fromhex(octets))
    assert BERLIN.decode(0, bytes.fromhex(octets)) == (ns(utc), 0)


def test_every_hour_around_the_changes_comes_back() -> None:
    for day in ("2026-03-28T20:00:00", "2026-10-24T20:00:00"):
        for half_hour in range(24):
            time_ns = ns(day) + half_hour * 1_800_000_000_000
            for tags in (BERLIN, TimeTags(ZoneInfo("Europe/Dublin")), TimeTags(ZoneInfo("Australia/Lord_Howe"))):
                assert tags.decode(*tags.encode(time_ns, 0)) == (time_ns, 0)


def test_summer_time_is_what_is_ahead_whatever_the_zone_calls_it() -> None:
    dublin = TimeTags(ZoneInfo("Europe/Dublin"))  # its winter is the exception by law
    assert dublin.encode(ns("2026-07-01T12:00:00"), 0)[1][1] & 0x80
    assert not dublin.encode(ns("2026-01-01T12:00:00"), 0)[1][1] & 0x80


def test_without_summer_bit_the_hour_that_comes_twice_is_doubtful() -> None:
    tags = TimeTags(ZoneInfo("Europe/Berlin"), TagStyle(summer_time=False))
    for utc in ("2026-10-25T00:30:00", "2026-10-25T01:30:00"):
        assert tags.encode(ns(utc), 0) == (0, bytes.fromhex("1e02f90a1a"))
    doubt = int(Quality.CLOCK_NOT_SYNCHRONISED)
    assert tags.decode(0, bytes.fromhex("1e02f90a1a")) == (ns("2026-10-25T00:30:00"), doubt)
    assert tags.decode(0, bytes.fromhex("000e61071a")) == (ns("2026-07-01T12:00:00"), 0)


def test_day_of_week_may_be_left_out() -> None:
    tags = TimeTags(style=TagStyle(day_of_week=False))
    assert tags.encode(ns("2026-11-20T10:15:30.250"), 0) == (30250, bytes.fromhex("0f0a140b1a"))


def test_a_doubtful_clock_may_be_ignored() -> None:
    tags = TimeTags(style=TagStyle(unsynchronised=Unsynchronised.IGNORE))
    doubt = int(Quality.CLOCK_NOT_SYNCHRONISED)
    time_ns = ns("2026-11-20T10:15:30.250")
    assert tags.encode(time_ns, doubt) == (30250, bytes.fromhex("0f0ab40b1a"))
    assert tags.encode_many([time_ns], [doubt])[1] == [bytes.fromhex("0f0ab40b1a")]
