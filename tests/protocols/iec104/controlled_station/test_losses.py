"""Full buffers: what is kept for whom, how people are told, and what the control centre sees of it."""

from __future__ import annotations

from models.quality import STALE
from protocols.iec104.controlled_station.losses import Losses
from protocols.iec104.controlled_station.refusals import Refusals
from tests.protocols.iec104.pair import START_NS, STATION, Centre, Device, Time

OVERFLOW = 9000


def flood(device: Device, address: int, numbers: range) -> None:
    for number in numbers:
        device.update(address, bool(number & 1), START_NS + number * 1_000_000)


def test_the_control_centre_sees_the_overflow_until_everything_is_acknowledged() -> None:
    device = Device(Time(), events=50, overflow=(STATION, OVERFLOW))
    flood(device, 3, range(50))
    assert device.outstation.lost() == 0
    flood(device, 3, range(50, 60))
    centre = Centre(device)
    centre.confirm()
    told = [item.value for unit in centre.heard for item in unit.observations() if item.address == OVERFLOW]
    assert told == [True, False]
    assert device.outstation.lost() == 11  # ten, and one for the word that there was no room


def test_losses_are_told_at_once_and_then_once_a_minute() -> None:
    device = Device(Time(), events=10)
    flood(device, 3, range(1000))
    assert len(device.losses) == 1
    device.time.now_s += 59.0
    flood(device, 3, range(1000, 1010))
    assert len(device.losses) == 1
    device.time.now_s += 2.0
    flood(device, 3, range(1010, 1011))
    assert "1000 events, 1001 in all" in device.losses[1]


def test_nothing_is_told_of_losses_that_an_earlier_life_has_told() -> None:
    device = Device(Time(), events=10)
    flood(device, 3, range(30))
    again = Losses(device.outstation._groups.values(), device.time.utc_ns)  # noqa: SLF001
    assert (again.texts(), again.changed()) == ([], [])


def test_refused_peers_are_told_once_a_minute_with_a_count_and_never_without_bound() -> None:
    time, told = Time(), list[str]()
    refusals = Refusals(told.append, time.utc_ns)
    for _ in range(5):
        refusals.refused("NCC", "10.0.0.1", "no peer")
    assert told == ["NCC: connection of 10.0.0.1 is closed: no peer"]
    time.now_s += 61.0
    refusals.refused("NCC", "10.0.0.1", "no peer")
    assert told[1:] == ["NCC: connection of 10.0.0.1 is closed: no peer; 4 more since it was told last"]
    for number in range(1000):
        refusals.refused("NCC", f"10.1.{number >> 8}.{number & 255}", "no peer")
    assert len(told) < 105


def test_a_point_is_invalid_until_the_field_answers() -> None:
    assert Device(Time()).outstation.image.slot(STATION, 3).quality == int(STALE)  # type: ignore[union-attr]
