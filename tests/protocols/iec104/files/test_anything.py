"""Any sequence of units, in either role, raises nothing; settings that are none are refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import LocalProtocolError
from protocols.iec104.application import codec
from protocols.iec104.application.asdu import Asdu
from protocols.iec104.application.files import (
    DirectoryEntry,
)
from protocols.iec104.files import fetcher, units
from protocols.iec104.files.settings import OfferSettings, read_fetch
from protocols.iec104.files.units import Ack, Call, FileKey, Last
from protocols.iec104.files.wanted import Known, RemoteFile
from tests.protocols.iec104.files.ends import STATION, Device, Ends, key

CONTENT = bytes(number * 7 % 256 for number in range(1500))

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
    known = Known()
    for number in range(2100):
        known.add(RemoteFile(7, key(number), 5))
    assert known.text.count(",") == 1999
    assert RemoteFile(7, key(2099), 5) in Known(known.text)
    assert RemoteFile(7, key(0), 5) not in Known(known.text)
