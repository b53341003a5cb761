"""What a device may say about files, and what becomes of it: nothing is believed, everything has an end."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from open61850 import ber

from models.errors import RemoteProtocolError
from protocols.iec61850.files import units
from protocols.iec61850.files.folders import Folders
from protocols.iec61850.files.known import MOST_KNOWN, Known
from protocols.iec61850.files.listing import MOST_ENTRIES, Listing
from protocols.iec61850.files.record_files import RecordFiles, content_of, records_of
from protocols.iec61850.files.times import generalized_ns, trigger_ns
from protocols.iec61850.files.transfer import Transfer
from protocols.iec61850.files.units import Attributes, Entry, Opened, Page, Piece

SUFFIXES = frozenset({"cfg", "dat", "hdr", "cff"})
SOME = Attributes(3, "20261120191509Z")


def named(name: bytes, attributes: bytes = b"\x80\x01\x03") -> bytes:
    return ber.encode_tlv(0x30, ber.encode_tlv(0xA0, ber.encode_tlv(0x19, name)) + ber.encode_tlv(0xA1, attributes))


@pytest.mark.parametrize("is_wrapped", [True, False])
def test_a_directory_with_and_without_its_own_sequence(is_wrapped: bool) -> None:
    listed = named(b"A.cfg") + named(b"A.dat")
    octets = ber.encode_tlv(0xA0, ber.encode_tlv(0x30, listed) if is_wrapped else listed)
    assert [entry.name for entry in units.page(octets).entries] == ["A.cfg", "A.dat"]
    one = ber.encode_tlv(0xA0, ber.encode_tlv(0x30, named(b"A.cfg")) if is_wrapped else named(b"A.cfg"))
    assert units.page(one + b"\x81\x01\xff") == Page((Entry("A.cfg", Attributes(3, "")),), True)
    assert units.page(b"\xa0\x02\x30\x00") == Page((), False)


@pytest.mark.parametrize("name", [b"", b"A\x00B", b"A\nB", b"x" * 201, b"\x1b[2J"])
def test_a_name_that_is_none_is_passed_over(name: bytes) -> None:
    page = units.page(ber.encode_tlv(0xA0, named(name) + named(b"A.cfg")))
    assert [entry.name for entry in page.entries] == ["A.cfg"]


@given(st.binary(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_octets_are_read_or_refused(octets: bytes) -> None:
    for read in (units.opened, units.piece, units.page):
        with contextlib.suppress(RemoteProtocolError):
            read(octets)
    generalized_ns(octets.decode("latin-1"), UTC)
    trigger_ns(octets, UTC)


def test_a_directory_without_end_is_cut_off() -> None:
    listing = Listing("")

    def take(number: int) -> bool:
        return listing.take(Page(tuple(Entry(f"{number * 100 + each}", SOME) for each in range(100)), True))

    with pytest.raises(RemoteProtocolError, match="more than"):
        all(take(number) for number in range(MOST_ENTRIES))


def test_a_directory_that_repeats_itself_or_says_nothing_is_cut_off() -> None:
    listing = Listing("")
    assert listing.take(Page((Entry("A", SOME),), True))
    with pytest.raises(RemoteProtocolError, match="without another file"):
        listing.take(Page((Entry("A", SOME),), True))
    with pytest.raises(RemoteProtocolError, match="without another file"):
        Listing("").take(Page((), True))


def opened(size: int) -> Transfer:
    transfer = Transfer("A.dat", Attributes(size, ""), 1000)
    transfer.opened(Opened(1, Attributes(size, "")))
    return transfer


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ([(b"123456", True)], "longer than the 5"),
        ([(b"123", False)], "ends after 3 of 5"),
        ([(b"", True)] * 3, "without another octet"),
        ([(b"", False)], "ends after 0 of 5"),
    ],
)
def test_a_file_that_does_not_fit_begins_anew(pieces: list[tuple[bytes, bool]], words: str) -> None:
    transfer = opened(5)
    with pytest.raises(RemoteProtocolError, match=words):
        any(transfer.take(Piece(*piece)) for piece in pieces)
    assert transfer.received == 0


def test_a_file_of_another_size_than_listed_is_another_file() -> None:
    transfer = opened(5)
    transfer.take(Piece(b"12", True))
    with pytest.raises(RemoteProtocolError, match="its directory says 5"):
        transfer.opened(Opened(2, Attributes(6, "")))
    assert transfer.received == 0


def test_what_many_devices_promise_costs_nothing_and_what_they_send_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("protocols.iec61850.files.transfer.MOST_HELD", 2000)
    hold = [Transfer(f"{number}", Attributes(1000, ""), 1000) for number in range(100)]
    for transfer in hold[:2]:
        assert not transfer.take(Piece(bytes(999), True))
    with pytest.raises(RemoteProtocolError, match="finds no room"):
        hold[2].take(Piece(bytes(10), True))
    del hold[:2], transfer
    assert not hold[-1].take(Piece(bytes(10), True))


def folder(given: Folders, name: str, *entries: str) -> None:
    listing = Listing(name)
    listing.entries = {each: Entry(each, SOME) for each in entries}
    given.take(listing)


def listed(folders: Folders, contents: dict[str, tuple[str, ...]]) -> list[str]:
    while (name := folders.next()) is not None:
        folder(folders, name, *contents.get(name, ()))
    return sorted(entry.name for entry in folders.files.values())


@pytest.mark.parametrize(
    ("contents", "names"),
    [
        ({"": ("COMTRADE/",), "COMTRADE": ("A.cfg",)}, ["COMTRADE/A.cfg"]),
        ({"": ("COMTRADE/A.cfg",), "COMTRADE": ("COMTRADE/A.cfg",)}, ["COMTRADE/A.cfg"]),
        ({"": ("LD0\\",), "LD0\\": ("COMTRADE\\",), "LD0\\COMTRADE\\": ("A.cfg",)}, ["LD0\\COMTRADE\\A.cfg"]),
        ({"": ("/COMTRADE/",), "COMTRADE": ("/COMTRADE/A.cfg",)}, ["/COMTRADE/A.cfg"]),
        ({"": ("../../secret.cfg", "a/../../b.cfg")}, []),
        ({"": ("loop/",), "loop/": ("loop/",), "loop/loop/": ("loop/",)}, []),
    ],
)
def test_folders_as_devices_spell_them(contents: dict[str, tuple[str, ...]], names: list[str]) -> None:
    assert listed(Folders(()), contents) == names


def test_given_folders_are_the_only_ones() -> None:
    assert listed(Folders(("/REC",)), {"/REC": ("A.cfg", "deep/")}) == ["/REC/A.cfg"]


def test_a_set_needs_configuration_and_data() -> None:
    entries = [Entry(name, SOME) for name in ("a.CFG", "a.DAT", "a.hdr", "b.cfg", "c.dat", "d.cff", "e.txt", "f")]
    entries.append(Entry("g.cff", Attributes(0, "")))
    assert sorted(record.name for record in records_of(entries, SUFFIXES)) == ["a", "d.cff"]


def test_the_same_files_are_the_same_octets_and_any_change_is_another_record() -> None:
    files = (Entry("X/a.cfg", SOME), Entry("X/a.dat", SOME))
    record = RecordFiles("X/a", files)
    contents = {"X/a.cfg": b"one", "X/a.dat": b"two"}
    assert content_of(record, contents) == content_of(record, contents)
    other = RecordFiles("X/a", (files[0], Entry("X/a.dat", Attributes(3, "20261120191510Z"))))
    known = Known()
    known.add(record)
    assert (record in Known(known.text), other in Known(known.text)) == (True, False)
    for number in range(MOST_KNOWN + 5):
        known.add(RecordFiles("b", (Entry(str(number), SOME),)))
    assert len(known.text.split(",")) == MOST_KNOWN


def utc_ns(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * 1_000_000_000  # type: ignore[misc,arg-type]


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20261120191509Z", utc_ns(2026, 11, 20, 19, 15, 9)),
        ("20261120191509.250Z", utc_ns(2026, 11, 20, 19, 15, 9) + 250_000_000),
        ("20261120191509", utc_ns(2026, 11, 20, 18, 15, 9)),
        ("20261120191509+0530", utc_ns(2026, 11, 20, 13, 45, 9)),
        ("20261320191509Z", None),
        ("99991120191509Z", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_times_of_files(text: str, expected: int | None) -> None:
    assert generalized_ns(text, BERLIN) == expected


def comtrade(head: str, trigger: str, *after: str) -> bytes:
    return "\r\n".join(
        [head, "1,1A,0D", "1,I,,,A,1,0,0,0,9,1,1,P", "50", "1", "1000,2", trigger, trigger, *after]
    ).encode()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            comtrade("S,D,1999", "20/11/2026,19:15:09.250000", "ASCII", "1"),
            utc_ns(2026, 11, 20, 18, 15, 9) + 250_000_000,
        ),
        (comtrade("S,D", "11/20/26,19:15:09.000000", "ASCII"), utc_ns(2026, 11, 20, 18, 15, 9)),
        (comtrade("S,D,2013", "20/11/2026,19:15:09.0", "BINARY", "1", "0,0", "0,3"), utc_ns(2026, 11, 20, 19, 15, 9)),
        (comtrade("S,D,2013", "20/11/2026,19:15:09.0", "BINARY", "1", "-5h30,0"), utc_ns(2026, 11, 21, 0, 45, 9)),
        (b"--- file type: CFG ---\r\n" + comtrade("S,D,1999", "31/02/2026,19:15:09.0"), None),
        (b"\x00\xff", None),
    ],
)
def test_trigger_of_comtrade(content: bytes, expected: int | None) -> None:
    assert trigger_ns(content, BERLIN) == expected
