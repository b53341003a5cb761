"""Many objects at once against each object alone."""

from __future__ import annotations

import math
from struct import Struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import LocalProtocolError
from models.quality import Quality
from protocols.iec104.application.asdu import Asdu, Many, Observation, Service
from protocols.iec104.application.codec import decode, decode_many, encode
from protocols.iec104.application.columns import COLUMNS
from protocols.iec104.application.elements import ELEMENTS
from protocols.iec104.application.types import TYPES, Kind
from tests.protocols.iec104.golden import CP56, NOT_SYNCHRONISED, TIME_NS


@pytest.mark.parametrize("kind", COLUMNS)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_columns_agree_with_elements(kind: Kind, data: st.DataObject) -> None:
    """What is done column by column gives the octets and the records that each object alone gives."""
    raws = Struct("<" + ELEMENTS[kind].format)
    octets = data.draw(st.lists(st.binary(min_size=raws.size, max_size=raws.size), min_size=2, max_size=8))
    readings = [ELEMENTS[kind].read(*raws.unpack(item)) for item in octets]
    columns = COLUMNS[kind].read(*zip(*map(raws.unpack, octets), strict=True))
    assert columns is None or list(zip(*columns, strict=True)) == readings
    if columns is None:
        assert kind is Kind.FLOAT
    values, qualities = zip(*readings, strict=True)
    written = COLUMNS[kind].write(values, qualities)
    assert written is not None
    assert list(zip(*written, strict=True)) == [ELEMENTS[kind].write(*reading) for reading in readings]


@pytest.mark.parametrize("values", [(1.0, math.nan), (math.inf, -math.inf), (1e300, 0.0), (2.0, -40_000.0)])
@pytest.mark.parametrize("type_id", [9, 11, 13])
def test_columns_leave_what_must_be_cut_to_the_element(type_id: int, values: tuple[float, ...]) -> None:
    objects = tuple(Observation(place, value) for place, value in enumerate(values))
    together = decode(encode(Asdu(type_id, 3, 1, objects)))
    alone = [decode(encode(Asdu(type_id, 3, 1, (item,)))).objects[0] for item in objects]
    assert list(together.objects) == alone


def test_units_from_columns_are_those_of_records() -> None:
    objects = tuple(
        Observation(2**16 + 3 * place, place / 2, place & 1, TIME_NS + place * 10**9) for place in range(16)
    )
    octets = encode(Many(36, 3, 7, *zip(*objects, strict=True), originator=9, test=True))  # type: ignore[arg-type]
    assert octets == encode(Asdu(36, 3, 7, objects, 9, test=True))
    with pytest.raises(LocalProtocolError, match="no observations"):
        encode(Many(45, 6, 1, (1,), [True], [0], [None]))


@pytest.mark.parametrize("bits", [0, int(Quality.CLOCK_FAILURE), int(Quality.SUBSTITUTED) | NOT_SYNCHRONISED])
def test_times_over_the_minute_and_bad_clocks_keep_their_objects(bits: int) -> None:
    sent = tuple(Observation(place, True, bits * (place & 1), TIME_NS + place * 25 * 10**9) for place in range(4))
    doubt = int(Quality.CLOCK_NOT_SYNCHRONISED) if bits & 0x6000 else 0
    expected = tuple(item._replace(quality=item.quality & 0x1FFF | (doubt if item.quality else 0)) for item in sent)
    assert decode(encode(Asdu(30, 3, 1, sent))).objects == expected


def test_times_that_do_not_exist_lose_no_event_of_their_unit() -> None:
    asdu = decode(bytes.fromhex(f"1e0203000100 010000 01 {CP56} 020000 01 2a760f0a000000"))
    assert asdu.objects == (Observation(1, True, 0, TIME_NS), Observation(2, True, int(Quality.CLOCK_FAILURE)))


@pytest.mark.parametrize("sequence", [False, True])
@pytest.mark.parametrize("type_id", [1, 3, 5, 7, 9, 11, 13, 15, 30, 31, 34, 36, 37])
def test_many_objects_read_as_columns_are_those_of_records(type_id: int, sequence: bool) -> None:
    if sequence and TYPES[type_id].tagged:
        return
    time_ns = TIME_NS if TYPES[type_id].tagged else None
    objects = tuple(Observation(70_000 + place, place & 1, 0, time_ns) for place in range(5))
    octets = encode(Asdu(type_id, 3, 7, objects, 9, sequence=sequence))
    found, read = decode_many(octets), decode(octets)
    assert found is not None
    rows = zip(found.addresses, found.values, found.qualities, found.times, strict=True)
    assert (tuple(rows), found[:3]) == (read.objects, (type_id, 3, 7))


@pytest.mark.parametrize(
    "unit",
    [
        Asdu(1, 3, 7, (Observation(1, True),)),
        Asdu(1, 3, 7, (Observation(1, True), Observation(2, True)), test=True),
        Asdu(1, 3, 7, (Observation(1, True), Observation(2, True)), negative=True),
        Asdu(100, 7, 7, (Service(0, 20),)),
    ],
)
def test_what_is_not_ordinary_is_read_one_by_one(unit: Asdu) -> None:
    assert decode_many(encode(unit)) is None
