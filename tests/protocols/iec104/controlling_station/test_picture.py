"""The controlling station keeps its picture complete, also with devices that answer oddly: frame by frame, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.driver import LinkConfig
from models.errors import ConfigError, RemoteProtocolError
from models.point import Cdc, Dbpos, Handle, Iec104Address
from models.quality import Quality
from protocols.iec104.application.asdu import Asdu, CounterReading, InformationObject, Observation, Service
from protocols.iec104.controlling_station.clock_policy import DeviceClock
from protocols.iec104.controlling_station.counter_freeze import CounterFreeze
from protocols.iec104.controlling_station.settings import read_settings
from protocols.iec104.controlling_station.targets import targets_of
from protocols.iec104.link.closing import Closing, closing_of
from protocols.iec104.link.session import Parameters
from tests.protocols.iec104.pair import POINTS, START_NS, STATION, spec
from tests.protocols.iec104.wire import Wire

ADDRESSES = [1, 2, 3, 4, 5, 11, 12, 20]
GONE = int(Quality.INVALID | Quality.OLD_DATA)
IV = int(Quality.CLOCK_NOT_SYNCHRONISED)


class Device(Wire):
    """What it was asked, and shorter words for what it answers."""

    def __init__(self, **settings: object) -> None:
        patient = Parameters(t1_s=1e5, t3_s=1e5)  # the link layer has tests of its own
        super().__init__(parameters=patient, **settings)
        self.asked: list[tuple[int, int, int]] = []

    def output(self) -> list[Asdu]:
        units = super().output()
        if not hasattr(self, "asked"):
            self.asked = []
        for unit in units:
            [item] = unit.objects
            assert isinstance(item, Service)
            self.asked.append((unit.type_id, item.address, item.qualifier))
        return units

    def answer(self, type_id: int, cause: int, *items: InformationObject, negative: bool = False, **other: int) -> None:
        self.say(Asdu(type_id, cause, STATION, items, negative=negative, **other), self.received)  # type: ignore[arg-type]

    @property
    def received(self) -> int:
        return len(self.asked)

    def interrogated(self, *addresses: int) -> None:
        """Answers a general interrogation with these objects."""
        self.answer(100, 7, Service(0, 20))
        for address in addresses:
            kind, value = (
                (3, Dbpos.ON) if address == 1 else (1, True) if address < 5 else (11, 7) if address == 5 else (13, 1.5)
            )
            self.answer(kind, 20, Observation(address, value))  # type: ignore[arg-type]
        self.answer(100, 10, Service(0, 20))

    def pass_time(self, seconds: float) -> None:
        self.time.now_s += seconds
        self.station.tick(self.time.now_s)
        self.output()

    def samples(self) -> dict[int, tuple[object, int]]:
        """Last value and quality by handle."""
        found: dict[int, tuple[object, int]] = {row[0]: (row[1], row[2]) for row in self.events()}
        return found | {int(str(row[0])): (row[1], int(str(row[2]))) for row in self.measurands}


@pytest.fixture
def device() -> Device:
    made = Device()
    made.output()
    assert made.asked == []  # the request has left with the confirmation of STARTDT
    made.asked = [(100, 0, 20)]
    return made


def test_a_complete_answer_asks_for_nothing_more(device: Device) -> None:
    device.interrogated(*ADDRESSES)
    assert device.is_complete
    device.pass_time(11.0)
    assert device.asked == [(100, 0, 20)]


def test_what_an_interrogation_leaves_out_is_read(device: Device, caplog: pytest.LogCaptureFixture) -> None:
    device.interrogated(*ADDRESSES[:-2])
    assert device.is_complete, "the link is up with what there is"
    assert device.asked[1:] == [(102, 12, 0), (102, 20, 0)]
    device.answer(13, 5, Observation(12, 2.5))
    device.answer(13, 5, Observation(20, 3.5))
    device.pass_time(20.0)
    assert device.samples()[20] == (3.5, 0)
    assert not caplog.records


def test_what_does_not_come_at_all_is_told_and_invalid(caplog: pytest.LogCaptureFixture) -> None:
    device = Device(interrogation_period_s=3600.0)
    device.asked = [(100, 0, 20)]
    device.interrogated(*ADDRESSES)
    for address in (3, 20):
        assert device.samples()[address][1] == 0
    device.pass_time(3600.0)
    assert device.asked == [(100, 0, 20)] * 2
    device.interrogated(1, 2, 4, 5, 11, 12)
    device.pass_time(9.9)
    assert device.samples()[3][1] == 0, "it still may come"
    device.pass_time(0.2)
    assert device.samples()[3] == (True, GONE)
    assert device.samples()[20] == (1.5, GONE)
    [record] = caplog.records
    assert "does not deliver ST103/K1/E01/SFPI1.FwdFlt (103/3), ST103/K1/E01/ZBAT1.Vol (103/20)" in record.getMessage()
    assert device.counted["points not delivered"] == 2
    device.answer(1, 3, Observation(3, False))
    assert device.samples()[3] == (False, 0), "valid again when it is heard"


def test_a_device_that_does_not_read_is_not_asked_on(device: Device) -> None:
    device.interrogated(1)
    assert [asked[0] for asked in device.asked[1:]] == [102] * 7
    device.answer(102, 44, Service(3), negative=True)
    device.pass_time(10.1)
    assert device.counted["points not delivered"] == 7


def test_reads_can_be_switched_off() -> None:
    device = Device(read_missing=False)
    device.asked = [(100, 0, 20)]
    device.interrogated(1)
    device.pass_time(0.0)
    assert device.asked == [(100, 0, 20)]
    assert device.counted["points not delivered"] == 7


@pytest.mark.parametrize(
    "oddity", ["no confirmation", "empty termination", "no termination", "twice", "tagged", "other originator"]
)
def test_odd_answers_make_a_complete_picture(device: Device, oddity: str) -> None:
    if oddity == "no confirmation":
        device.answer(13, 20, Observation(11, 1.0))
        device.answer(100, 10, Service(0, 20))
    elif oddity == "empty termination":
        device.answer(100, 7, Service(0, 20))
        device.say(bytes.fromhex("64000a006700"), device.received)
    elif oddity == "no termination":
        device.answer(13, 20, Observation(11, 1.0))
        device.pass_time(30.0)
        assert device.counted["odd interrogations"] == 1
    elif oddity == "twice":
        device.interrogated(*ADDRESSES)
        device.interrogated(*ADDRESSES)
    elif oddity == "tagged":
        device.answer(36, 20, Observation(11, 1.0, 0, START_NS))
        device.answer(100, 10, Service(0, 20))
        assert device.counted["causes not allowed"] == 1
    else:
        device.answer(100, 7, Service(0, 20), originator=99)
        device.answer(100, 10, Service(0, 20), originator=99)
        assert device.counted["answers to another originator"] == 2
    assert device.is_complete


def test_a_refused_interrogation_has_its_own_reason(device: Device) -> None:
    with pytest.raises(RemoteProtocolError) as raised:
        device.answer(100, 7, Service(0, 20), negative=True)
    assert closing_of(raised.value) is Closing.NO_INTERROGATION


def test_a_restart_in_the_middle_of_an_answer_is_interrogated_again(device: Device) -> None:
    device.answer(100, 7, Service(0, 20))
    device.answer(13, 20, Observation(11, 1.0))
    device.answer(70, 4, Service())
    assert device.asked == [(100, 0, 20)]
    device.pass_time(2.0)  # what it had begun is forgotten
    assert device.asked[:2] == [(100, 0, 20), (100, 0, 20)]
    assert not device.is_complete
    device.interrogated(*ADDRESSES)
    assert device.is_complete


def test_an_end_of_initialisation_that_crosses_the_request_asks_once(device: Device) -> None:
    device.answer(70, 4, Service())
    device.interrogated(*ADDRESSES)
    assert device.asked == [(100, 0, 20)]
    device.answer(70, 4, Service())
    assert device.asked == [(100, 0, 20)] * 2
    assert device.counted["restarts of the device"] == 1


TOTAL = spec(40, "MMTR1.SupWh", Cdc.BCR, 37)


def counting(freeze: CounterFreeze, period_s: float = 0.0) -> Device:
    POINTS.append(TOTAL)
    try:
        device = Device(counter_freeze=freeze, counter_period_s=period_s)
    finally:
        POINTS.remove(TOTAL)
    device.asked = [(100, 0, 20)]
    device.interrogated(*ADDRESSES)
    return device


def test_totals_are_asked_for_after_the_picture_and_belong_to_no_interrogation() -> None:
    device = counting(CounterFreeze.READ, 60.0)
    assert device.is_complete
    assert device.asked[1:] == [(101, 0, 5)]
    device.answer(101, 7, Service(0, 5))
    device.answer(15, 37, Observation(40, CounterReading(1234, 3)))
    device.answer(101, 10, Service(0, 5))
    assert device.samples()[40] == (1234, 0)
    device.pass_time(60.0)
    assert device.asked[2:] == [(101, 0, 5)]
    assert "points not delivered" not in device.counted


@pytest.mark.parametrize(("freeze", "qualifier"), [(CounterFreeze.FREEZE, 0x45), (CounterFreeze.FREEZE_RESET, 0x85)])
def test_totals_are_frozen_and_then_read(freeze: CounterFreeze, qualifier: int) -> None:
    device = counting(freeze)
    assert device.asked[1:] == [(101, 0, qualifier)]
    device.answer(101, 7, Service(0, qualifier))
    assert device.asked[2:] == [(101, 0, 5)], "frozen is frozen: some devices end that, some do not"
    device.answer(101, 10, Service(0, qualifier))
    device.answer(101, 7, Service(0, 5))
    device.answer(15, 37, Observation(40, CounterReading(9)))
    device.answer(101, 10, Service(0, 5))
    assert device.samples()[40] == (9, 0)
    assert "odd interrogations" not in device.counted


def test_a_device_without_counter_interrogation_keeps_its_link() -> None:
    device = counting(CounterFreeze.READ)
    device.answer(101, 44, Service(0, 5), negative=True)
    assert device.counted["odd interrogations"] == 1
    device = counting(CounterFreeze.READ)
    device.pass_time(30.0)
    assert device.counted["odd interrogations"] == 1


@pytest.mark.parametrize(
    ("clock", "quality", "expected"),
    [
        (DeviceClock.TRUST, 0, (START_NS, 0)),
        (DeviceClock.TRUST, IV, (START_NS, IV)),
        (DeviceClock.VALID, 0, (START_NS, 0)),
        (DeviceClock.VALID, IV, (None, 0)),
        (DeviceClock.ARRIVAL, 0, (None, 0)),
        (DeviceClock.ARRIVAL, IV, (None, 0)),
    ],
)
def test_time_tags_are_believed_as_it_was_agreed(
    clock: DeviceClock, quality: int, expected: tuple[object, int]
) -> None:
    device = Device(device_clock=clock)
    device.asked = [(100, 0, 20)]
    device.answer(30, 3, Observation(3, True, quality, START_NS))
    [(_, _, found, time_ns)] = device.events()
    assert (time_ns, found) == expected
    assert device.counted.get("time tags not synchronised", 0) == (clock is not DeviceClock.ARRIVAL and bool(quality))


def test_a_clock_that_runs_ahead_or_was_off_is_told(caplog: pytest.LogCaptureFixture) -> None:
    device = Device(clock_sync=True)
    device.asked = [(103, 0, 0), (100, 0, 20)]
    device.answer(103, 7, Service(0, 0, START_NS - 12_300_000_000))
    device.answer(30, 3, Observation(3, True, 0, START_NS + 60_000_000_000))
    assert [record.getMessage() for record in caplog.records] == [
        "ST103: its clock was 12.3 s behind before it was set",
        "ST103: sends time tags 60 s ahead of this unit's clock",
    ]
    assert device.events()[0][3] == START_NS + 60_000_000_000, "never altered"


def test_a_test_command_finds_a_dead_application_behind_a_live_link() -> None:
    device = Device(test_period_s=20.0)
    device.asked = [(100, 0, 20)]
    device.interrogated(*ADDRESSES)
    device.pass_time(20.0)
    assert device.asked[1:] == [(107, 0, 1)]
    device.answer(107, 7, Service(0, 1, START_NS))
    device.pass_time(20.0)
    assert device.asked[2:] == [(107, 0, 2)]
    with pytest.raises(RemoteProtocolError, match="no answer to a test command"):
        device.pass_time(10.0)


def test_a_device_that_knows_no_test_command_is_not_tested_again(caplog: pytest.LogCaptureFixture) -> None:
    device = Device(test_period_s=20.0)
    device.asked = [(100, 0, 20)]
    device.interrogated(*ADDRESSES)
    device.pass_time(20.0)
    device.answer(107, 44, Service(0, 1, START_NS), negative=True)
    device.pass_time(40.0)
    assert len(device.asked) == 2
    assert "refuses C_TS_TA_1" in caplog.records[0].getMessage()


@pytest.mark.parametrize("cause", [11, 12])
def test_return_information_is_an_event_like_others(device: Device, cause: int) -> None:
    device.answer(31, cause, Observation(1, Dbpos.ON, 0, START_NS))
    assert device.samples()[1] == (Dbpos.ON, 0)
    assert "causes not allowed" not in device.counted


def test_settings_are_read_strictly() -> None:
    def link(**settings: str | float | bool) -> LinkConfig:
        return LinkConfig("ST1", "iec104", "ST1", "rtu", 2404, settings)

    read = read_settings(
        link(
            counter_period_s=900, counter_freeze="freeze", device_clock="valid", test_period_s=60.0, read_missing=False
        )
    )
    assert (read.counter_period_s, read.counter_freeze) == (900, CounterFreeze.FREEZE)
    assert (read.device_clock, read.test_period_s, read.read_missing) == (DeviceClock.VALID, 60.0, False)
    for wrong in (
        {"counter_freeze": "melt"},
        {"device_clock": True},
        {"read_missing": 1},
        {"test_period_s": float("inf")},
    ):
        with pytest.raises(ConfigError, match=next(iter(wrong))):
            read_settings(link(**wrong))  # type: ignore[arg-type]


def test_events_of_protection_belong_to_no_interrogation() -> None:
    handle, point = spec(50, "GGIO1.Ind", Cdc.SPS, 30)
    odd = replace(point, monitor=Iec104Address(STATION, 50, 38))
    assert targets_of([(Handle(handle), odd)]).to_interrogate == {}
