"""File transfer as it should be: directory, select, sections, segments, checksums, acknowledgements, in both roles."""

from __future__ import annotations

import pytest

from protocols.iec104.application import codec
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.files import (
    AckFile,
    CallFile,
    DirectoryEntry,
    FileReady,
    LastSection,
    SectionReady,
    Segment,
)
from protocols.iec104.files import fetcher, sender, units
from protocols.iec104.files.settings import Fetch
from protocols.iec104.files.units import Ack, Call, FileKey, Last, OfferedFile
from tests.protocols.iec104.files.ends import STATION, TIME_NS, Device, Ends, key

CONTENT = bytes(number * 7 % 256 for number in range(1000))


def test_the_dialogue_is_that_of_the_standard() -> None:
    device = Device(section=500)
    device.put(CONTENT)
    ends = Ends(device)
    ends.fetcher.begin()
    ends.run()
    assert ends.contents == [CONTENT]
    asked = [item for unit in ends.asked for item in unit.objects]
    name = (50_001, 1)
    assert asked == [
        CallFile(0, 0, 0, Call.DIRECTORY),
        CallFile(*name, 0, Call.SELECT_FILE),
        CallFile(*name, 0, Call.REQUEST_FILE),
        CallFile(*name, 1, Call.REQUEST_SECTION),
        AckFile(*name, 1, Ack.SECTION),
        CallFile(*name, 2, Call.REQUEST_SECTION),
        AckFile(*name, 2, Ack.SECTION),
        AckFile(*name, 2, Ack.FILE),
    ]
    assert [unit.cause for unit in ends.asked] == [Cause.REQUEST] + 7 * [Cause.FILE_TRANSFER]
    heard = [item for unit in ends.heard for item in unit.objects if not isinstance(item, Segment)]
    entry = DirectoryEntry(*name, 1000, units.LAST_OF_DIRECTORY, TIME_NS)
    assert (
        heard
        == [
            entry,  # announced
            entry,  # as asked for
            FileReady(*name, 1000),
            SectionReady(*name, 1, 500),
            LastSection(*name, 1, Last.SECTION, sum(CONTENT[:500]) % 256),
            SectionReady(*name, 2, 500),
            LastSection(*name, 2, Last.SECTION, sum(CONTENT[500:]) % 256),
            LastSection(*name, 2, Last.FILE, sum(CONTENT) % 256),
        ]
    )
    segments = [item for unit in ends.heard for item in unit.objects if isinstance(item, Segment)]
    assert [len(item.data) for item in segments] == 2 * [236, 236, 28]
    assert ends.sender.state is sender.State.IDLE
    assert ends.fetcher.state is fetcher.State.IDLE
    assert not ends.notes


@pytest.mark.parametrize("size", [1, 235, 236, 237, 65_536, 65_537, 300_000])
@pytest.mark.parametrize("segment", [236, 100])
def test_every_length_arrives(size: int, segment: int) -> None:
    device = Device(segment=segment)
    content = (CONTENT * 301)[:size]
    device.put(content)
    ends = Ends(device, Fetch.ANNOUNCED)
    ends.run()
    assert ends.contents == [content]


def test_sixteen_megabytes_fit_into_255_sections() -> None:
    device = Device()
    content = bytes(units.LARGEST_FILE)
    device.put(content)
    ends = Ends(device)
    ends.run()
    assert ends.contents == [content]
    assert max(unit.objects[0].section for unit in ends.heard if unit.type_id == 121) == 255


def test_what_was_fetched_is_not_fetched_again_and_a_new_file_of_that_name_is() -> None:
    device = Device()
    device.put(CONTENT)
    first = Ends(device)
    first.fetcher.begin()
    first.run()
    second = Ends(device)
    second.fetcher.known = first.fetcher.known
    second.fetcher.begin()
    second.run()
    assert second.files == []
    device.put(CONTENT[:300], time_ns=TIME_NS + 1_000_000_000)
    second.run()
    assert second.contents == [CONTENT[:300]]


def test_known_files_survive_as_text() -> None:
    device = Device()
    device.put(CONTENT)
    ends = Ends(device)
    ends.run()
    known = type(ends.fetcher.known)(ends.fetcher.known.text)
    [(file, _)] = ends.files
    assert file in known
    assert file._replace(length=1) not in known


def test_files_are_announced_until_they_are_fetched() -> None:
    device = Device()
    ends = Ends(device, Fetch.NEVER)
    ends.run()
    assert ends.heard == []
    device.put(CONTENT)
    ends.run()
    [unit] = ends.heard
    assert (unit.type_id, unit.cause, unit.sequence) == (126, Cause.SPONTANEOUS, True)
    ends.run()
    assert len(ends.heard) == 1
    ends.sender.close()
    again = Ends(device, Fetch.ANNOUNCED)  # the next connection of the same control centre
    again.run()
    assert again.contents == [CONTENT]
    again.sender.close()
    last = Ends(device)
    last.run()
    assert last.heard == []


def test_directories_are_paged_and_an_empty_one_says_so() -> None:
    device = Device()
    ends = Ends(device, Fetch.NEVER)
    ask = units.call(FileKey(STATION, 0, 0), Call.DIRECTORY)
    ends.sender.take(ask, codec.encode(ask))
    ends.run()
    assert ends.heard[0].objects == (DirectoryEntry(0, 0, 0, units.LAST_OF_DIRECTORY, None, 0),) or (
        ends.heard[0].objects[0].name == 0 and ends.heard[0].objects[0].sof == units.LAST_OF_DIRECTORY
    )
    for number in (*range(1, 31), 40, 41):
        device.shelf.put(OfferedFile(key(number), 5, TIME_NS))
    device.shelf.news.clear()
    ends.heard.clear()
    ends.sender.take(ask, codec.encode(ask))
    ends.run()
    assert [len(unit.objects) for unit in ends.heard] == [18, 12, 2]
    assert [item.address for unit in ends.heard for item in unit.objects] == [
        50_000 + number for number in (*range(1, 31), 40, 41)
    ]
    lasts = [item.address for unit in ends.heard for item in unit.objects if item.sof & units.LAST_OF_DIRECTORY]
    assert lasts == [50_041]


def test_a_file_is_acknowledged_only_once_it_is_stored() -> None:
    device = Device()
    device.put(CONTENT)
    ends = Ends(device)
    ends.stores = None
    ends.run()
    assert ends.fetcher.state is fetcher.State.STORING
    assert not any(unit.type_id == 124 and unit.objects[0].afq == Ack.FILE for unit in ends.asked)
    ends.wait(20.0)
    ends.fetcher.stored(True, ends.now_s)
    ends.run()
    assert ends.asked[-1].objects[0] == AckFile(50_001, 1, 1, Ack.FILE)


def test_files_are_deleted_only_where_that_is_wanted_and_allowed() -> None:
    for delete in (False, True):
        device = Device()
        gone: list[OfferedFile] = []
        device.shelf.delete = gone.append
        name = device.put(CONTENT)
        ends = Ends(device, delete=delete)
        ends.run()
        assert [file.key for file in gone] == ([name] if delete else [])
        assert (device.shelf.find(name) is None) is delete
    device = Device()  # allows nobody to delete
    name = device.put(CONTENT)
    ends = Ends(device, delete=True)
    ends.run()
    assert device.shelf.find(name) is not None
    assert any("does not delete" in note for note in ends.notes)
    assert ends.fetcher.state is fetcher.State.IDLE


def test_several_files_come_one_after_the_other_oldest_first() -> None:
    device = Device()
    for number in (3, 1, 2):
        device.put(CONTENT * number, number, TIME_NS + number * 1_000_000_000)
    ends = Ends(device)
    ends.run()
    assert ends.contents == [CONTENT, CONTENT * 2, CONTENT * 3]
