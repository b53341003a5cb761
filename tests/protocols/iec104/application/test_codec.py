"""The codec against frames written by hand from the standard, against itself, and against everything malformed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import LocalProtocolError, RemoteProtocolError
from models.point import Dbpos
from models.quality import Quality
from protocols.iec104.application.asdu import (
    Asdu,
    CounterReading,
    Observation,
    Order,
    OutputCircuit,
    PackedStatus,
    Parameter,
    ProtectionEvent,
    Service,
    StartEvents,
    StepPosition,
)
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.codec import MAX_OCTETS, capacity, decode, encode, mirror
from protocols.iec104.application.files import CallFile, DirectoryEntry, QueryLog, Segment
from protocols.iec104.application.types import ONLY_101, TYPES, Kind, event_type, static_type
from protocols.iec104.application.units import UNITS
from tests.protocols.iec104.golden import CP56, GOLDEN, TIME_NS


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_frame_both_ways(name: str) -> None:
    octets, asdu = GOLDEN[name]
    assert decode(bytes.fromhex(octets)) == asdu
    assert encode(asdu) == bytes.fromhex(octets)


def test_golden_frames_cover_every_type() -> None:
    assert {asdu.type_id for _, asdu in GOLDEN.values()} == set(TYPES)


MALFORMED = {
    "clock without object address": "670106000100",
    "clock, truncated": "6701060001000000000102",
    "sequence of single points without address": "018203000100",
    "end of initialisation, short": "460104000100",
    "type 38 with VSQ ff": "26ff069201002c0000",
    "header of five octets": "0101030001",
    "nothing": "",
    "no objects": "010003000100",
    "no objects, sequence": "018003000100 000000",
    "one octet too many": "010103000100 64000001 00",
    "one octet too few": "0d0103000100 010000 00006040",
    "fewer objects than announced": "010203000100 64000001",
    "sequence that runs over 24 bits": "018203000100 ffffff 0001",
    "two commands": "2d0206000100 01000001 02000001",
    "command with SQ": "2d8106000100 010000 01",
    "interrogation without objects": "640006000100",
    "command with time, truncated": "3a0106000100 010000 01 2a760f0ab4",
    "segment that is shorter than it says": "7d010d000100 102700 0200 01 04 616263",
    "segment that is longer than it says": "7d010d000100 102700 0200 01 02 616263",
    "segment without its head": "7d010d000100 102700 0200 01",
    "directory, truncated": f"7e8205000100 102700 0200 000100 00 {CP56}",
    "directory that runs over 24 bits": f"7e8205000100 ffffff 0200 000100 00 {CP56} 0200 563412 20 {CP56}",
    "two files ready": "78020d000100 102700 0200 563412 00 102700 0200 563412 00",
    "query log, truncated": f"7f010d000100 102700 0100 {CP56}",
    "over 249 octets": "0d3f03000100" + "0100000000604000" * 32,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_unit_is_refused(name: str) -> None:
    with pytest.raises(RemoteProtocolError, match="link closed"):
        decode(bytes.fromhex(MALFORMED[name]))


def test_empty_termination_of_a_command_is_read() -> None:
    assert decode(bytes.fromhex("64000a000100")).objects == ()


def test_sequence_with_time_is_read_and_never_written() -> None:
    asdu = decode(bytes.fromhex(f"1e8214000100 0a0000 01{CP56} 00{CP56}"))
    assert asdu.objects == (Observation(10, True, 0, TIME_NS), Observation(11, False, 0, TIME_NS))
    with pytest.raises(LocalProtocolError, match="never sent with SQ"):
        encode(asdu)


ELAPSED = st.integers(0, 60_000)
NUMBERS = st.integers(-(2**31), 2**31 - 1)
VALUES: dict[Kind, st.SearchStrategy[object]] = {
    Kind.SINGLE: st.booleans(),
    Kind.DOUBLE: st.sampled_from(Dbpos),
    Kind.STEP: st.builds(StepPosition, st.integers(-64, 63), st.booleans()),
    Kind.BITSTRING: st.integers(0, 2**32 - 1),
    Kind.NORMALISED: st.integers(-32768, 32767).map(lambda raw: raw / 32768),
    Kind.SCALED: st.integers(-32768, 32767),
    Kind.FLOAT: st.floats(width=32, allow_nan=False, allow_infinity=False),
    Kind.COUNTER: st.builds(CounterReading, NUMBERS, st.integers(0, 31), st.booleans(), st.booleans()),
    Kind.PACKED_STATUS: st.builds(PackedStatus, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF)),
    Kind.PLAIN_NORMALISED: st.integers(-32768, 32767).map(lambda raw: raw / 32768),
    Kind.PROTECTION_EVENT: st.builds(ProtectionEvent, st.sampled_from(Dbpos), ELAPSED),
    Kind.START_EVENTS: st.builds(StartEvents, st.integers(0, 0x3F), ELAPSED),
    Kind.OUTPUT_CIRCUIT: st.builds(OutputCircuit, st.integers(0, 0x0F), ELAPSED),
}
WITHOUT_QUALITY = (Kind.COUNTER, Kind.PLAIN_NORMALISED)
ORDERS: dict[Kind, st.SearchStrategy[object]] = {
    Kind.SINGLE_COMMAND: st.booleans(),
    Kind.DOUBLE_COMMAND: st.sampled_from(Dbpos),
    Kind.STEP_COMMAND: st.sampled_from(Dbpos),
    Kind.NORMALISED_SETPOINT: VALUES[Kind.NORMALISED],
    Kind.SCALED_SETPOINT: VALUES[Kind.SCALED],
    Kind.FLOAT_SETPOINT: VALUES[Kind.FLOAT],
    Kind.BITSTRING_COMMAND: VALUES[Kind.BITSTRING],
}
WIRE_QUALITIES = st.sampled_from([0, int(Quality.INVALID), int(Quality.SUBSTITUTED), int(Quality.OPERATOR_BLOCKED)])
TIMES = st.integers(960_000_000_000, 4_090_000_000_000).map(lambda ms: ms * 1_000_000)


@st.composite
def monitored_units(draw: st.DrawFn) -> Asdu:
    row = draw(st.sampled_from([row for row in TYPES.values() if row.kind.is_monitored]))
    sequence = not row.tagged and draw(st.booleans())
    count = draw(st.integers(1, capacity(row.number, sequence)))
    first = draw(st.integers(1, 2**24 - 1 - 2 * count))
    step = 1 if sequence else 2
    qualities = st.just(0) if row.kind in WITHOUT_QUALITY else WIRE_QUALITIES
    objects = tuple(
        Observation(
            first + step * place,
            draw(VALUES[row.kind]),
            draw(qualities),
            draw(TIMES) if row.tagged else None,  # type: ignore[arg-type]
        )
        for place in range(count)
    )
    cause = draw(st.sampled_from(sorted(row.monitored)))
    return Asdu(row.number, cause, draw(st.integers(1, 0xFFFF)), objects, draw(st.integers(0, 255)), sequence=sequence)


@settings(max_examples=60, deadline=None)
@given(monitored_units())
def test_monitored_units_survive_the_wire(asdu: Asdu) -> None:
    octets = encode(asdu)
    assert len(octets) <= MAX_OCTETS
    assert decode(octets) == asdu


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_orders_survive_the_wire(data: st.DataObject) -> None:
    row = data.draw(st.sampled_from([row for row in TYPES.values() if row.kind.is_command]))
    bits = row.kind is Kind.BITSTRING_COMMAND
    order = Order(
        data.draw(st.integers(0, 2**24 - 1)),
        data.draw(ORDERS[row.kind]),  # type: ignore[arg-type]
        not bits and data.draw(st.booleans()),
        0 if bits else data.draw(st.integers(0, 31)),
        data.draw(TIMES) if row.tagged else None,
    )
    asdu = Asdu(row.number, 6, 1, (order,), negative=data.draw(st.booleans()), test=data.draw(st.booleans()))
    assert decode(encode(asdu)) == asdu


@settings(max_examples=800, deadline=None)
@given(st.binary(min_size=0, max_size=60), st.sampled_from([*TYPES, 0, 2, 38, 200]))
def test_random_octets_raise_nothing_else(octets: bytes, type_id: int) -> None:
    for data in (octets, bytes([type_id]) + octets[1:]):
        try:
            asdu = decode(data)
        except RemoteProtocolError:
            continue
        assert asdu.type_id not in TYPES or asdu.objects or asdu.cause == Cause.TERMINATION


@pytest.mark.parametrize(
    ("value", "sent", "quality"),
    [
        (math.nan, 0.0, Quality.INVALID | Quality.OVERFLOW),
        (math.inf, 0.0, Quality.INVALID | Quality.OVERFLOW),
        (-math.inf, 0.0, Quality.INVALID | Quality.OVERFLOW),
        (1e300, 3.4028234663852886e38, Quality.QUESTIONABLE | Quality.OVERFLOW),
    ],
)
def test_what_a_float_cannot_hold_is_marked(value: float, sent: float, quality: Quality) -> None:
    [item] = decode(encode(Asdu(13, 3, 1, (Observation(1, value),)))).observations()
    assert Quality(item.quality) == quality
    assert item.value == pytest.approx(sent) or value in (math.inf, -math.inf)


def test_not_a_number_from_the_wire_becomes_invalid_zero() -> None:
    for octets in ("0000c07f", "0000807f"):
        [item] = decode(bytes.fromhex(f"0d0103000100 010000 {octets} 00")).observations()
        assert item == Observation(1, 0.0, int(Quality.INVALID | Quality.OVERFLOW))


@pytest.mark.parametrize(("type_id", "value", "sent"), [(11, 40000, 32767), (9, -2.0, -1.0), (5, 70, StepPosition(63))])
def test_numbers_that_do_not_fit_are_cut_and_marked(type_id: int, value: float, sent: object) -> None:
    [item] = decode(encode(Asdu(type_id, 3, 1, (Observation(1, value),)))).observations()
    assert item == Observation(1, sent, int(Quality.QUESTIONABLE | Quality.OVERFLOW))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "asdu",
    [
        Asdu(200, 3, 1, (Observation(1, True),)),
        Asdu(1, 3, 1, ()),
        Asdu(1, 3, 0, (Observation(1, True),)),
        Asdu(1, 3, 1, (Observation(2**24, True),)),
        Asdu(1, 3, 1, (Observation(1, True), Observation(3, True)), sequence=True),
        Asdu(36, 3, 1, tuple(Observation(place, 0.0, 0, TIME_NS) for place in range(17))),
        Asdu(30, 3, 1, (Observation(1, True),)),
        Asdu(45, 6, 1, (Order(1, True), Order(2, True))),
        Asdu(45, 6, 1, (Observation(1, True),)),
        Asdu(50, 6, 1, (Order(1, math.nan),)),
        Asdu(49, 6, 1, (Order(1, 40000),)),
    ],
)
def test_what_may_not_be_sent_is_refused(asdu: Asdu) -> None:
    with pytest.raises(LocalProtocolError):
        encode(asdu)


def test_full_units_use_the_room() -> None:
    for type_id in (1, 13, 30, 31, 36):
        count = capacity(type_id, False)
        time_ns = TIME_NS if TYPES[type_id].tagged else None
        value = Dbpos.ON if type_id == 31 else 1
        unit = Asdu(type_id, 3, 1, tuple(Observation(2 * place, value, 0, time_ns) for place in range(count)))
        size = len(encode(unit))
        assert size <= MAX_OCTETS < size + (size - 6) // count


def test_mirror_changes_cause_and_sign_alone() -> None:
    request = Asdu(46, 6, 103, (Order(7, Dbpos.ON, True),), 9, test=True)
    answer = decode(mirror(encode(request), Cause.UNKNOWN_OBJECT_ADDRESS, negative=True))
    assert answer == request._replace(cause=47, negative=True)


def test_types_pair_static_and_event() -> None:
    pairs = {1: 30, 3: 31, 5: 32, 7: 33, 9: 34, 11: 35, 13: 36, 15: 37}
    assert {number: event_type(number) for number in pairs} == pairs
    assert {static_type(event): event for event in pairs.values()} == pairs
    alone = {20, 21, 38, 39, 40}
    assert {static_type(number) for number in alone} == {event_type(number) for number in alone} == alone
    interrogated = {number for number in (*pairs, *alone) if TYPES[number].monitored & {Cause.STATION, Cause.COUNTERS}}
    assert interrogated == {*pairs, *alone} - {38, 39, 40}


def test_table_of_types_is_that_of_the_standard() -> None:
    assert set(TYPES) == {
        1, 3, 5, 7, 9, 11, 13, 15, 20, 21, *range(30, 41), *range(45, 52), *range(58, 65), 70,
        100, 101, 102, 103, 105, 107, *range(110, 114), *range(120, 128),
    }  # fmt: skip
    assert set(ONLY_101) == {2, 4, 6, 8, 10, 12, 14, 16, 17, 18, 19, 104, 106}
    assert not set(ONLY_101) & set(TYPES)
    tagged = {number for number, row in TYPES.items() if row.tagged}
    assert tagged == {*range(30, 41), *range(58, 65), 103, 107}
    assert {number for number, row in TYPES.items() if not row.monitored and not row.ordered} == set()


@pytest.mark.parametrize("number", TYPES)
def test_elements_say_how_long_an_object_is(number: int) -> None:
    sizes = {"VTI": 1, "BSI": 4, "NVA": 2, "SVA": 2, "R32": 4, "BCR": 5, "SCD": 4, "CP16Time2a": 2, "CP56Time2a": 7,
             "NOF": 2, "LOF": 3, "TSC": 2, "segment": 236}  # fmt: skip
    row = TYPES[number]
    named = sum(sizes.get(element, 1) for element in row.elements.split())
    assert UNITS[number].bare == named + (7 if row.tagged else 0)


@pytest.mark.parametrize(
    "asdu",
    [
        Asdu(21, 3, 1, (Observation(1, 0.5, int(Quality.INVALID)),)),
        Asdu(110, 6, 1, (Parameter(1, 1.5, 1),)),
        Asdu(112, 6, 1, (Parameter(1, 1.5, 256),)),
        Asdu(105, 6, 1, (Service(0, 256),)),
        Asdu(45, 6, 1, (Order(2**24, True),)),
        Asdu(45, 6, 1, (Order(1, True),), sequence=True),
        Asdu(125, 13, 1, (Segment(1, 1, 1, bytes(237)),)),
        Asdu(125, 13, 1, (Segment(1, 1, 256, b""),)),
        Asdu(126, 5, 1, (DirectoryEntry(1, 1, 1, 0, TIME_NS),)),
        Asdu(126, 5, 1, (DirectoryEntry(1, 1, 2**24, 0, TIME_NS),), sequence=True),
        Asdu(127, 13, 1, (QueryLog(1, 1, None, TIME_NS),)),
        Asdu(120, 13, 1, (CallFile(1, 1),)),
        Asdu(1, 3, 1, (Observation(1, True), Order(2, True))),
        Asdu(38, 3, 1, (Observation(1, ProtectionEvent(Dbpos.ON), 0, None),)),
    ],
)
def test_what_may_not_be_sent_is_refused_of_every_family(asdu: Asdu) -> None:
    with pytest.raises(LocalProtocolError):
        encode(asdu)


def test_elapsed_times_that_do_not_fit_are_cut_and_marked() -> None:
    [item] = decode(
        encode(Asdu(38, 3, 1, (Observation(1, ProtectionEvent(Dbpos.ON, 70_000), 0, TIME_NS),)))
    ).observations()
    assert item.value == ProtectionEvent(Dbpos.ON, 60_000)
    assert Quality(item.quality) == Quality.QUESTIONABLE | Quality.INACCURATE
