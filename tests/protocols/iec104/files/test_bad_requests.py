"""Control centres that ask out of turn, stop in the middle, or come in twos: answered, bounded, undisturbed."""

from __future__ import annotations

from protocols.iec104.application import codec
from protocols.iec104.application.asdu import Asdu
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.files import (
    CallFile,
    FileReady,
    LastSection,
    QueryLog,
    SectionReady,
)
from protocols.iec104.files import sender, units
from protocols.iec104.files.settings import Fetch
from protocols.iec104.files.units import Ack, Call, FileKey, Last
from tests.protocols.iec104.files.ends import STATION, TIME_NS, Device, Ends, key

CONTENT = bytes(number * 7 % 256 for number in range(1500))


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
    odd = log._replace(cause=Cause.ACTIVATION)
    for unit in (units.file_ready(key(), 5, True), units.segment(key(), 1, b"x"), log, odd):
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


def test_a_call_for_a_directory_must_be_one() -> None:
    ends = Ends(Device(), Fetch.NEVER)
    wrong = Asdu(122, Cause.REQUEST, STATION, (CallFile(0, 0, 0, Call.SELECT_FILE),))
    [answer] = ask(ends, wrong)
    assert (answer.cause, answer.negative) == (Cause.UNKNOWN_CAUSE, True)
