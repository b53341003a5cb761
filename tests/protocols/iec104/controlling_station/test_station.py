"""The controlling station joined with our outstation in memory: picture, events, acknowledgement, commands."""

from __future__ import annotations

import logging

import pytest

from models.errors import RemoteProtocolError
from models.point import Dbpos, Handle
from models.quality import Quality
from protocols.iec104.application.asdu import Asdu, CounterReading, Observation, Service, StepPosition
from protocols.iec104.application.codec import decode, encode
from protocols.iec104.controlling_station.settings import LinkSettings
from protocols.iec104.controlling_station.station import ControllingStation
from protocols.iec104.controlling_station.targets import Targets, targets_of
from protocols.iec104.link import apci
from protocols.iec104.link.apci import Function
from tests.protocols.iec104.pair import POINTS, START_NS, STATION, Device, Master, Time
from tests.protocols.iec104.wire import Wire

ODD = int(Quality.QUESTIONABLE | Quality.INCONSISTENT)


@pytest.fixture
def device() -> Device:
    return Device(Time())


def test_first_picture_is_complete_then_connected(device: Device) -> None:
    device.update(1, Dbpos.ON, START_NS)
    master = Master(device)
    master.exchange()
    assert master.connected == 1
    rows = {sample.handle: sample for sample in master.events}
    assert set(rows) == {1, 2, 3, 4, 5}
    assert rows[Handle(1)][1:] == (Dbpos.ON, 0, None, START_NS)  # the untagged answer comes last
    assert set(master.measurands.handles) == {11, 12, 20}
    assert {sample.source_time_ns for sample in master.events if sample.handle == 1} == {START_NS, None}


def test_events_come_with_their_own_time_and_arrival(device: Device) -> None:
    master = Master(device)
    master.exchange()
    device.time.now_s = 1.0
    device.update(3, True, START_NS + 7_000_000, int(Quality.SUBSTITUTED | Quality.TEST))
    device.update(11, 5.5, START_NS + 8_000_000)
    master.exchange()
    assert list(master.events)[-1] == (
        3, True, int(Quality.SUBSTITUTED | Quality.TEST), START_NS + 7_000_000, START_NS + 1_000_000_000,
    )  # fmt: skip
    assert list(master.measurands)[-1][:4] == (11, 5.5, 0, START_NS + 8_000_000)


def test_events_are_acknowledged_only_when_stored(device: Device) -> None:
    master = Master(device)
    master.exchange()
    master.stores = False
    device.update(3, True, START_NS)
    master.exchange()
    device.update(11, 1.0, START_NS)
    master.exchange()  # a measurand after it must not acknowledge the event before it
    device.time.now_s = 12.0
    master.station.tick(12.0)
    master.exchange()
    assert device.outstation.unacknowledged() == 1
    master.stores = True
    master.store()
    master.exchange()
    assert device.outstation.unacknowledged() == 0


def test_batch_that_is_being_stored_holds_back_later_frames(device: Device) -> None:
    master = Master(device, stores=False)
    master.exchange()
    device.update(3, True, START_NS)
    master.exchange()
    in_storage = list(master.station.deliveries)
    master.station.deliveries.clear()
    device.update(11, 1.0, START_NS)
    master.exchange()
    assert [delivery.number > in_storage[-1].number for delivery in master.station.deliveries] == [True]


def test_slow_history_closes_the_window_and_loses_nothing(device: Device) -> None:
    master = Master(device, stores=False)
    master.exchange()
    for number in range(2000):
        device.update(3, bool(number & 1), START_NS + number * 1_000_000)
    master.exchange()
    assert 0 < len(master.station.deliveries) <= 12
    assert device.outstation.unacknowledged() == 2000
    master.stores = True
    master.store()
    master.exchange()
    tagged = [time_ns for time_ns in master.events.source_times_ns if time_ns is not None]
    assert tagged == [START_NS + number * 1_000_000 for number in range(2000)]


def test_end_of_initialisation_asks_for_a_new_picture(device: Device) -> None:
    master = Master(device)
    master.exchange()
    count = len(master.events)
    master.link.answer(encode(Asdu(70, 4, STATION, (Service(0, 1),))))
    master.exchange()
    assert len(master.events) == count + 5
    assert master.connected == 1


@pytest.mark.parametrize(
    ("type_id", "value", "expected"),
    [
        (1, True, {1: (Dbpos.ON, 0), 3: (True, 0), 5: (1, ODD), 11: (1.0, ODD)}),
        (31, Dbpos.OFF, {1: (Dbpos.OFF, 0), 3: (False, 0), 5: (1, ODD), 11: (1.0, ODD)}),
        (3, Dbpos.BAD, {1: (Dbpos.BAD, 0), 3: (False, ODD), 5: (3, ODD), 11: (3.0, ODD)}),
        (5, StepPosition(-3), {1: (Dbpos.BAD, ODD), 3: (True, ODD), 5: (-3, 0), 11: (-3.0, 0)}),
        (32, StepPosition(2, True), {5: (2, int(Quality.QUESTIONABLE))}),
        (7, 2, {1: (Dbpos.ON, ODD), 3: (True, ODD), 5: (2, 0), 11: (2.0, 0)}),
        (9, 0.5, {1: (Dbpos.BAD, ODD), 3: (True, ODD), 5: (0, 0), 11: (0.5, 0)}),
        (35, 2, {1: (Dbpos.ON, ODD), 3: (True, ODD), 5: (2, 0), 11: (2.0, 0)}),
        (13, 2.5, {1: (Dbpos.BAD, ODD), 3: (True, ODD), 5: (2, 0), 11: (2.5, 0)}),
        (15, CounterReading(9), {1: (Dbpos.BAD, ODD), 3: (True, ODD), 5: (9, 0), 11: (9.0, 0)}),
    ],
)
def test_every_type_is_taken_for_every_point(
    type_id: int, value: object, expected: dict[int, tuple[object, int]]
) -> None:
    wire = Wire()
    time_ns = START_NS if type_id >= 30 else None
    for address in expected:
        wire.say(Asdu(type_id, 3, STATION, (Observation(address, value, 0, time_ns),)))  # type: ignore[arg-type]
    found = {row[0]: row[1:] for row in wire.events()} | {row[0]: row[1:4] for row in wire.measurands}  # type: ignore[misc]
    assert found == {address: (*result, time_ns) for address, result in expected.items()}


def test_unknown_objects_and_types_are_reported_once_and_take_nothing_along(caplog: pytest.LogCaptureFixture) -> None:
    wire = Wire()
    for _ in range(3):
        wire.say(Asdu(1, 3, STATION, (Observation(99, True), Observation(3, True))))
        wire.say(bytes.fromhex("c801030067000100000102"))
        wire.say(bytes.fromhex("0401030067000100000202000a"))
        wire.say(Asdu(1, 9, STATION, (Observation(4, True),)))
        wire.say(Asdu(11, 3, STATION, (Observation(3, 1),)))
    assert [row[0] for row in wire.events()] == [3, 1, 4, 3] * 3
    reports = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(reports) == 5
    for part in (
        "object 103/99",
        "type 200",
        "M_DP_TA_1, which IEC 104 does not have",
        "cause 9",
        "scaled value for ST103/K1/E01/SFPI1.FwdFlt (SPS)",
    ):
        assert sum(part in report for report in reports) == 1


def test_reports_are_bounded(caplog: pytest.LogCaptureFixture) -> None:
    wire = Wire()
    for address in range(100, 3100):
        wire.say(Asdu(1, 3, STATION, (Observation(address, True),)))
    assert len(caplog.records) == 200


def test_malformed_unit_closes_the_link_and_keeps_what_came_before() -> None:
    wire = Wire()
    good = encode(Asdu(13, 3, STATION, (Observation(11, 1.0),)))
    event = encode(Asdu(1, 3, STATION, (Observation(3, True),)))
    octets = b"".join(
        apci.information(number, 0, asdu)
        for number, asdu in enumerate([good, event, bytes.fromhex("018203000100"), event])
    )
    with pytest.raises(RemoteProtocolError):
        wire.station.receive(octets, 0.0)
    assert len(wire.measurands) == 1
    assert len(wire.events()) == 1


def test_clock_is_set_before_the_interrogation_and_again_by_its_period() -> None:
    time = Time()
    station = ControllingStation(
        "ST103", targets_of(POINTS), [STATION, 104],
        LinkSettings(clock_sync=True, originator=9, clock_sync_period_s=60.0),
        time.utc_ns, lambda: None, lambda batch: None, 0.0,
    )  # fmt: skip
    assert list(apci.Splitter().feed(station.take_output())) == [apci.Unnumbered(Function.STARTDT_ACT)]
    station.receive(apci.unnumbered(Function.STARTDT_CON), 0.0)
    time.now_s = 2.0
    station.pump(2.0)
    frames = [frame for frame in apci.Splitter().feed(station.take_output()) if isinstance(frame, apci.Information)]
    assert [decode(frame.asdu) for frame in frames] == [
        Asdu(103, 6, STATION, (Service(0, 0, START_NS + 2_000_000_000),), 9),
        Asdu(103, 6, 104, (Service(0, 0, START_NS + 2_000_000_000),), 9),
        Asdu(100, 6, STATION, (Service(0, 20),), 9),
    ]
    station.receive(apci.supervisory(3) + apci.unnumbered(Function.TESTFR_ACT), 14.0)
    assert station.next_deadline_s() <= 60.0


def test_stations_are_interrogated_one_after_the_other() -> None:
    station = ControllingStation(
        "ST103", Targets(), [5, 6], LinkSettings(), lambda: START_NS, lambda: None, lambda batch: None, 0.0
    )
    station.receive(apci.unnumbered(Function.STARTDT_CON), 0.0)
    station.pump(0.0)
    answers = [
        Asdu(100, 7, 5, (Service(0, 20),)),
        Asdu(100, 10, 5, (Service(0, 20),)),
        bytes.fromhex("64000a000600"),  # no confirmation, and an empty termination: some devices do that
    ]
    stations = []
    for number, answer in enumerate(answers):
        raw = encode(answer) if isinstance(answer, Asdu) else answer
        station.receive(apci.information(number, 0, raw), 0.0)
        station.pump(0.0)
        frames = apci.Splitter().feed(station.take_output())
        stations += [decode(frame.asdu).common_address for frame in frames if isinstance(frame, apci.Information)]
    assert stations == [5, 6]
    assert [delivery.complete for delivery in station.deliveries] == [True]


@pytest.mark.parametrize(("cause", "negative"), [(7, True), (44, True), (45, False), (46, True), (47, True)])
def test_refused_interrogation_closes_the_link(cause: int, negative: bool) -> None:
    wire = Wire()
    with pytest.raises(RemoteProtocolError, match="common address 103 refused"):
        wire.say(Asdu(100, cause, STATION, (Service(0, 20),), negative=negative))


def test_interrogation_that_is_never_ended_is_taken_as_complete() -> None:
    wire = Wire(interrogation_timeout_s=9.0)
    wire.time.now_s = 5.0
    wire.say(Asdu(100, 7, STATION, (Service(0, 20),)), 1)
    wire.time.now_s = 10.0
    wire.say(Asdu(1, 20, STATION, (Observation(3, True),)), 1)
    wire.station.tick(18.9)
    assert not wire.is_complete
    wire.station.tick(19.0)  # some devices never end it: what came counts, what is missing is told
    assert wire.is_complete


def test_interrogation_without_any_answer_closes_the_link() -> None:
    wire = Wire(interrogation_timeout_s=9.0)
    wire.station.tick(8.9)
    with pytest.raises(RemoteProtocolError, match="no progress"):
        wire.station.tick(9.0)


def test_interrogation_is_repeated_by_its_period() -> None:
    wire = Wire(interrogation_period_s=12.0)
    wire.say(Asdu(100, 10, STATION, (Service(0, 20),)), 1)
    assert wire.output() == []
    wire.time.now_s = 12.0
    wire.station.tick(12.0)
    assert [unit.type_id for unit in wire.output()] == [100]
