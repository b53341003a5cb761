"""Frames of many objects pass the controlling station as columns, with the same samples as one by one."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Sequence
from unittest import mock

import pytest

from models.point import Sample
from models.quality import Quality
from protocols.iec104.application import codec
from protocols.iec104.application.asdu import Asdu, Observation
from protocols.iec104.controlling_station.clock_policy import DeviceClock
from protocols.iec104.link import apci
from tests.protocols.iec104.pair import START_NS, STATION
from tests.protocols.iec104.wire import Wire

NOT_SYNCHRONISED = int(Quality.CLOCK_NOT_SYNCHRONISED)
LATE_NS = START_NS + 3_600_000_000_000
FRAMES = {
    "events": Asdu(30, 3, STATION, (Observation(3, True, 0, START_NS), Observation(4, False, 0, START_NS))),
    "measured values": Asdu(13, 20, STATION, (Observation(11, 1.5), Observation(12, -2.0)), sequence=True),
    "doubtful ones": Asdu(36, 3, STATION, (Observation(11, 1.5, 1, START_NS), Observation(12, 0.0, 3, START_NS))),
    "both": Asdu(13, 3, STATION, (Observation(11, 1.5), Observation(3, 1.0))),
    "an unknown object": Asdu(1, 3, STATION, (Observation(3, True), Observation(99, True))),
    "another station": Asdu(1, 3, STATION + 1, (Observation(3, True), Observation(4, True))),
    "another type": Asdu(11, 3, STATION, (Observation(3, 1), Observation(4, 0))),
    "a cause that is not allowed": Asdu(1, 9, STATION, (Observation(3, True), Observation(4, True))),
    "times to come": Asdu(30, 3, STATION, (Observation(3, True, 0, LATE_NS), Observation(4, True, 0, LATE_NS))),
    "a clock that is not right": Asdu(
        30, 3, STATION, (Observation(3, True, NOT_SYNCHRONISED, START_NS), Observation(4, True, 0, START_NS))
    ),
    "the same twice": Asdu(30, 3, STATION, (Observation(3, True, 0, START_NS), Observation(3, False, 0, START_NS))),
}


def _taken(
    units: Sequence[Asdu], device_clock: DeviceClock
) -> tuple[list[Sample], list[tuple[object, ...]], Counter[str]]:
    """Events, measurands, and what was counted."""
    wire = Wire(device_clock=device_clock)
    frames = [apci.information(number, 0, codec.encode(unit)) for number, unit in enumerate(units)]
    wire.station.receive(b"".join(frames), 0.0)
    events = [sample for delivery in wire.station.deliveries for sample in delivery.events]
    return events, wire.measurands, wire.counted


@pytest.mark.parametrize("device_clock", DeviceClock)
@pytest.mark.parametrize("name", FRAMES)
def test_columns_give_the_same_samples(name: str, device_clock: DeviceClock) -> None:
    units = [FRAMES[name], *FRAMES.values()]
    together = _taken(units, device_clock)
    with mock.patch.object(codec, "decode_many", return_value=None):
        assert together == _taken(units, device_clock)
    assert together[0]
    assert together[1]


def test_a_device_that_invents_stations_fills_no_memory() -> None:
    wire = Wire()
    units = (Asdu(30, 3, station, (Observation(3, True, 0, START_NS),)) for station in range(1000, 21_000))
    octets = [apci.information(number, 0, codec.encode(unit)) for number, unit in enumerate(units)]
    wire.station.receive(b"".join(octets[:4000]), 0.0)  # more than what is said of it is kept for
    tracemalloc.start()
    for frame in octets[4000:]:
        wire.station.receive(frame, 0.0)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 500_000
    assert wire.counted["unknown objects"] == 20_000
