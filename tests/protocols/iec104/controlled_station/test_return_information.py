"""Causes 11 and 12, intermediate positions, reset of the process, clocks that are not synchronised."""

from __future__ import annotations

import pytest

from models.command import Action
from models.point import Cdc, Dbpos
from models.quality import Quality
from protocols.iec104.application.asdu import Asdu, Order, Service, StepPosition
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.cp56 import TagStyle, Unsynchronised
from protocols.iec104.application.initialisation import Initialisation
from protocols.iec104.controlled_station.service_settings import ServiceSettings
from protocols.iec104.controlled_station.services.reset import Answer
from tests.protocols.iec104.pair import SPECS, START_NS, Centre, Device, Time, spec

UNSYNCHRONISED = int(Quality.CLOCK_NOT_SYNCHRONISED)
MS = 1_000_000


def causes(units: list[Asdu]) -> list[tuple[int, object]]:
    return [(unit.cause, item.value) for unit in units for item in unit.observations()]


def operate(site: Device, centre: Centre, value: Dbpos = Dbpos.ON) -> None:
    centre.ask(46, Order(10_001, value, select=True))
    site.complete()
    centre.ask(46, Order(10_001, value))
    site.complete()


def test_what_follows_a_command_is_return_information_for_everybody() -> None:
    site = Device(Time())
    centre, observer = Centre(site), Centre(site, None)
    operate(site, centre)
    for value in (Dbpos.INTERMEDIATE, Dbpos.ON):
        site.update(1, value, START_NS)
    site.terminate()
    site.update(1, Dbpos.OFF, START_NS + MS)  # a trip right after it
    site.update(3, True, START_NS)
    expected = [(11, Dbpos.INTERMEDIATE), (11, Dbpos.ON), (3, Dbpos.OFF), (3, True)]
    assert causes(centre.listen()) == expected
    assert causes(observer.listen()) == expected


def test_a_position_may_come_shortly_after_the_end_and_no_later() -> None:
    for late_s, cause in ((1.0, 11), (3.0, 3)):
        site = Device(Time())
        centre = Centre(site)
        operate(site, centre)
        site.terminate()
        centre.listen()
        site.wait(late_s)
        site.update(1, Dbpos.ON, START_NS)
        assert causes(centre.listen()) == [(cause, Dbpos.ON)]


def test_refused_commands_and_commands_in_test_move_nothing() -> None:
    site = Device(Time())
    centre = Centre(site)
    centre.ask(45, Order(10_002, True))
    site.complete(positive=False)
    site.wait(5.0)
    site.update(2, True, START_NS)
    assert causes(centre.listen()) == [(3, True)]
    centre.send(bytes.fromhex("2d0186076700 122700 00"))
    assert site.requests[-1].test
    site.update(2, False, START_NS)
    assert causes(centre.listen()) == [(3, False)]


def test_steps_are_return_information_until_the_end() -> None:
    tap = spec(6, "ATCC1.TapChg", Cdc.BSC, 32, 47, direct=True)[1]
    site = Device(Time(), specs=[tap])
    centre = Centre(site)
    centre.ask(47, Order(10_006, Dbpos.ON))
    assert site.requests[-1].action is Action.OPERATE
    site.complete()
    for step in (StepPosition(4, True), StepPosition(5)):
        site.outstation.update([(103, 6, step, 0, START_NS)])
    assert causes(centre.listen()) == [(11, StepPosition(4, True)), (11, StepPosition(5))]
    site.terminate()
    site.wait(5.0)
    site.outstation.update([(103, 6, StepPosition(6), 0, START_NS)])
    assert causes(centre.listen())[-1] == (3, StepPosition(6))


def test_who_knows_why_something_moves_says_so() -> None:
    site = Device(Time())
    centre = Centre(site)
    slot, measurand = (site.outstation.image.slot(103, number) for number in (1, 11))
    assert slot is not None
    assert measurand is not None
    site.outstation.returns.mark({slot: Cause.RETURN_LOCAL, measurand: Cause.RETURN_LOCAL})
    site.update(1, Dbpos.ON, START_NS)
    site.update(11, 5.0, START_NS)
    site.outstation.returns.mark({})
    site.update(1, Dbpos.OFF, START_NS)
    assert sorted(causes(centre.listen()), key=str) == [(12, Dbpos.ON), (3, 5.0), (3, Dbpos.OFF)]


@pytest.mark.parametrize(("lasts_s", "expected"), [(4.0, [2]), (6.0, [0, 2])])
def test_short_intermediate_positions_are_suppressed_as_agreed(lasts_s: float, expected: list[int]) -> None:
    site = Device(Time(), services=ServiceSettings(intermediate_s=5.0))
    centre, observer = Centre(site), Centre(site, None)
    site.update(1, Dbpos.INTERMEDIATE, START_NS)
    site.wait(lasts_s)
    site.update(1, Dbpos.ON, START_NS + 7 * MS)
    items = [item for unit in centre.listen() for item in unit.observations()]
    assert [item.value for item in items] == expected
    assert items[-1].time_ns == START_NS + 7 * MS
    assert items[0].time_ns == START_NS + (0 if len(expected) == 2 else 7 * MS)
    assert len(causes(observer.listen())) == 2


@pytest.mark.parametrize(
    ("policy", "type_id", "time_ns", "quality"),
    [
        (Unsynchronised.MARK, 30, START_NS, UNSYNCHRONISED),
        (Unsynchronised.UNTAGGED, 1, None, 0),
        (Unsynchronised.IGNORE, 30, START_NS, 0),
    ],
)
def test_a_clock_that_is_not_synchronised(
    policy: Unsynchronised, type_id: int, time_ns: int | None, quality: int
) -> None:
    site = Device(Time(), tag_style=TagStyle(unsynchronised=policy))
    centre = Centre(site)
    site.update(3, True, START_NS, UNSYNCHRONISED)
    [unit] = centre.listen()
    [item] = unit.observations()
    assert (unit.type_id, item.value, item.time_ns, item.quality) == (type_id, True, time_ns, quality)
    site.update(11, 1.0, START_NS, UNSYNCHRONISED)
    [unit] = centre.listen()
    assert (unit.type_id == 13) is (policy is Unsynchronised.UNTAGGED)
    site.update(3, False, START_NS)
    [unit] = centre.listen()
    assert unit.type_id == 30


def test_the_station_tells_that_its_own_clock_is_not_synchronised() -> None:
    site = Device(Time(), clock_quality=UNSYNCHRONISED)
    site.outstation.on_clock = lambda time_ns, client: "S23: the clock is healthy"
    [unit] = Centre(site).ask(103, Service(0, 0, START_NS))
    assert (unit.cause, unit.negative) == (7, True)
    item = unit.objects[0]
    assert isinstance(item, Service)
    assert (item.time_ns, item.quality) == (START_NS, UNSYNCHRONISED)
    assert "S23" in site.notices[0]


def test_clock_synchronisation_of_all_stations_is_confirmed_by_each() -> None:
    other = SPECS[0]
    assert other.monitor is not None
    site = Device(Time())
    [unit] = Centre(site).ask(103, Service(0, 0, START_NS), station=0xFFFF)
    assert (unit.common_address, unit.cause, unit.negative) == (103, 7, False)
    assert site.clocks == [START_NS]


def reset(centre: Centre, qualifier: int = 1) -> list[tuple[int, int, bool]]:
    return [
        (unit.type_id, unit.cause, unit.negative)
        for unit in centre.ask(105, Service(0, qualifier))
        if unit.type_id == 105
    ]


def test_a_reset_is_refused_unless_granted_and_possible() -> None:
    for services in (ServiceSettings(), ServiceSettings(reset=True)):
        site = Device(Time(), services=services)
        assert reset(Centre(site)) == [(105, 7, True)]
        assert len(site.notices) == 1
    site = Device(Time(), services=ServiceSettings(reset=True))
    assert reset(Centre(site), 3) == [(105, 7, True)]


def test_a_reset_of_all_stations_is_answered_by_each() -> None:
    site = Device(Time())
    answers = Centre(site).ask(105, Service(0, 1), station=0xFFFF)
    assert [(unit.common_address, unit.cause, unit.negative) for unit in answers] == [(103, 7, True)]


def test_a_reset_is_confirmed_before_it_happens_and_told_after_it() -> None:
    site = Device(Time(), services=ServiceSettings(reset=True))
    asked: list[tuple[str, Answer]] = []
    site.outstation.on_reset = lambda centre, answer: asked.append((centre, answer))
    centre = Centre(site)
    assert reset(centre) == []
    asked[0][1]("")
    assert [(unit.type_id, unit.cause, unit.negative) for unit in centre.listen()] == [(105, 7, False)]
    assert asked[0][0] == "main"
    centre.break_off()
    site.outstation.restarted(Initialisation.REMOTE)
    [end] = Centre(site).heard
    assert (end.type_id, end.cause, end.objects) == (70, 4, (Service(0, 2),))


def test_a_reset_is_refused_while_something_is_selected() -> None:
    site = Device(Time(), services=ServiceSettings(reset=True))
    site.outstation.on_reset = lambda centre, answer: answer("")
    centre = Centre(site)
    centre.ask(46, Order(10_001, Dbpos.ON, select=True))
    site.complete()
    assert reset(centre) == [(105, 7, True)]
    assert "S23" in site.notices[-1]
    assert "selected" in site.notices[-1]


def test_reset_of_pending_information_drops_what_waits_and_says_how_much() -> None:
    site = Device(Time(), groups=("north", "south"), services=ServiceSettings(reset=True))
    north = Centre(site, "north", k=12, w=1)
    north.acknowledges = False
    for number in range(2000):
        site.update(3, number % 2 == 0, START_NS + number * MS)
    sent = len(causes(north.listen()))
    assert 0 < sent < 2000
    north.acknowledges = True
    north.session.acknowledge(2, site.time.now_s)  # frame 1 was the end of initialisation
    answers = north.ask(105, Service(0, 2))
    assert [(unit.cause, unit.negative) for unit in answers if unit.type_id == 105] == [(7, False)]
    assert any("events that waited were dropped" in notice for notice in site.notices)
    assert site.outstation.lost("north") == 0
    assert site.outstation.unacknowledged("south") == 2000
    north.session.acknowledge(north.session.received, site.time.now_s)
    north.confirm()
    assert site.outstation.unacknowledged("north") == 0
    site.update(3, True, START_NS + 3000 * MS)
    assert causes(north.listen())[-1] == (3, True)
