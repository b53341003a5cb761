"""Devices and control centres that lie, stop, repeat or contradict themselves: refused, bounded, never wrong octets."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import LocalProtocolError
from protocols.iec104.application import codec
from protocols.iec104.application.asdu import Asdu
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.files import (
    AckFile,
    CallFile,
    DirectoryEntry,
    FileReady,
    LastSection,
    QueryLog,
    SectionReady,
    Segment,
)
from protocols.iec104.files import fetcher, sender, units
from protocols.iec104.files.settings import Fetch, OfferSettings, read_fetch
from protocols.iec104.files.units import Ack, Call, FileKey, Last
from protocols.iec104.files.wanted import ATTEMPTS, MOST_WANTED, RETRY_S, Known
from tests.protocols.iec104.files.ends import STATION, TIME_NS, Device, Ends, key

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


def test_a_control_centre_that_stops_in_the_middle_is_given_up() -> None:
    device = Device(timeout_s=10.0)
    name = device.put(CONTENT)
    ends = Ends(device)
    for _ in range(4):
        ends.step()
    assert ends.sender.state is not sender.State.IDLE
    ends.sender.tick(ends.now_s + 60.0)
    assert ends.sender.state is sender.State.IDLE
    while (octets := ends.sender.next_unit(60.0)) is not None:
        [item] = codec.decode(octets).objects
    assert isinstance(item, LastSection)
    assert item.lsq == Last.FILE_BROKEN_OFF
    assert str(name) in ends.notes[0]


def ask(ends: Ends, unit: Asdu) -> list[Asdu]:
    raw = codec.encode(unit)
    ends.sender.take(unit, raw)
    answers = []
    while (octets := ends.sender.next_unit(0.0)) is not None:
        answers.append(codec.decode(octets))
    return [answer for answer in answers if answer.type_id != 126]


def test_requests_out_of_turn_are_answered_not_ready_and_disturb_nothing() -> None:
    device = Device(section=500)
    one, two = device.put(CONTENT), device.put(CONTENT, 2)
    ends = Ends(device, Fetch.NEVER)
    not_ready = {
        "file called before it is selected": units.call(one, Call.REQUEST_FILE),
        "an unknown file": units.call(FileKey(STATION, 1, 1), Call.SELECT_FILE),
        "an unknown name": units.call(one._replace(name=9), Call.SELECT_FILE),
        "nothing to deactivate": units.call(one, Call.DEACTIVATE_FILE),
        "nobody may delete": units.call(one, Call.DELETE_FILE),
    }
    for what, unit in not_ready.items():
        [answer] = ask(ends, unit)
        assert isinstance(answer.objects[0], FileReady), what
        assert units.is_negative(answer.objects[0].frq), what
    [answer] = ask(ends, units.call(one, Call.REQUEST_SECTION, 1))
    assert isinstance(answer.objects[0], SectionReady)
    assert units.is_negative(answer.objects[0].srq)
    assert ask(ends, units.acknowledgement(one, 1, Ack.SECTION)) == []
    assert not units.is_negative(ask(ends, units.call(one, Call.SELECT_FILE))[0].objects[0].frq)  # type: ignore[union-attr]
    assert units.is_negative(ask(ends, units.call(two, Call.SELECT_FILE))[0].objects[0].frq)  # type: ignore[union-attr]
    assert ask(ends, units.call(one, Call.REQUEST_FILE))[0].objects == (SectionReady(50_001, 1, 1, 500),)
    assert units.is_negative(ask(ends, units.call(one, Call.REQUEST_SECTION, 2))[0].objects[0].srq)  # type: ignore[union-attr]
    assert ask(ends, units.call(one, Call.SELECT_SECTION, 3))[0].objects == (SectionReady(50_001, 1, 3, 500),)
    answers = ask(ends, units.call(one, Call.REQUEST_SECTION, 3))
    assert b"".join(unit.objects[0].data for unit in answers[:-1]) == CONTENT[1000:]  # type: ignore[union-attr]
    [answer] = ask(ends, units.acknowledgement(one, 3, Ack.SECTION))
    assert answer.objects == (LastSection(50_001, 1, 3, Last.FILE, sum(CONTENT) % 256),)  # of the whole file
    assert not units.is_negative(ask(ends, units.call(one, Call.DEACTIVATE_FILE))[0].objects[0].frq)  # type: ignore[union-attr]
    assert ends.sender.state is sender.State.IDLE


def test_files_for_the_station_and_query_log_are_refused_with_cause_44() -> None:
    ends = Ends(Device(), Fetch.NEVER)
    log = Asdu(127, Cause.FILE_TRANSFER, STATION, (QueryLog(1, 1, TIME_NS, TIME_NS),))
    for unit in (units.file_ready(key(), 5, True), units.segment(key(), 1, b"x"), log):
        [answer] = ask(ends, unit)
        assert (answer.cause, answer.negative, answer.type_id) == (Cause.UNKNOWN_TYPE, True, unit.type_id)


def test_a_refused_section_is_repeated_only_so_often() -> None:
    device = Device()
    name = device.put(CONTENT)
    ends = Ends(device, Fetch.NEVER)
    ask(ends, units.call(name, Call.SELECT_FILE))
    ask(ends, units.call(name, Call.REQUEST_FILE))
    for _ in range(20):
        ask(ends, units.call(name, Call.REQUEST_SECTION, 1))
        answers = ask(ends, units.acknowledgement(name, 1, Ack.SECTION_REFUSED))
        if isinstance(answers[-1].objects[0], LastSection):
            break
    assert answers[-1].objects[0].lsq == Last.FILE_BROKEN_OFF  # type: ignore[union-attr]
    assert ends.sender.state is sender.State.IDLE


def test_two_control_centres_fetch_the_same_file_at_once() -> None:
    device = Device(section=300)
    device.put(CONTENT)
    both = [Ends(device), Ends(device)]
    device.shelf.recall()
    for ends in both:
        ends.fetcher.begin()
    for _ in range(100):
        for ends in both:
            up, down = ends.fetcher.next_unit(0.0), ends.sender.next_unit(0.0)
            if up is not None:
                ends.sender.take(codec.decode(up), up)
            if down is not None:
                ends.fetcher.take(codec.decode(down), 0.0)
    assert [ends.contents for ends in both] == [[CONTENT], [CONTENT]]


def test_content_that_comes_after_its_connection_is_forgotten() -> None:
    device = Device()
    device.holds = True
    name = device.put(CONTENT)
    ends = Ends(device, Fetch.NEVER)
    assert ask(ends, units.call(name, Call.SELECT_FILE)) == []
    ends.sender.close()
    device.loads[0][1](CONTENT)
    assert ends.sender.next_unit(0.0) is None
    assert ends.sender.state is sender.State.IDLE


# -- anything at all

KEYS = st.builds(FileKey, st.just(STATION), st.integers(50_000, 50_003), st.integers(0, 2))
SECTIONS = st.integers(0, 3)
REQUESTS = st.one_of(
    st.builds(units.call, KEYS, st.sampled_from(Call), SECTIONS),
    st.builds(units.acknowledgement, KEYS, SECTIONS, st.sampled_from(Ack)),
)
ANSWERS = st.one_of(
    st.builds(units.file_ready, KEYS, st.integers(0, 2000), st.booleans()),
    st.builds(units.section_ready, KEYS, SECTIONS, st.integers(0, 2000), st.booleans()),
    st.builds(units.segment, KEYS, SECTIONS, st.binary(max_size=236)),
    st.builds(units.last, KEYS, SECTIONS, st.sampled_from(Last), st.integers(0, 255)),
    st.builds(
        lambda name, sof: units.directory(STATION, [DirectoryEntry(name.address, name.name, 9, sof, None)], 5),
        KEYS,
        st.integers(0, 255),
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(REQUESTS, st.booleans()), max_size=60))
def test_a_sender_stands_every_request(requests: list[tuple[Asdu, bool]]) -> None:
    device = Device(section=300)
    device.put(CONTENT)
    device.put(CONTENT[:100], 2)
    ends = Ends(device)
    for request, flows in requests:
        ends.sender.take(request, codec.encode(request))
        if flows and (octets := ends.sender.next_unit(0.0)) is not None:
            codec.decode(octets)
    ends.sender.tick(10_000.0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(ANSWERS, st.booleans()), max_size=80))
def test_a_fetcher_stands_every_answer_and_believes_none_that_does_not_fit(answers: list[tuple[Asdu, bool]]) -> None:
    ends = Ends(Device())
    ends.fetcher.begin()
    now_s = 0.0
    for answer, flows in answers:
        now_s += 1.0
        if flows:
            ends.fetcher.next_unit(now_s)
        ends.fetcher.take(answer, now_s)
        if ends.fetcher.deadline_s <= now_s:
            ends.fetcher.tick(now_s)
        if ends.fetcher.state is fetcher.State.STORING:
            ends.fetcher.stored(True, now_s)


def test_settings_that_are_none_are_refused() -> None:
    assert read_fetch({"fetch_files": "all", "delete_files": True, "file_timeout_s": 5, "largest_file": 10}).delete
    for wrong in ({"fetch_files": "some"}, {"delete_files": 1}, {"file_timeout_s": 0}, {"largest_file": 1 << 24}):
        with pytest.raises(LocalProtocolError):
            read_fetch(wrong)  # type: ignore[arg-type]
    for section, segment in ((100, 236), (65_536, 237), (0, 0), (1 << 24, 236)):
        with pytest.raises(LocalProtocolError):
            OfferSettings(section=section, segment=segment)


def test_what_is_known_is_bounded() -> None:
    known = Known(",".join(f"1/{number}/1:5@7" for number in range(10_000)))
    assert known.text.count(",") == 1999


def test_a_call_for_a_directory_must_be_one() -> None:
    ends = Ends(Device(), Fetch.NEVER)
    wrong = Asdu(122, Cause.REQUEST, STATION, (CallFile(0, 0, 0, Call.SELECT_FILE),))
    [answer] = ask(ends, wrong)
    assert (answer.cause, answer.negative) == (Cause.UNKNOWN_CAUSE, True)
