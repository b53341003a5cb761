"""Types that IEC 101 alone has: read and never sent."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from models.errors import LocalProtocolError
from models.point import Dbpos
from models.quality import Quality
from protocols.iec104.application.asdu import Asdu, Observation, OutputCircuit, ProtectionEvent, Service
from protocols.iec104.application.codec import decode, encode
from protocols.iec104.application.cp56 import TimeTags
from protocols.iec104.application.types import ONLY_101
from tests.protocols.iec104.golden import NOT_SYNCHRONISED, TIME_NS


@pytest.mark.parametrize("type_id", sorted(ONLY_101))
def test_types_of_101_are_never_sent(type_id: int) -> None:
    with pytest.raises(LocalProtocolError, match="cannot be sent"):
        encode(Asdu(type_id, 3, 1, (Observation(1, True),)))


ARRIVAL_NS = TIME_NS + 40_000_000_000  # 10:16:10.250


@pytest.mark.parametrize(
    ("octets", "arrival_ns", "item"),
    [
        ("020103000100 010000 01 2a760f", ARRIVAL_NS, Observation(1, True, 0, TIME_NS)),
        ("020103000100 010000 01 2a768f", ARRIVAL_NS, Observation(1, True, NOT_SYNCHRONISED, TIME_NS)),
        ("020103000100 010000 01 2a760f", None, Observation(1, True, int(Quality.CLOCK_FAILURE))),
        ("020103000100 010000 01 ffff0f", ARRIVAL_NS, Observation(1, True, int(Quality.CLOCK_FAILURE))),
        ("0e0103000100 010000 00006040 00 2a760f", ARRIVAL_NS, Observation(1, 3.5, 0, TIME_NS)),
        ("110103000100 010000 02 e803 2a760f", ARRIVAL_NS, Observation(1, ProtectionEvent(Dbpos.ON, 1000), 0, TIME_NS)),
        ("680106000100 000000 aa55", None, Service(0, 0x55AA)),
        ("6a0106000100 000000 e803", None, Service(0, 1000)),
    ],
)
def test_types_of_101_are_read(octets: str, arrival_ns: int | None, item: object) -> None:
    assert decode(bytes.fromhex(octets), arrival_ns=arrival_ns).objects == (item,)


@pytest.mark.parametrize("ahead_s", [-1700, -60, 0, 60, 1700])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kolkata"])
def test_a_time_without_hour_is_the_nearest(ahead_s: int, zone: str) -> None:
    tags = TimeTags(ZoneInfo(zone))
    minute = (30 if zone == "Asia/Kolkata" else 0) + 15
    time_ns, _ = tags.decode_short(30_250, minute % 60, TIME_NS + ahead_s * 1_000_000_000)
    assert time_ns == TIME_NS


def test_two_protection_events_of_101() -> None:
    asdu = decode(
        bytes.fromhex("130203000100 010000 01 00 0a00 2a760f 020000 02 10 0b00 2b760f"), arrival_ns=ARRIVAL_NS
    )
    assert asdu.objects == (
        Observation(1, OutputCircuit(1, 10), 0, TIME_NS),
        Observation(2, OutputCircuit(2, 11), int(Quality.OPERATOR_BLOCKED), TIME_NS + 1_000_000),
    )
