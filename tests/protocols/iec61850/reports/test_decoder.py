"""The quick reader of reports against the library's general decoder: the same samples, or the same refusal."""

from __future__ import annotations

import math
import struct
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from open61850.data import BitStringData, FloatData, IECData, IntData, StructureData
from open61850.mms import MmsError, MmsProtocolError, ReasonCode, decode_report, is_report, pdu
from open61850.mms.pdu import AccessResult, InformationReport

from models.point import Cdc, Handle, Sample
from models.quality import Quality
from protocols.iec61850.association import LIBRARY_ERRORS
from protocols.iec61850.mapping import Picture, Plan, PointMap
from protocols.iec61850.reports.decoder import Decoder, Reading
from protocols.iec61850.reports.heading import included, read_heading, report_at

from .octets import (
    ALL_FIELDS,
    ARRIVAL_NS,
    CHANGED,
    INTEGRITY,
    mapped,
    measured,
    position,
    report_of,
    status,
    truth,
    whole,
)

CLASSES = [Cdc.MV, Cdc.MV, Cdc.DPC, Cdc.SPS, Cdc.ENS, Cdc.MV, Cdc.DPC, Cdc.DPC]


class Both:
    """Two readers of one block, each with a picture of its own."""

    def __init__(self, classes: list[Cdc]) -> None:
        self.points, members = mapped(classes)
        self.plan: Plan = self.points.plan(members)
        self.general = Picture(self.points)
        self.decoder = Decoder(self.plan, self.points, Picture(self.points))

    def quick(self, octets: bytes) -> tuple[list[Sample], list[str]]:
        reading = Reading()
        self.decoder.read(octets, read_heading(octets, report_at(octets)), ARRIVAL_NS, reading)
        return sorted([*reading.measurands, *reading.events]), sorted(reading.problems)

    def slow(self, octets: bytes) -> tuple[list[Sample], list[str]]:
        message = pdu.decode_pdu(pdu.unwrap(octets))
        assert isinstance(message, InformationReport)
        entries = [replace(entry, value=_exact(entry.value)) for entry in decode_report(message).entries]
        samples, problems = self.general.read(self.plan, entries, ARRIVAL_NS)
        return sorted(samples), sorted(problems)


def _exact(value: AccessResult) -> AccessResult:
    """The library gives the shortest decimal that rounds to a 32-bit number."""
    if isinstance(value, StructureData):
        return StructureData([_exact(member) for member in value.members])  # type: ignore[misc]
    if isinstance(value, FloatData) and not value.double and math.isfinite(value.value):
        return FloatData(struct.unpack(">f", struct.pack(">f", value.value))[0])
    return value


LARGEST = 3.3999999521443642e38  # the library cannot read what is larger
floats = st.one_of(st.floats(-LARGEST, LARGEST, width=32), st.sampled_from([math.nan, math.inf, -math.inf]))
qualities = st.builds(lambda bits: BitStringData((bits << 3).to_bytes(2, "big"), 3), st.integers(0, 8191))
offsets, clocks = st.integers(-3_000_000, 3_000_000), st.integers(0, 255)


def value_of(cdc: Cdc) -> st.SearchStrategy[IECData]:
    if cdc is Cdc.MV:
        return st.builds(measured, floats, offsets, qualities, clocks)
    inner = {
        Cdc.DPC: st.builds(position, st.integers(0, 3)),
        Cdc.SPS: st.builds(truth, st.booleans()),
        Cdc.ENS: st.builds(whole, st.sampled_from([0, 1, 127, 128, -1, 70_000, 2**40])),
    }[cdc]
    return st.builds(status, inner, offsets, qualities)


ODD: st.SearchStrategy[IECData] = st.sampled_from(
    [IntData(3), StructureData([]), FloatData(1.5), StructureData([FloatData(1.0), FloatData(2.0)])]
)
REASONS = st.sampled_from([CHANGED, INTEGRITY, ReasonCode(quality_change=True), ReasonCode(general_interrogation=True)])


@st.composite
def reports(draw: st.DrawFn) -> bytes:
    chosen = draw(st.sets(st.integers(0, len(CLASSES) - 1), min_size=1))
    values = {i: draw(ODD) if draw(st.integers(0, 19)) == 0 else draw(value_of(CLASSES[i])) for i in chosen}
    with_reasons, with_references = draw(st.booleans()), draw(st.integers(0, 4)) == 0
    options = replace(ALL_FIELDS, reason_for_inclusion=with_reasons, data_reference=with_references)
    return report_of(values, len(CLASSES), {i: draw(REASONS) for i in chosen}, options)


@given(st.lists(reports(), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_quick_and_general_reader_agree(arrivals: list[bytes]) -> None:
    both = Both(CLASSES)
    for octets in arrivals:
        assert repr(both.quick(octets)) == repr(both.slow(octets))


@given(reports(), reports(), st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=3))
@settings(max_examples=120, deadline=None)
def test_what_is_mutated_is_read_as_the_general_reader_reads_it_or_refused(
    first: bytes, second: bytes, changes: list[tuple[int, int]]
) -> None:
    both = Both(CLASSES)
    assert repr(both.quick(first)) == repr(both.slow(first))
    octets = bytearray(second)
    for place, octet in changes:
        octets[place % len(octets)] = octet
    if report_at(bytes(octets)) < 0:
        return  # left to the general reader alone
    try:
        read = both.quick(bytes(octets))
    except MmsProtocolError:
        return  # the association ends; nothing of the report was taken
    except LIBRARY_ERRORS:
        return
    assert all(not isinstance(each.value, float) or math.isfinite(each.value) for each in read[0])
    try:
        general = both.slow(bytes(octets))
    except (MmsError, AssertionError, *LIBRARY_ERRORS):
        return  # the quick reader may be the more lenient one with the head, never with a value
    assert repr(read) == repr(general)


def test_the_second_report_is_read_without_the_general_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    both = Both([Cdc.MV] * 50)
    both.quick(report_of({i: measured(1.5 * i) for i in range(50)}, 50))

    def refuse(*_: object) -> None:
        raise AssertionError("general decoder used")

    monkeypatch.setattr("protocols.iec61850.reports.decoder.access_result", refuse)
    every_third = {i: measured(2.0 * i, i) for i in range(0, 50, 3)}
    samples, problems = both.quick(report_of(every_third, 50))
    assert [(each.handle, each.value) for each in samples] == [(i + 1, 2.0 * i) for i in range(0, 50, 3)]
    assert problems == []


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_no_number_makes_its_own_point_invalid_and_no_other(value: float) -> None:
    both = Both([Cdc.MV] * 3)
    both.quick(report_of({i: measured(1.0) for i in range(3)}, 3))
    samples, problems = both.quick(report_of({0: measured(2.0), 1: measured(value), 2: measured(3.0)}, 3))
    invalid = int(Quality.INVALID | Quality.FAILURE)
    assert [(each.value, each.quality) for each in samples] == [(2.0, 0), (1.0, invalid), (3.0, 0)]
    assert len(problems) == 1


def test_time_in_the_future_and_time_without_accuracy_are_marked_and_kept() -> None:
    both = Both([Cdc.DPC, Cdc.MV])
    ahead = report_of({0: status(position(2), 60_000), 1: measured(1.0, 0, clock=0x05)}, 2)
    for _ in range(2):  # general decoder first, then the layout that it taught
        samples, _ = both.quick(ahead)
        doubtful = Quality.TIME_DOUBTFUL | Quality.CLOCK_NOT_SYNCHRONISED
        assert [each.quality for each in samples] == [int(doubtful), int(Quality.TIME_INACCURATE)]
    assert samples[0].source_time_ns == ARRIVAL_NS // 10**9 * 10**9 + 60_000_000_000


def test_a_device_that_changes_its_encoding_for_ever_is_read_all_the_same() -> None:
    both = Both([Cdc.ENS] * 4)
    for number in range(200):
        octets = report_of({i: status(whole((1 << (8 * (1 + (number + i) % 4))) - 200)) for i in range(4)}, 4)
        assert repr(both.quick(octets)) == repr(both.slow(octets))


def test_the_largest_number_is_a_number() -> None:
    both = Both([Cdc.MV])
    largest = struct.unpack(">f", bytes.fromhex("7f7fffff"))[0]
    for _ in range(2):
        samples, problems = both.quick(report_of({0: measured(largest)}, 1))
        assert ([each.value for each in samples], problems) == ([largest], [])


def test_inclusion_bits() -> None:
    assert included(b"\x05\xa0") == (0, 2)
    assert included(b"\x00\x01\x80") == (7, 8)
    assert included(b"\x00") == ()


def test_what_is_no_report_is_left_to_others() -> None:
    octets = report_of({0: measured(1.0)}, 1)
    assert report_at(octets) > 0
    assert [report_at(each) for each in (octets[:-1], octets + b"\0", b"", octets.replace(b"RPT", b"RPX"))] == [-1] * 4
    message = pdu.decode_pdu(pdu.unwrap(octets))
    assert isinstance(message, InformationReport)
    assert is_report(message)


def test_points_of_one_link_are_known_by_reference() -> None:
    points, _ = mapped([Cdc.MV])
    assert isinstance(points, PointMap)
    assert points.reference == {Handle(1): "ALD0/GGIO1.X"}
