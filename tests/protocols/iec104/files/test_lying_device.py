"""Devices that lie, stop, repeat or contradict themselves: told, bounded, and never a wrong octet in a file."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from protocols.iec104.application import codec
from protocols.iec104.application.asdu import Asdu
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.files import (
    AckFile,
    DirectoryEntry,
    FileReady,
    LastSection,
    SectionReady,
    Segment,
)
from protocols.iec104.files import fetcher, sender, units
from protocols.iec104.files.units import Ack, Call, Last
from protocols.iec104.files.wanted import ATTEMPTS, MOST_WANTED, RETRY_S
from tests.protocols.iec104.files.ends import STATION, TIME_NS, Device, Ends

CONTENT = bytes(number * 7 % 256 for number in range(1500))
Tamper = Callable[[Asdu], list[Asdu]]


def changed(kind: type, **fields: object) -> Tamper:
    """Every object of the kind says something else; a function gets what it said."""

    def tamper(unit: Asdu) -> list[Asdu]:
        [*items] = unit.objects
        if not isinstance(items[0], kind):
            return [unit]
        news = {name: value(getattr(items[0], name)) if callable(value) else value for name, value in fields.items()}
        return [unit._replace(objects=(items[0]._replace(**news),))]

    return tamper


def doubled(kind: type) -> Tamper:
    return lambda unit: [unit, unit] if isinstance(unit.objects[0], kind) else [unit]


def dropped(kind: type) -> Tamper:
    return lambda unit: [] if isinstance(unit.objects[0], kind) else [unit]


def endless(unit: Asdu) -> list[Asdu]:
    """The last segment never comes, the same ones come again and again."""
    return [unit] * 50 if isinstance(unit.objects[0], Segment) else [unit]


LIES: dict[str, Tamper] = {
    "checksum of every section": changed(LastSection, checksum=lambda sum_: (sum_ + 1) % 256),
    "checksum of the file": lambda unit: (
        changed(LastSection, checksum=lambda sum_: (sum_ + 1) % 256)(unit)
        if isinstance(unit.objects[0], LastSection) and unit.objects[0].lsq == Last.FILE
        else [unit]
    ),
    "file shorter than announced": changed(FileReady, length=lambda length: length + 1),
    "file longer than announced": changed(FileReady, length=lambda length: length - 1),
    "section shorter than announced": changed(SectionReady, length=lambda length: length + 1),
    "section longer than announced": changed(SectionReady, length=lambda length: length - 1),
    "section of no octets": changed(SectionReady, length=0),
    "section larger than the file": changed(SectionReady, length=units.LARGEST_FILE),
    "sections out of order": changed(SectionReady, section=lambda section: section + 1),
    "sections counted backwards": changed(SectionReady, section=lambda section: 4 - section),
    "segments of another section": changed(Segment, section=9),
    "segments without end": endless,
    "segments twice": doubled(Segment),
    "segments of nothing": changed(Segment, data=b""),
    "no segments": dropped(Segment),
    "the end of another section": changed(LastSection, section=9),
    "no end": dropped(LastSection),
    "no file ready": dropped(FileReady),
    "no section ready": dropped(SectionReady),
    "refused": changed(FileReady, frq=0x80),
    "section refused": changed(SectionReady, srq=0x80),
    "broken off": changed(LastSection, lsq=Last.FILE_BROKEN_OFF),
    "the file ends before it began": changed(LastSection, lsq=Last.FILE),
    "octets changed on the way": changed(Segment, data=lambda data: bytes([data[0] ^ 1]) + data[1:]),
}


@pytest.mark.parametrize("tamper", LIES.values(), ids=list(LIES))
def test_a_device_that_lies_delivers_nothing_and_is_told(tamper: Tamper) -> None:
    device = Device(section=500, timeout_s=1000.0)
    device.put(CONTENT)
    ends = Ends(device, timeout_s=5.0)
    ends.tamper = tamper
    for _ in range(40):
        ends.run(100_000)
        ends.wait(6.0)
    assert ends.files == []
    told = [note for note in ends.notes if "cannot be fetched" in note]
    assert len(told) == 1, ends.notes
    assert ends.fetcher.state is fetcher.State.IDLE
    selects = [unit for unit in ends.asked if unit.type_id == 122 and unit.objects[0].scq == Call.SELECT_FILE]
    assert len(selects) == ATTEMPTS
    device.put(CONTENT, time_ns=TIME_NS + 10_000_000_000)  # and the next file comes through when it is honest again
    ends.tamper = lambda unit: [unit]
    if ends.sender.state is not sender.State.IDLE:
        ends.wait(1000.0)
    ends.run()
    ends.wait(RETRY_S)
    ends.run()
    assert ends.contents == [CONTENT]


def test_a_section_that_comes_wrong_once_is_repeated() -> None:
    device = Device(section=500)
    device.put(CONTENT)
    ends = Ends(device)
    wrong = [2]

    def once(unit: Asdu) -> list[Asdu]:
        item = unit.objects[0]
        if isinstance(item, Segment) and item.section == 2 and wrong and len(item.data) == 28:
            wrong.pop()
            return [unit._replace(objects=(item._replace(data=bytes(28)),))]
        return [unit]

    ends.tamper = once
    ends.run()
    assert ends.contents == [CONTENT]
    refusals = [unit.objects[0] for unit in ends.asked if unit.type_id == 124 and unit.objects[0].afq & 15 == 4]
    assert refusals == [AckFile(50_001, 1, 2, Ack.SECTION_REFUSED | units.Fault.CHECKSUM << 4)]


def test_a_directory_of_ten_thousand_files_fills_no_memory() -> None:
    ends = Ends(Device())
    begun_s = time.process_time()
    for first in range(1, 10_001, 18):
        entries = [DirectoryEntry(first + at, 1, 100, 0, TIME_NS + first + at) for at in range(18)]
        ends.fetcher.take(units.directory(STATION, entries, Cause.SPONTANEOUS), 0.0)
    assert time.process_time() - begun_s < 1.0
    assert ends.notes == [f"offers more than {MOST_WANTED} files: the newest are fetched"]
    asked = ends.fetcher.next_unit(0.0)
    assert asked is not None
    [first_item] = codec.decode(asked).objects
    assert first_item.address > 10_008 - MOST_WANTED - 18 - 1  # type: ignore[union-attr]


def test_names_that_are_repeated_mean_the_last_that_was_said() -> None:
    device = Device()
    device.put(CONTENT)
    ends = Ends(device)
    for length in (5, 10_000_000, 7):
        entry = DirectoryEntry(50_001, 1, length, 0, TIME_NS)
        ends.fetcher.take(units.directory(STATION, [entry, entry], Cause.SPONTANEOUS), 0.0)
    ends.run()
    assert ends.contents == [CONTENT]


def test_what_is_not_wanted_is_left_there() -> None:
    ends = Ends(Device(), most_octets=1000)
    for number in range(5):
        entry = DirectoryEntry(60_000 + number, 1, 1001, 0, TIME_NS)
        ends.fetcher.take(units.directory(STATION, [entry], Cause.SPONTANEOUS), 0.0)
    ends.fetcher.take(units.directory(STATION + 1, [entry], Cause.SPONTANEOUS), 0.0)  # no station of this link
    assert ends.fetcher.next_unit(0.0) is None
    assert len(ends.notes) == 1
    assert "more than we take" in ends.notes[0]


def test_a_file_that_is_gone_when_it_is_selected_is_given_up() -> None:
    device = Device()
    name = device.put(CONTENT)
    ends = Ends(device)
    ends.tamper = lambda unit: (device.shelf.drop(name), [unit])[1]
    for _ in range(10):
        ends.run()
        ends.wait(RETRY_S)
    assert ends.files == []
    assert "cannot be fetched" in ends.notes[-1]


def test_a_file_that_is_deleted_during_its_transfer_arrives_whole_or_not_at_all() -> None:
    device = Device(section=500)
    name = device.put(CONTENT)
    ends = Ends(device)

    def delete(unit: Asdu) -> list[Asdu]:
        if isinstance(unit.objects[0], Segment):
            device.shelf.drop(name)
            device.contents.clear()
        return [unit]

    ends.tamper = delete
    ends.run()
    assert ends.contents == [CONTENT]


def test_a_station_without_file_transfer_is_asked_once() -> None:
    ends = Ends(Device())
    ends.fetcher.begin()
    asked = ends.fetcher.next_unit(0.0)
    assert asked is not None
    ends.fetcher.take(codec.decode(codec.mirror(asked, Cause.UNKNOWN_TYPE, negative=True)), 0.0)
    assert ends.fetcher.next_unit(100.0) is None
    assert ends.notes == ["has no directory of files: the device does not know this type of request (COT 44)"]


def test_a_directory_that_never_ends_ends() -> None:
    ends = Ends(Device())
    ends.fetcher.begin()
    assert ends.fetcher.next_unit(0.0) is not None
    ends.wait(31.0)
    assert ends.notes == ["sends no directory of files within 30 s"]
    assert ends.fetcher.state is fetcher.State.IDLE


def test_a_loop_of_directories_is_walked_once() -> None:
    ends = Ends(Device())
    ends.fetcher.begin()
    count = 0
    while ends.fetcher.next_unit(0.0) is not None:
        count += 1
        assert count < 500
        sofs = units.IS_DIRECTORY, units.IS_DIRECTORY | units.LAST_OF_DIRECTORY
        entries = [DirectoryEntry(count + at, 1, 0, sof, TIME_NS) for at, sof in enumerate(sofs)]
        ends.fetcher.take(units.directory(STATION, entries, Cause.REQUEST), 0.0)
    assert count == 100
