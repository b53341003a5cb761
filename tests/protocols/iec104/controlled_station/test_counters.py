"""Integrated totals: freezing, resetting, carry and number; nothing of it touches the process."""

from __future__ import annotations

import pytest

from models.point import Cdc
from models.quality import Quality
from protocols.iec104.application.asdu import Asdu, CounterReading, Service
from protocols.iec104.controlled_station.memory import Kept
from protocols.iec104.controlled_station.service_settings import CounterSettings, ServiceSettings
from tests.protocols.iec104.lasting import Lasting
from tests.protocols.iec104.pair import SPECS, START_NS, STATION, Centre, Device, Time, spec

SUPPLY, DEMAND = (spec(number, f"MMTR1.{name}", Cdc.BCR, 37)[1] for number, name in ((40, "SupWh"), (41, "DmdWh")))
READ, FREEZE, FREEZE_AND_RESET, RESET = 0x05, 0x45, 0x85, 0xC5


def device(memory: Lasting | None = None, groups: tuple[str, ...] = ("main",), **settings: object) -> Device:
    services = ServiceSettings(counters=CounterSettings(**settings))  # type: ignore[arg-type]
    return Device(Time(), groups=groups, specs=[*SPECS, SUPPLY, DEMAND], memory=memory, services=services)


def readings(units: list[Asdu]) -> dict[int, CounterReading]:
    return {item.address: item.value for unit in units for item in unit.observations()}  # type: ignore[misc]


def ask(centre: Centre, qualifier: int) -> dict[int, CounterReading]:
    """The answer of a counter interrogation that is confirmed and terminated as it should be."""
    first, *data, last = centre.ask(101, Service(0, qualifier))
    assert (first.type_id, first.cause, first.negative) == (101, 7, False)
    assert (last.type_id, last.cause, last.negative) == (101, 10, False)
    return readings(data)


def test_reading_gives_what_was_frozen_and_before_that_what_runs() -> None:
    site = device()
    centre = Centre(site)
    site.update(40, 1000, START_NS)
    assert ask(centre, READ)[40] == CounterReading(1000)
    assert ask(centre, FREEZE) == {}
    site.update(40, 1500, START_NS)
    first, *data, last = centre.ask(101, Service(0, READ))
    assert {(unit.type_id, unit.cause) for unit in data} == {(15, 37)}
    assert readings(data)[40] == CounterReading(1000, 0)
    ask(centre, FREEZE)
    assert ask(centre, READ)[40] == CounterReading(1500, 1)


def test_a_reset_counts_on_from_zero_for_this_centre_alone_and_changes_no_point() -> None:
    site = device(groups=("north", "south"))
    north, south = Centre(site, "north"), Centre(site, "south")
    site.update(40, 700, START_NS)
    ask(north, FREEZE_AND_RESET)
    assert ask(north, READ)[40] == CounterReading(700, 0)
    site.update(40, 950, START_NS)
    ask(north, FREEZE_AND_RESET)
    assert ask(north, READ)[40] == CounterReading(250, 1)
    assert ask(south, READ)[40].total == 950
    slot = site.outstation.image.slot(STATION, 40)
    assert slot is not None
    assert slot.value == 950
    ask(north, RESET)
    site.update(40, 960, START_NS)
    ask(north, FREEZE)
    assert ask(north, READ)[40] == CounterReading(10, 2, adjusted=True)


def test_groups_of_counters_have_causes_of_their_own() -> None:
    site = device(groups=("main",))
    services = ServiceSettings(counters=CounterSettings(groups={2: ("*SupWh",)}))
    site = Device(Time(), specs=[SUPPLY, DEMAND], services=services)
    centre = Centre(site)
    site.update(40, 5, START_NS)
    _, data, _ = centre.ask(101, Service(0, 2))
    assert (data.cause, readings([data]).keys()) == (39, {40})
    for qualifier in (1, 0, 6, 33):
        [unit] = centre.ask(101, Service(0, qualifier))
        assert (unit.cause, unit.negative) == (7, True)


def test_local_freeze_is_told_as_an_event_at_whole_periods_of_utc() -> None:
    site = device(freeze_period_s=60.0, spontaneous=True)
    site.update(40, 123, START_NS)
    site.update(41, 0, START_NS)
    site.wait(119.0)  # nobody is connected: it waits
    centre = Centre(site)
    events = [unit for unit in centre.heard if unit.type_id == 37]
    assert {unit.cause for unit in events} == {3}
    found = [item for unit in events for item in unit.observations() if item.address == 40]
    assert [item.value for item in found] == [CounterReading(123, 0), CounterReading(123, 1)]
    assert [item.time_ns % 60_000_000_000 < 2_000_000 for item in found if item.time_ns is not None] == [True, True]


def test_running_totals_are_not_told_unless_agreed() -> None:
    for running, expected in ((False, []), (True, [CounterReading(7)])):
        site = device(running=running)
        centre = Centre(site)
        site.update(40, 7, START_NS)
        assert [item.value for unit in centre.listen() for item in unit.observations()] == expected


def test_carry_and_another_meter_are_told() -> None:
    site = device()
    centre = Centre(site)
    site.update(40, 2**31 - 10, START_NS)
    ask(centre, FREEZE)
    site.update(40, 2**31 + 5, START_NS)  # the register of 32 bits runs over
    ask(centre, FREEZE)
    assert ask(centre, READ)[40] == CounterReading(-(2**31) + 5, 1, carry=True)
    site.update(40, 100, START_NS)
    ask(centre, FREEZE)
    site.update(40, 20, START_NS)
    ask(centre, FREEZE)
    assert ask(centre, READ)[40] == CounterReading(20, 3, adjusted=True)


def test_a_doubtful_total_is_frozen_as_such_and_not_counted_from() -> None:
    site = device()
    centre = Centre(site)
    site.update(40, 50, START_NS, int(Quality.INVALID))
    ask(centre, FREEZE_AND_RESET)
    _, *data, _ = centre.ask(101, Service(0, READ))
    assert [item.quality for unit in data for item in unit.observations() if item.address == 40] == [1]
    site.update(40, 60, START_NS)
    ask(centre, FREEZE)
    assert ask(centre, READ)[40].total == 60


def test_tagged_answers_carry_the_time_of_the_freeze() -> None:
    site = device(tagged=True)
    centre = Centre(site)
    site.update(40, 1, START_NS)
    ask(centre, FREEZE)
    site.wait(5.0)
    _, data, _ = centre.ask(101, Service(0, READ))
    assert (data.type_id, data.cause, data.sequence) == (37, 37, False)
    assert {item.time_ns for item in data.observations()} == {START_NS}


def test_freezing_may_be_denied_and_a_test_freezes_nothing() -> None:
    site = device(commands=False)
    centre = Centre(site)
    for qualifier in (FREEZE, FREEZE_AND_RESET, RESET):
        [unit] = centre.ask(101, Service(0, qualifier))
        assert (unit.cause, unit.negative) == (7, True)
    assert "not granted" in site.notices[0]
    site = device()
    centre = Centre(site)
    centre.send(bytes.fromhex("650186076700 000000 45"))
    assert ask(centre, READ)[40].number == 0
    ask(centre, FREEZE)
    assert ask(centre, READ)[40].number == 0


def test_the_memory_survives_a_restart() -> None:
    memory = Lasting()
    site = device(memory)
    site.update(40, 300, START_NS)
    centre = Centre(site)
    ask(centre, FREEZE_AND_RESET)
    again = device(memory)
    again.update(40, 340, START_NS)
    centre = Centre(again)
    assert ask(centre, READ)[40] == CounterReading(300, 0)
    ask(centre, FREEZE)
    assert ask(centre, READ)[40] == CounterReading(40, 1)


def test_frozen_numbers_go_round() -> None:
    site = device()
    centre = Centre(site)
    site.update(40, 1, START_NS)
    for _ in range(33):
        ask(centre, FREEZE)
    assert ask(centre, READ)[40].number == 0


@pytest.mark.parametrize("kept", [None, 5, {"registers": {"103/40": [1]}}, {"registers": 3}])
def test_a_memory_that_makes_no_sense_is_left_alone(kept: Kept) -> None:
    memory = Lasting({"IEC 104 counters of main": kept})
    site = device(memory)
    site.update(40, 9, START_NS)
    assert ask(Centre(site), READ)[40] == CounterReading(9)
