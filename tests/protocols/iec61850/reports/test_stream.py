"""Sequence numbers, entries, segments, overflow and completeness of one block's reports. No wire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from open61850.data import encode_binary_time
from open61850.mms import ObjectName

from protocols.iec61850.mapping import Picture, PointMap
from protocols.iec61850.reports.block import Block
from protocols.iec61850.reports.decoder import Decoder
from protocols.iec61850.reports.heading import Heading
from protocols.iec61850.reports.stream import Stream
from protocols.iec61850.reports.throttle import SHARE, Throttle

THEN = datetime(2026, 1, 1, tzinfo=UTC)
GI, CHANGE = 0x04, 0x40


def head(
    number: int | None,
    *,
    entry: int | None = None,
    overflow: bool | None = None,
    segment: int | None = None,
    more: bool = False,
    time: datetime | None = None,
    data_set: str | None = None,
    reasons: bool = True,
) -> Heading:
    entry_id = None if entry is None else entry.to_bytes(8, "big")
    taken = None if time is None else encode_binary_time(time)
    return Heading(
        "id", number, taken, data_set, overflow, entry_id, None, segment, more, b"\x07\x80", False, reasons, 0
    )


@pytest.mark.parametrize(
    ("numbers", "missing"),
    [
        ([7, 8, 9], [0, 0, 0]),
        ([7, 9, 13], [0, 1, 3]),
        ([255, 0, 1], [0, 0, 0]),
        ([65535, 0, 1], [0, 0, 0]),
        ([99, 0], [0, None]),
        ([5, 5], [0, None]),
        ([None, None], [0, 0]),
    ],
)
def test_sequence_numbers(numbers: list[int | None], missing: list[int | None]) -> None:
    stream = Stream()
    verdicts = [stream.take(head(number)) for number in numbers]
    assert [verdict.missing for verdict in verdicts] == missing
    assert [bool(verdict.lost) for verdict in verdicts] == [each != 0 for each in missing]


def test_an_entry_that_comes_twice_is_no_news_and_no_gap() -> None:
    stream = Stream()
    arrivals = [head(1, entry=10), head(2, entry=11), head(3, entry=11), head(4, entry=12), head(4, entry=12)]
    verdicts = [stream.take(each) for each in arrivals]
    assert [each.repeated for each in verdicts] == [False, False, True, False, True]
    assert not any(each.lost for each in verdicts)
    assert not stream.take(head(5, entry=13)).lost


def test_the_entry_after_which_a_block_was_resumed_is_known() -> None:
    stream = Stream((10).to_bytes(8, "big"))
    assert [stream.take(head(n, entry=e)).repeated for n, e in ((0, 10), (1, 11))] == [True, False]


def test_entries_that_wrap_or_that_are_all_zero_are_news() -> None:
    stream = Stream()
    assert not any(stream.take(head(n, entry=e)).repeated for n, e in enumerate([2**64 - 2, 2**64 - 1, 0, 0, 1]))


@pytest.mark.parametrize(
    ("arrivals", "lost", "repeated"),
    [
        ([(4, 0, True), (4, 1, True), (4, 2, False), (5, 0, False)], [], []),
        ([(4, 0, True), (4, 2, False), (5, 0, False)], [1], []),  # the middle is missing
        ([(4, 1, False), (5, 0, False)], [0], []),  # the beginning is missing
        ([(4, 0, True), (5, 0, False)], [1], []),  # the end is missing
        ([(4, 0, True), (4, 0, True), (4, 1, False)], [], [1]),
        ([(4, 0, False), (6, 0, True), (6, 1, False)], [1], []),
        ([(4, 0, True), (4, 1, False), (4, 1, False), (5, 0, False)], [], [2]),  # after its end
        ([(4, 0, True), (4, 1, False), (5, 0, False), (4, 1, False)], [3], []),  # a number that comes round again
    ],
)
def test_segments(arrivals: list[tuple[int, int, bool]], lost: list[int], repeated: list[int]) -> None:
    stream = Stream()
    verdicts = [stream.take(head(number, segment=segment, more=more)) for number, segment, more in arrivals]
    assert [i for i, each in enumerate(verdicts) if each.lost] == lost
    assert [i for i, each in enumerate(verdicts) if each.repeated] == repeated


def test_overflow_is_told_once_and_not_for_what_was_before_us() -> None:
    stream = Stream()
    arrivals = [head(0, overflow=True), head(1, overflow=False), head(2, overflow=True), head(3, overflow=True)]
    assert [bool(stream.take(each).lost) for each in arrivals] == [False, False, True, False]
    assert Stream(b"\1").take(head(0, overflow=True)).lost == "the device's buffer overflowed"


@given(st.lists(st.integers(0, 300), max_size=40))
def test_every_report_is_news_repeated_or_lost_and_memory_is_bounded(entries: list[int]) -> None:
    stream = Stream()
    seen: set[int] = set()
    for number, entry in enumerate(entries):
        verdict = stream.take(head(number, entry=entry))
        assert verdict.repeated == (entry in seen and entry != 0)
        assert not verdict.lost
        seen.add(entry)
    assert len(stream._known) == len(stream._recent) <= 256  # noqa: SLF001


def block(buffered_until: datetime | None = None) -> Block:
    points = PointMap([])
    decoder = Decoder(((),), points, Picture(points))
    return Block(ObjectName("LLN0$BR$b01", "ALD0"), "id", "ALD0/LLN0$ds", 1, ((),), decoder, buffered_until)


@pytest.mark.parametrize(
    ("heading", "reasons", "complete"),
    [
        (head(1, time=THEN + timedelta(milliseconds=1)), (GI,), True),
        (head(1, time=THEN + timedelta(seconds=1)), (0x08,), True),
        (head(1, time=THEN), (GI,), False),  # out of the buffer: an old picture
        (head(1), (GI,), False),
        (head(1, time=THEN + timedelta(seconds=1)), (CHANGE,), False),
        (head(1, time=THEN + timedelta(seconds=1), more=True), (GI,), False),
        (head(1, time=THEN + timedelta(seconds=1), reasons=False), (), True),  # all members, whatever the reason
    ],
)
def test_what_makes_a_fresh_and_complete_picture(heading: Heading, reasons: tuple[int, ...], complete: bool) -> None:
    assert block(THEN).completes(heading, reasons) is complete


def test_without_a_time_of_entry_what_comes_after_an_interrogation_counts() -> None:
    asked = block(THEN)
    asked.asked = True
    assert asked.completes(head(1), (GI,))


def buffered(newest: int | None, after: int | None = None) -> Block:
    """Without times: enabled 10 s ago at the latest by 20 s, interrogated."""
    made = block()
    made.newest = None if newest is None else newest.to_bytes(8)
    made.resumes(None if after is None else after.to_bytes(8), 20.0)
    made.asked = True
    return made


def test_without_times_an_old_interrogation_out_of_the_buffer_is_no_picture() -> None:
    made = buffered(newest=5)
    assert [made.completes(head(number, entry=number), (GI,), 10.0) for number in (3, 5, 6)] == [False, False, True]


@pytest.mark.parametrize(
    ("made", "now_s", "complete"),
    [
        (buffered(newest=0), 10.0, True),  # its buffer was empty
        (buffered(newest=5, after=5), 10.0, True),  # we had everything
        (buffered(newest=5, after=4), 10.0, False),
        (buffered(newest=None), 10.0, True),  # nobody knows; it was interrogated
        (buffered(newest=5), 20.0, True),  # it has told something else than its newest entry
    ],
)
def test_without_times_the_newest_entry_ends_the_replay(made: Block, now_s: float, complete: bool) -> None:
    assert made.completes(head(7, entry=7), (GI,), now_s) is complete


def test_what_refuses_interrogation_is_complete_with_an_integrity_report_in_time() -> None:
    made = buffered(newest=None)
    made.asked = False
    assert [made.completes(head(7), (0x08,), now_s) for now_s in (10.0, 20.0)] == [False, True]


def test_reports_are_told_apart_by_id_and_data_set() -> None:
    ours, other = head(1, data_set="ALD0/LLN0$ds"), head(1, data_set="ALD0/LLN0$other")
    strange = head(1)._replace(rpt_id="x")
    longer = head(1)._replace(inclusion=b"\x00\x80\x00")
    assert [block().owns(each) for each in (ours, other, head(1), strange, longer)] == [True, False, True, False, False]


def test_a_flood_gets_a_bounded_share_and_an_end() -> None:
    throttle = Throttle(limit=100)
    assert throttle.take(90, 0.01, 0.0) == 0
    assert throttle.take(20, 0.01, 0.5) == pytest.approx(0.01 * (SHARE - 1))
    assert throttle.take(1, 0.01, 1.6) > 0  # the second before was one of a flood
    assert throttle.take(1, 0.01, 2.7) == 0
