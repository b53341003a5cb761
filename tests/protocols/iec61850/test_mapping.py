"""Report entries to samples, without any wire."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from open61850.data import BitStringData, BoolData, FloatData, IECData, IntData, StructureData, TimestampData
from open61850.mms import DataAccessError, ObjectName, ReasonCode, ReportEntry
from open61850.mms.types import MmsType, PrimitiveType, StructureType

from models.point import Cdc, ControlModel, Dbpos, Handle, PointName, PointSpec, Sample
from models.quality import Quality
from protocols.iec61850.mapping import Picture, PointMap, data_reference, quality_of, time_of

ARRIVAL_NS = 1_700_000_100_000_000_000
SOURCE_NS = 1_700_000_000_123_000_000
GOOD, INVALID = BitStringData(b"\x00\x00", 3), BitStringData(b"\x40\x00", 3)
CHANGED, REPEATED = ReasonCode(data_change=True), ReasonCode(integrity=True)
POS, TRIP, POWER, PHASE = Handle(1), Handle(2), Handle(3), Handle(4)


def point(handle: Handle, variable: str, cdc: Cdc) -> tuple[Handle, PointSpec]:
    name = PointName("OBR1/K1/E03", variable)
    return handle, PointSpec(name, cdc, "A", reference=f"ALD0/{variable}", control_model=ControlModel.STATUS_ONLY)


POINTS = PointMap(
    [
        point(POS, "CSWI1.Pos", Cdc.DPC),
        point(TRIP, "PTRC1.Tr", Cdc.ACT),
        point(POWER, "MMXU1.TotW", Cdc.MV),
        point(PHASE, "MMXU1.A.phsB", Cdc.MV),
    ]
)


def structure(**components: MmsType) -> StructureType:
    return StructureType(list(components.items()))


BOOL, BITS, FLOAT, TIME = (PrimitiveType(kind) for kind in ("boolean", "bit-string", "float", "utc-time"))
DPC = structure(stVal=BITS, q=BITS, t=TIME)
MV = structure(mag=structure(f=FLOAT), q=BITS, t=TIME)
CMV = structure(cVal=structure(mag=structure(f=FLOAT), ang=structure(f=FLOAT)), q=BITS, t=TIME)
WHOLE = POINTS.plan(
    [
        (ObjectName("CSWI1$ST$Pos", "ALD0"), DPC),
        (ObjectName("MMXU1$MX$TotW", "ALD0"), MV),
        (ObjectName("MMXU1$MX$A", "ALD0"), structure(phsA=CMV, phsB=CMV)),
        (ObjectName("LLN0$ST$Beh", "ALD0"), structure(stVal=PrimitiveType("integer"), q=BITS, t=TIME)),
    ]
)
LEAVES = POINTS.plan(
    [
        (ObjectName("PTRC1$ST$Tr$general", "ALD0"), BOOL),
        (ObjectName("PTRC1$ST$Tr$q", "ALD0"), BITS),
        (ObjectName("PTRC1$ST$Tr$t", "ALD0"), TIME),
    ]
)


def timestamp(quality: int = 0) -> TimestampData:
    return TimestampData(datetime.fromtimestamp(SOURCE_NS // 10**9, UTC).replace(microsecond=123_000), quality)


def position(bits: int, quality: BitStringData = GOOD) -> IECData:
    return StructureData([BitStringData(bytes([bits << 6]), 6), quality, timestamp()])


def entry(index: int, value: IECData | DataAccessError, reason: ReasonCode = CHANGED) -> ReportEntry:
    return ReportEntry(index, value, reason=reason)


def test_whole_data_object() -> None:
    samples, problems = Picture(POINTS).read(WHOLE, [entry(0, position(2))], ARRIVAL_NS)
    assert samples == [Sample(POS, Dbpos.ON, 0, SOURCE_NS, ARRIVAL_NS)]
    assert problems == []


def test_one_phase_out_of_a_group_that_is_one_member() -> None:
    def phase(current_a: float) -> IECData:
        vector = StructureData([StructureData([FloatData(current_a)]), StructureData([FloatData(-30.0)])])
        return StructureData([vector, GOOD, timestamp()])

    samples, _ = Picture(POINTS).read(WHOLE, [entry(2, StructureData([phase(11.0), phase(12.5)]))], ARRIVAL_NS)
    assert samples == [Sample(PHASE, 12.5, 0, SOURCE_NS, ARRIVAL_NS)]


def test_members_that_are_no_points_are_left_alone() -> None:
    beh = StructureData([IntData(1), GOOD, timestamp()])
    assert Picture(POINTS).read(WHOLE, [entry(3, beh)], ARRIVAL_NS) == ([], [])


def test_a_member_that_the_data_set_does_not_have_is_told_and_the_rest_delivered() -> None:
    samples, problems = Picture(POINTS).read(WHOLE, [entry(9, BoolData(True)), entry(0, position(1))], ARRIVAL_NS)
    assert [sample.value for sample in samples] == [Dbpos.OFF]
    assert problems == ["member 10 of a report is not in its data set of 4 members"]


def test_attributes_one_by_one_complete_each_other() -> None:
    picture = Picture(POINTS)
    first = [entry(0, BoolData(True)), entry(1, GOOD), entry(2, timestamp())]
    assert picture.read(LEAVES, first, ARRIVAL_NS)[0] == [Sample(TRIP, True, 0, SOURCE_NS, ARRIVAL_NS)]
    later, _ = picture.read(LEAVES, [entry(1, INVALID)], ARRIVAL_NS + 1)
    assert later == [Sample(TRIP, True, int(Quality.INVALID), None, ARRIVAL_NS + 1)]


def test_value_without_any_quality_is_questionable() -> None:
    samples, _ = Picture(POINTS).read(LEAVES, [entry(0, BoolData(True))], ARRIVAL_NS)
    assert samples == [Sample(TRIP, True, int(Quality.QUESTIONABLE), None, ARRIVAL_NS)]


def test_quality_before_the_first_value_is_no_sample() -> None:
    assert Picture(POINTS).read(LEAVES, [entry(1, GOOD)], ARRIVAL_NS) == ([], [])


@pytest.mark.parametrize(
    "bad",
    [
        DataAccessError(1),
        StructureData([BoolData(True), GOOD, timestamp()]),
        StructureData([BitStringData(b"", 0), GOOD, timestamp()]),
        StructureData([]),
        BoolData(True),
        StructureData([BitStringData(b"\x80", 6), IntData(0), timestamp()]),
        StructureData([BitStringData(b"\x80", 6), GOOD, IntData(0)]),
    ],
)
def test_what_cannot_be_read_leaves_the_last_value_and_says_that_it_is_invalid(bad: IECData | DataAccessError) -> None:
    picture = Picture(POINTS)
    assert picture.read(WHOLE, [entry(0, bad)], ARRIVAL_NS)[0] == []  # nothing known yet: no value is invented
    picture.read(WHOLE, [entry(0, position(1))], ARRIVAL_NS)
    samples, problems = picture.read(WHOLE, [entry(0, bad)], ARRIVAL_NS + 5)
    assert samples == [Sample(POS, Dbpos.OFF, int(Quality.INVALID | Quality.FAILURE), SOURCE_NS, ARRIVAL_NS + 5)]
    assert problems[0].startswith("ALD0/CSWI1.Pos: ")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_no_number_is_no_measurement(number: float) -> None:
    measured = StructureData([StructureData([FloatData(number)]), GOOD, timestamp()])
    samples, problems = Picture(POINTS).read(WHOLE, [entry(1, measured)], ARRIVAL_NS)
    assert samples == []
    assert "no measurement" in problems[0]


def test_a_status_that_is_only_repeated_is_no_event_but_a_difference_is() -> None:
    picture = Picture(POINTS)
    assert len(picture.read(WHOLE, [entry(0, position(1), REPEATED)], ARRIVAL_NS)[0]) == 1
    assert picture.read(WHOLE, [entry(0, position(1), REPEATED)], ARRIVAL_NS)[0] == []
    assert len(picture.read(WHOLE, [entry(0, position(1), CHANGED)], ARRIVAL_NS)[0]) == 1
    assert len(picture.read(WHOLE, [entry(0, position(2), REPEATED)], ARRIVAL_NS)[0]) == 1  # missed before


def test_validity_is_written_most_significant_bit_first() -> None:
    # IEC 61850-8-1: good 00, invalid 01, reserved 10, questionable 11
    validities = [quality_of(BitStringData(bytes([bits << 6, 0]), 3)) for bits in range(4)]
    assert validities == [Quality.GOOD, Quality.INVALID, Quality.RESERVED, Quality.QUESTIONABLE]


@given(st.integers(2, 12))
def test_detail_bits_are_numbered_as_in_the_standard(bit: int) -> None:
    octets = (1 << (15 - bit)).to_bytes(2, "big")
    assert int(quality_of(BitStringData(octets, 3))) == 1 << bit


@pytest.mark.parametrize(
    ("octet", "bits"),
    [(0x00, 0), (0x0A, 0), (0x9F, 0), (0x40, Quality.CLOCK_FAILURE), (0x3F, Quality.CLOCK_NOT_SYNCHRONISED)],
)
def test_time_quality(octet: int, bits: int) -> None:
    assert time_of(timestamp(octet)) == (SOURCE_NS, bits)


def test_clock_bits_do_not_outlive_their_time_tag() -> None:
    picture = Picture(POINTS)
    picture.read(LEAVES, [entry(0, BoolData(True)), entry(1, GOOD), entry(2, timestamp(0x20))], ARRIVAL_NS)
    samples, _ = picture.read(LEAVES, [entry(0, BoolData(False)), entry(2, timestamp(0))], ARRIVAL_NS)
    assert samples[0].quality == 0


def test_the_epoch_is_no_time() -> None:
    assert time_of(TimestampData(datetime(1970, 1, 1, tzinfo=UTC)))[0] is None


def test_samples_of_one_report_stand_by_source_time() -> None:
    late = StructureData([StructureData([FloatData(1.0)]), GOOD, TimestampData(datetime(2030, 1, 1, tzinfo=UTC))])
    early = StructureData([BitStringData(b"\x80", 6), GOOD, timestamp()])
    plan = (WHOLE[1], WHOLE[0])
    samples, _ = Picture(POINTS).read(plan, [entry(0, late), entry(1, early)], ARRIVAL_NS)
    assert [sample.handle for sample in samples] == [POS, POWER]


def test_references() -> None:
    assert data_reference(ObjectName("CSWI1$ST$Pos", "ALD0")) == "ALD0/CSWI1.Pos"
    assert data_reference(ObjectName("MMXU1$MX$A$phsA$cVal", "ALD0")) == "ALD0/MMXU1.A.phsA.cVal"
