"""File transfer on a connection: the last to be served, never more than its share of the window, refused where none."""

from __future__ import annotations

import pytest

from protocols.iec104.application.cause import Cause
from protocols.iec104.application.files import CallFile, FileReady
from protocols.iec104.controlled_station.settings import MAIN
from protocols.iec104.files.shelf import Shelf
from protocols.iec104.files.units import Call, FileKey, OfferedFile
from tests.protocols.iec104.pair import START_NS, STATION, Centre, Device, Time

NAME = (50_001, 1)
SELECT, REQUEST, SECTION = (
    CallFile(*NAME, 0, Call.SELECT_FILE),
    CallFile(*NAME, 0, Call.REQUEST_FILE),
    CallFile(*NAME, 1, Call.REQUEST_SECTION),
)


def device_with_file() -> Device:
    device = Device(Time())
    shelf = Shelf(lambda file, deliver: deliver(bytes(100_000)))
    device.outstation.files.offer(MAIN, shelf)
    shelf.put(OfferedFile(FileKey(STATION, *NAME), 100_000, START_NS))
    return device


def test_an_event_finds_room_while_segments_wait_for_their_acknowledgement() -> None:
    device = device_with_file()
    centre = Centre(device)
    for item in (SELECT, REQUEST):
        centre.ask(122, item, cause=Cause.FILE_TRANSFER)
    centre.confirm()
    centre.acknowledges = False
    segments = centre.ask(122, SECTION, cause=Cause.FILE_TRANSFER)
    assert [unit.type_id for unit in segments] == [125] * 8  # w of the 12 that k allows
    device.update(3, True, START_NS)
    [event] = centre.listen()
    assert event.type_id == 30


def test_events_and_answers_go_before_segments() -> None:
    device = device_with_file()
    centre = Centre(device)
    for item in (SELECT, REQUEST):
        centre.ask(122, item, cause=Cause.FILE_TRANSFER)
    device.update(3, True, START_NS)
    heard = centre.ask(122, SECTION, cause=Cause.FILE_TRANSFER)
    assert heard[0].type_id == 30
    assert {unit.type_id for unit in heard[1:]} == {125, 123}


@pytest.mark.parametrize("group", [MAIN, None])
def test_who_is_offered_nothing_is_answered_with_cause_44(group: str | None) -> None:
    device = Device(Time()) if group is MAIN else device_with_file()
    [answer] = Centre(device, group).ask(122, SELECT, cause=Cause.FILE_TRANSFER)
    assert (answer.cause, answer.negative) == (Cause.UNKNOWN_TYPE, True)


def test_station_and_cause_are_checked_before_the_file() -> None:
    device = device_with_file()
    centre = Centre(device)
    [answer] = centre.ask(122, SELECT, cause=Cause.FILE_TRANSFER, station=STATION + 1)
    assert (answer.cause, answer.negative) == (Cause.UNKNOWN_COMMON_ADDRESS, True)
    [answer] = centre.ask(122, SELECT, cause=Cause.ACTIVATION)
    assert (answer.cause, answer.negative) == (Cause.UNKNOWN_CAUSE, True)
    [answer] = centre.ask(122, SELECT, cause=Cause.FILE_TRANSFER)
    assert answer.objects == (FileReady(*NAME, 100_000),)


def test_a_transfer_ends_with_its_connection() -> None:
    device = device_with_file()
    first = Centre(device)
    first.ask(122, SELECT, cause=Cause.FILE_TRANSFER)
    first.break_off()
    second = Centre(device)
    assert [unit.type_id for unit in second.heard if unit.type_id == 126] == [126]  # announced again
    [answer] = second.ask(122, SELECT, cause=Cause.FILE_TRANSFER)
    assert answer.objects == (FileReady(*NAME, 100_000),)
