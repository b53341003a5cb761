"""The codec against frames written by hand from the standard, against itself, and against everything malformed."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import LocalProtocolError, RemoteProtocolError
from models.point import Dbpos
from models.quality import Quality
from protocols.iec104.application.asdu import Asdu, CounterReading, Observation, Order, Service, StepPosition
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.codec import MAX_OCTETS, capacity, decode, encode, mirror
from protocols.iec104.application.types import ONLY_101, TYPES, Kind, event_type, static_type

TIME_NS = 1_795_169_730_250_000_000  # 2026-11-20 10:15:30.250 UTC, a Friday
CP56 = "2a760f0ab40b1a"
NOT_SYNCHRONISED = int(Quality.CLOCK_NOT_SYNCHRONISED)

GOLDEN = {
    "single point": ("0101030001006400 0001", Asdu(1, 3, 1, (Observation(100, True),))),
    "two single points, one invalid": (
        "010214000100 01000000 02000081",
        Asdu(1, 20, 1, (Observation(1, False), Observation(2, True, int(Quality.INVALID)))),
    ),
    "sequence of single points, one blocked": (
        "018314000100 0a0000 00 01 11",
        Asdu(
            1,
            20,
            1,
            (Observation(10, False), Observation(11, True), Observation(12, True, int(Quality.OPERATOR_BLOCKED))),
            sequence=True,
        ),
    ),
    "double point with time": (
        f"1f0103006700 e90300 02 {CP56}",
        Asdu(31, 3, 103, (Observation(1001, Dbpos.ON, 0, TIME_NS),)),
    ),
    "substituted single point, clock not synchronised": (
        "1e0103000100 010000 21 2a768f0ab40b1a",
        Asdu(30, 3, 1, (Observation(1, True, int(Quality.SUBSTITUTED) | NOT_SYNCHRONISED, TIME_NS),)),
    ),
    "step position -1, moving": (
        "050103000100 070000 ff 00",
        Asdu(5, 3, 1, (Observation(7, StepPosition(-1, True)),)),
    ),
    "bit string": ("070103000100 070000 78563412 00", Asdu(7, 3, 1, (Observation(7, 0x12345678),))),
    "normalised": ("090103000100 010000 00c0 00", Asdu(9, 3, 1, (Observation(1, -0.5),))),
    "scaled, overflow": (
        "0b0103000100 010000 18fc 01",
        Asdu(11, 3, 1, (Observation(1, -1000, int(Quality.QUESTIONABLE | Quality.OVERFLOW)),)),
    ),
    "float, not topical": (
        "0d0105000100 ffffff 00006040 40",
        Asdu(13, 5, 1, (Observation(0xFFFFFF, 3.5, int(Quality.QUESTIONABLE | Quality.OLD_DATA)),)),
    ),
    "counter, every flag": (
        "0f0125000100 010000 feffffff e5",
        Asdu(15, 37, 1, (Observation(1, CounterReading(-2, 5, True, True), int(Quality.INVALID)),)),
    ),
    "scaled with time, test": (
        f"230183000100 010000 0700 00 {CP56}",
        Asdu(35, 3, 1, (Observation(1, 7, 0, TIME_NS),), test=True),
    ),
    "select single command": ("2d0106000100 102700 81", Asdu(45, 6, 1, (Order(10000, True, True),))),
    "execute double command, short pulse, originator 7": (
        "2e0106076700 102700 06",
        Asdu(46, 6, 103, (Order(10000, Dbpos.ON, False, 1),), 7),
    ),
    "negative confirmation of a double command": (
        "2e0147000100 102700 02",
        Asdu(46, 7, 1, (Order(10000, Dbpos.ON),), negative=True),
    ),
    "regulating step": ("2f0106000100 010000 01", Asdu(47, 6, 1, (Order(1, Dbpos.OFF),))),
    "normalised set-point": ("300106000100 010000 0040 00", Asdu(48, 6, 1, (Order(1, 0.5),))),
    "scaled set-point, select, QL 3": ("310106000100 010000 ffff 83", Asdu(49, 6, 1, (Order(1, -1, True, 3),))),
    "float set-point": ("320106000100 010000 00006040 00", Asdu(50, 6, 1, (Order(1, 3.5),))),
    "single command with time": (f"3a0106000100 010000 01 {CP56}", Asdu(58, 6, 1, (Order(1, True, time_ns=TIME_NS),))),
    "end of initialisation, remote reset": ("460104000100 000000 02", Asdu(70, 4, 1, (Service(0, 2),))),
    "station interrogation": ("640106000100 000000 14", Asdu(100, 6, 1, (Service(0, 20),))),
    "counter interrogation": ("650106000100 000000 05", Asdu(101, 6, 1, (Service(0, 5),))),
    "read": ("660105000100 640000", Asdu(102, 5, 1, (Service(100),))),
    "clock of all stations": (f"67010600ffff 000000 {CP56}", Asdu(103, 6, 0xFFFF, (Service(0, 0, TIME_NS),))),
    "test": (f"6b0106000100 000000 aa55 {CP56}", Asdu(107, 6, 1, (Service(0, 0x55AA, TIME_NS),))),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_frame_both_ways(name: str) -> None:
    octets, asdu = GOLDEN[name]
    assert decode(bytes.fromhex(octets)) == asdu
    assert encode(asdu) == bytes.fromhex(octets)


def test_golden_frames_cover_every_kind() -> None:
    assert {TYPES[asdu.type_id].kind for _, asdu in GOLDEN.values()} >= set(Kind) - {Kind.BITSTRING_COMMAND}


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
    "over 249 octets": "0d3f03000100" + "0100000000604000" * 32,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_unit_is_refused(name: str) -> None:
    octets = bytes.fromhex(MALFORMED[name])
    if name == "type 38 with VSQ ff":  # a type that is not in the table is reported, whatever it holds
        assert decode(octets).objects == ()
    else:
        with pytest.raises(RemoteProtocolError, match="link closed"):
            decode(octets)


def test_empty_termination_of_a_command_is_read() -> None:
    assert decode(bytes.fromhex("64000a000100")).objects == ()


def test_sequence_with_time_is_read_and_never_written() -> None:
    asdu = decode(bytes.fromhex(f"1e8214000100 0a0000 01{CP56} 00{CP56}"))
    assert asdu.objects == (Observation(10, True, 0, TIME_NS), Observation(11, False, 0, TIME_NS))
    with pytest.raises(LocalProtocolError, match="never sent with SQ"):
        encode(asdu)


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
}
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
    qualities = st.just(0) if row.kind is Kind.COUNTER else WIRE_QUALITIES
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


@settings(max_examples=2000, deadline=None)
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
    assert answer == replace(request, cause=47, negative=True)


def test_types_pair_static_and_event() -> None:
    pairs = {1: 30, 3: 31, 5: 32, 7: 33, 9: 34, 11: 35, 13: 36, 15: 37}
    assert {number: event_type(number) for number in pairs} == pairs
    assert {static_type(event): event for event in pairs.values()} == pairs
    assert not ONLY_101 & set(TYPES)
    tagged = {number for number, row in TYPES.items() if row.tagged}
    assert tagged == {*range(30, 38), *range(58, 65), 103, 107}
