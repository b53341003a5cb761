"""The controlled station: what it answers, what it keeps, whom it obeys."""

from __future__ import annotations

import pytest

from models.errors import LocalProtocolError, RemoteProtocolError
from models.point import Dbpos
from models.quality import Quality
from protocols.iec104.application.asdu import GLOBAL_ADDRESS, Asdu, Observation, Service
from protocols.iec104.application.codec import decode
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import ControlPoint, OutstationPoint
from tests.protocols.iec104.pair import START_NS, STATION, Centre, Device, Time

STALE_WIRE = int(Quality.INVALID | Quality.OLD_DATA)


@pytest.fixture
def device() -> Device:
    return Device(Time())


def values(units: list[Asdu]) -> dict[int, object]:
    return {item.address: item.value for unit in units for item in unit.observations()}


def test_start_is_followed_by_end_of_initialisation_once(device: Device) -> None:
    centre = Centre(device)
    assert [(unit.type_id, unit.cause, unit.common_address) for unit in centre.heard] == [(70, 4, STATION)]
    centre.confirm()
    centre.break_off()
    assert Centre(device).heard == []


def test_interrogation_answers_every_point_untagged(device: Device) -> None:
    device.update(1, Dbpos.ON, START_NS)
    device.update(11, 4.5, START_NS)
    centre = Centre(device)
    centre.listen()
    first, *data, last = centre.ask(100, Service(0, 20))
    assert (first.type_id, first.cause, first.negative, first.originator) == (100, 7, False, 7)
    assert (last.type_id, last.cause, last.negative) == (100, 10, False)
    assert {(unit.type_id, unit.cause, unit.sequence) for unit in data} == {
        (3, 20, False),
        (1, 20, True),
        (11, 20, False),
        (13, 20, True),
        (13, 20, False),
    }
    assert values(data) == {1: Dbpos.ON, 2: False, 3: False, 4: False, 5: 0, 11: 4.5, 12: 0.0, 20: 0.0}
    known = {item.address for unit in data for item in unit.observations() if item.quality == 0}
    assert known == {1, 11}
    assert all(item.quality in (0, STALE_WIRE) for unit in data for item in unit.observations())


def test_interrogation_of_all_stations_answers_for_each() -> None:
    points = [OutstationPoint(station, address, 30) for station in (5, 6) for address in (1, 3)]
    device = Device(Time())
    device.outstation = Outstation(points, clock=device.time.utc_ns)
    units = Centre(device).ask(100, Service(0, 20), station=GLOBAL_ADDRESS)
    assert [(unit.common_address, unit.cause) for unit in units] == [
        (5, 7), (6, 7), (5, 20), (5, 10), (6, 20), (6, 10),
    ]  # fmt: skip


def test_large_interrogation_obeys_the_window() -> None:
    device = Device(Time())
    device.outstation = Outstation(
        [OutstationPoint(1, 2 * number, 36, False) for number in range(1, 5001)], clock=device.time.utc_ns
    )
    centre = Centre(device, k=12, w=8)
    centre.acknowledges = False
    centre.ask(100, Service(0, 20), station=1)
    assert centre.session.received == 13  # the request acknowledged the end of initialisation
    centre.acknowledges = True
    centre.session.acknowledge(13, 0.0)
    centre.exchange()
    assert len(values(centre.heard)) == 5000
    assert centre.heard[-1].cause == 10


def test_group_interrogation_and_its_deactivation() -> None:
    device = Device(Time())
    points = [OutstationPoint(1, address, 30, group=1 + address % 2) for address in range(1, 2001)]
    device.outstation = Outstation(points, clock=device.time.utc_ns)
    centre = Centre(device)
    assert set(values(centre.ask(100, Service(0, 21), station=1))) == set(range(2, 2001, 2))
    assert [unit.negative for unit in centre.ask(100, Service(0, 23), station=1)] == [True]
    assert [(unit.cause, unit.negative) for unit in centre.ask(100, Service(0, 21), cause=8, station=1)] == [(9, True)]


def test_second_interrogation_while_one_runs_is_refused_and_a_running_one_can_be_stopped() -> None:
    device = Device(Time())
    points = [OutstationPoint(1, 2 * address, 30) for address in range(1, 5001)]
    device.outstation = Outstation(points, clock=device.time.utc_ns)
    centre = Centre(device)
    centre.acknowledges = False
    centre.ask(100, Service(0, 20), station=1)
    centre.ask(100, Service(0, 20), station=1)
    centre.ask(100, Service(0, 20), station=1, cause=8)
    centre.acknowledges = True
    centre.session.acknowledge(centre.session.received, 0.0)
    units = centre.listen()
    assert [(unit.cause, unit.negative) for unit in units if unit.type_id == 100] == [(7, True), (9, False)]
    assert len(values(centre.heard)) < 5000


REFUSED = {
    "unknown type": ("c80106076700000000 14", 44),
    "type of IEC 101": ("680106076700000000 aa55", 44),
    "monitored type": ("010103076700010000 01", 44),
    "unknown cause": ("640103076700000000 14", 45),
    "unknown station": ("640106070100000000 14", 46),
    "command to all stations": ("2d010607ffff122700 01", 46),
    "interrogation of an object": ("640106076700010000 14", 47),
    "unknown command object": ("2d0106076700990000 01", 47),
    "command of another type": ("2e0106076700122700 01", 47),
    "unknown object read": ("660105076700990000", 47),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_known_is_mirrored_negatively_once(device: Device, name: str) -> None:
    octets, cause = bytes.fromhex(REFUSED[name][0]), REFUSED[name][1]
    units = Centre(device).send(octets)
    assert [(unit.type_id, unit.cause, unit.negative, unit.originator) for unit in units] == [
        (octets[0], cause, True, 7)
    ]
    assert device.requests == []


def test_negative_mirrors_are_not_answered(device: Device) -> None:
    assert Centre(device).send(bytes.fromhex("64016c076700000000 14")) == []
    assert Centre(device).send(bytes.fromhex("640147076700000000 14")) == []


def test_read_answers_the_static_value(device: Device) -> None:
    device.update(20, 24.5, START_NS)
    centre = Centre(device)
    assert centre.ask(102, Service(20), cause=5) == [Asdu(13, 5, STATION, (Observation(20, 24.5),), 7)]


def test_test_command_is_mirrored(device: Device) -> None:
    [unit] = Centre(device).ask(107, Service(0, 0x55AA, START_NS))
    assert (unit.cause, unit.negative, unit.objects) == (7, False, (Service(0, 0x55AA, START_NS),))


def test_clock_synchronisation_is_told_and_confirmed_with_our_own_time(device: Device) -> None:
    [unit] = Centre(device).ask(103, Service(0, 0, START_NS + 5_000_000_000))
    assert (unit.cause, unit.negative, unit.objects) == (7, False, (Service(0, 0, START_NS),))
    assert device.clocks == [START_NS + 5_000_000_000]


def test_clock_synchronisation_can_be_refused() -> None:
    device = Device(Time(), accepts_clock=False)
    [unit] = Centre(device).ask(103, Service(0, 0, START_NS))
    assert (unit.cause, unit.negative, device.clocks) == (7, True, [])


def test_events_carry_tag_quality_and_order(device: Device) -> None:
    centre = Centre(device)
    centre.listen()
    device.update(3, True, START_NS + 1_000_000)
    device.update(4, True, START_NS + 2_000_000, int(Quality.SUBSTITUTED))
    device.update(1, Dbpos.INTERMEDIATE, START_NS + 3_000_000)
    device.update(3, False, START_NS + 4_000_000)
    assert centre.listen() == [
        Asdu(
            30,
            3,
            STATION,
            (
                Observation(3, True, 0, START_NS + 1_000_000),
                Observation(4, True, int(Quality.SUBSTITUTED), START_NS + 2_000_000),
            ),
        ),
        Asdu(31, 3, STATION, (Observation(1, Dbpos.INTERMEDIATE, 0, START_NS + 3_000_000),)),
        Asdu(30, 3, STATION, (Observation(3, False, 0, START_NS + 4_000_000),)),
    ]


def test_value_without_time_is_sent_untagged_and_repetition_is_no_event(device: Device) -> None:
    centre = Centre(device)
    device.update(3, True)
    device.update(3, True)
    assert centre.listen() == [Asdu(1, 3, STATION, (Observation(3, True),))]
    device.update(3, True, START_NS)
    device.update(3, True, START_NS)
    assert len(centre.listen()) == 1  # an operation at its own time is an event though the value is the same


def test_test_bit_travels_in_the_cause(device: Device) -> None:
    centre = Centre(device)
    device.update(3, True, START_NS, int(Quality.TEST))
    device.update(4, True, START_NS)
    units = centre.listen()
    assert [(unit.test, values([unit])) for unit in units] == [(True, {3: True}), (False, {4: True})]
    units = centre.ask(100, Service(0, 20))
    assert {address for unit in units if unit.test for address in values([unit]) if unit.cause == 20} == {3}
    assert len(values(units)) == 8


def test_measurands_send_their_latest_value(device: Device) -> None:
    centre = Centre(device, k=12)
    centre.acknowledges = False
    for number in range(30):
        device.update(11, float(number), START_NS + number * 1_000_000)
        device.update(12, -float(number), START_NS + number * 1_000_000)
        if number == 0:
            centre.listen()
    assert values(centre.listen()) == {11: 29.0, 12: -29.0}


def test_events_survive_a_break_and_come_again_in_order(device: Device) -> None:
    centre = Centre(device, w=8)
    centre.confirm()
    for number in range(500):
        device.update(3 + number % 2, bool(number & 2), START_NS + number * 1_000_000)
    centre.acknowledges = False
    sent = [item for unit in centre.listen() for item in unit.observations()]
    assert 0 < len(sent) < 500
    centre.break_off()
    assert device.outstation.unacknowledged() == 500
    for number in range(500, 510):
        device.update(3 + number % 2, bool(number & 2), START_NS + number * 1_000_000)
    again = Centre(device)
    received = [item for unit in again.heard for item in unit.observations()]
    assert [item.time_ns for item in received] == [START_NS + number * 1_000_000 for number in range(510)]
    assert received[: len(sent)] == sent
    again.confirm()
    assert (device.outstation.unacknowledged(), device.outstation.lost()) == (0, 0)


def test_only_acknowledged_events_are_forgotten(device: Device) -> None:
    centre = Centre(device, w=1)
    device.update(3, True, START_NS)
    centre.listen()
    assert device.outstation.unacknowledged() == 0
    centre.acknowledges = False
    device.update(3, False, START_NS)
    centre.listen()
    assert device.outstation.unacknowledged() == 1


def test_stop_forgets_nothing_that_is_not_acknowledged_and_repeats_nothing_that_is(device: Device) -> None:
    centre = Centre(device)
    device.update(3, True, START_NS)
    centre.listen()
    centre.session.stop(0.0)
    centre.exchange()
    device.update(3, False, START_NS + 1_000_000)
    assert centre.listen() == []
    centre.session.start(0.0)
    assert values(centre.listen()) == {3: False}


def test_full_buffer_drops_the_oldest_counts_and_says_so() -> None:
    device = Device(Time(), events=100)
    for number in range(1250):
        device.update(3, bool(number & 1), START_NS + number * 1_000_000)
    assert device.outstation.lost() == 1150
    device.time.now_s += 61.0
    device.update(4, True, START_NS)
    told = [text.partition(" has lost ")[2].partition(":")[0] for text in device.losses]
    assert told == ["1 events, 1 in all", "1150 events, 1151 in all"]
    received = [item for unit in Centre(device).heard for item in unit.observations()]
    assert [item.time_ns for item in received[:-1]] == [START_NS + number * 1_000_000 for number in range(1151, 1250)]


def test_every_group_has_its_own_buffer() -> None:
    device = Device(Time(), groups=("north", "south"))
    north = Centre(device, "north")
    device.update(3, True, START_NS)
    assert values(north.listen()) == {3: True}
    north.confirm()
    assert [device.outstation.unacknowledged(group) for group in ("north", "south")] == [0, 1]
    assert values(Centre(device, "south").heard) == {3: True}


def test_newest_connection_of_a_group_takes_over(device: Device) -> None:
    old = Centre(device)
    old.confirm()
    old.acknowledges = False
    device.update(3, True, START_NS)
    old.listen()
    waiting = Centre(device, start=False)
    assert old.link.failure == ""
    waiting.session.start(device.time.now_s)
    assert values(waiting.listen()) == {3: True}
    assert "in its place" in old.link.failure
    old.break_off()
    device.update(4, True, START_NS)
    assert values(waiting.listen()) == {4: True}


def test_observer_sees_events_from_its_start_on(device: Device) -> None:
    device.update(3, True, START_NS)
    observer = Centre(device, None)
    device.update(4, True, START_NS)
    assert values(observer.listen()) == {4: True}
    observer.break_off()
    assert values(Centre(device).heard) == {3: True, 4: True}


def test_peer_that_never_acknowledges_answers_is_closed(device: Device) -> None:
    centre = Centre(device)
    centre.acknowledges = False

    def flood() -> None:
        for _ in range(3000):
            centre.session.acknowledged = centre.session.sent  # a peer that ignores its own window
            centre.ask(102, Service(20), cause=5)

    with pytest.raises(RemoteProtocolError, match="before it has acknowledged the answers"):
        flood()


def test_notices_of_a_bad_peer_are_limited(device: Device) -> None:
    centre = Centre(device)
    for _ in range(300):
        centre.send(bytes.fromhex("c80106076700000000 14"))
    assert len(device.notices) == 100
    assert "not told" in device.notices[-1]


def test_wrong_updates_and_addresses_are_defects_of_the_caller(device: Device) -> None:
    with pytest.raises(LocalProtocolError, match="no point"):
        device.update(99, True)
    with pytest.raises(LocalProtocolError, match="is no double-point"):
        device.update(1, "on")
    for points, controls in (
        ([OutstationPoint(1, 1, 30), OutstationPoint(1, 1, 13)], []),
        ([OutstationPoint(0, 1, 30)], []),
        ([OutstationPoint(1, 0, 30)], []),
        ([OutstationPoint(1, 1, 45)], []),
        ([], [ControlPoint(1, 1, 30)]),
        ([], [ControlPoint(1, 1, 45), ControlPoint(1, 1, 46)]),
    ):
        with pytest.raises(LocalProtocolError):
            Outstation(points, controls, clock=lambda: 0)


def test_malformed_request_closes_the_link(device: Device) -> None:
    for octets in ("670106006700", "018206006700", "2d0206006700010000010200 0001"):
        centre = Centre(device)
        with pytest.raises(RemoteProtocolError):
            centre.send(bytes.fromhex(octets))
        centre.break_off()


def test_answers_decode_strictly(device: Device) -> None:
    centre = Centre(device)
    device.update(5, 40_000, START_NS)
    [unit] = centre.listen()
    assert unit.observations()[0].value == 32767
    assert decode(bytes.fromhex("230103006700 050000 ff7f 01 2a760f0ab40b1a")) == unit
