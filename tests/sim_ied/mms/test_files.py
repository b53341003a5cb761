"""File services of a simulated IED, read by libiec61850; and what they refuse."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from open61850.mms import MmsClient, MmsReject, ServiceError
from open61850.server import IedModel

from protocols.iec61850.files import units
from sim_ied.mms.files import MOST_FILES, MOST_OPEN, SLICE, DeviceFiles, FileService
from sim_ied.mms.server import Server
from tests.peers.mms import mms_files_client

MADE_NS = 1_790_000_000_123_000_000
ICD = Path(__file__).parents[2] / "protocols" / "iec61850" / "device.icd"
LARGE = bytes(range(256)) * 300


@pytest.fixture
def files() -> DeviceFiles:
    made = DeviceFiles()
    made.put("COMTRADE/A.cfg", b"configuration", MADE_NS)
    made.put("COMTRADE/A.dat", LARGE, MADE_NS)
    made.put("notes.txt", b"x", MADE_NS)
    return made


@pytest.fixture
def server(files: DeviceFiles) -> Iterator[Server]:
    made = Server(IedModel.from_scl(ICD), "127.0.0.1", 0)
    FileService(files).attach(made)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def client(server: Server) -> Iterator[MmsClient]:
    with MmsClient.connect("127.0.0.1", server.port, timeout=3.0) as made:
        yield made


def test_libiec61850_lists_and_reads(server: Server) -> None:
    root = mms_files_client(server.port, "")["files"]
    assert set(root) == {"COMTRADE/", "notes.txt"}
    found = mms_files_client(server.port, "COMTRADE")["files"]
    assert found == {
        "COMTRADE/A.cfg": [13, MADE_NS // 1_000_000, hashlib.sha256(b"configuration").hexdigest()],
        "COMTRADE/A.dat": [len(LARGE), MADE_NS // 1_000_000, hashlib.sha256(LARGE).hexdigest()],
    }
    assert "error" in mms_files_client(server.port, "NOTHING")["failed"]


@pytest.mark.parametrize(
    ("request_octets", "code"),
    [
        (units.open_request("../../etc/passwd", 0), 7),
        (units.open_request("COMTRADE/A.cfg", 14), 5),
        (units.read_request(99), 7),
        (units.close_request(99), 7),
        (units.delete_request("notes.txt"), 6),
        (units.delete_request("none"), 7),
        (units.directory_request("none", ""), 7),
    ],
)
def test_what_cannot_be_is_an_error_of_class_file(client: MmsClient, request_octets: bytes, code: int) -> None:
    with pytest.raises(ServiceError) as refusal:
        client.request(request_octets)
    assert (refusal.value.error_class, refusal.value.code) == (11, code)


def test_obtaining_and_renaming_are_no_services_of_it(client: MmsClient) -> None:
    for number in (units.OBTAIN, units.RENAME):
        with pytest.raises(MmsReject):
            client.request(bytes([0xBF, number, 2, 0xA0, 0]))
    assert client.association is not None
    assert [client.association.supports(number) for number in (46, 72, 73, 74, 75, 76, 77)] == [
        False, True, True, True, False, True, True,
    ]  # fmt: skip


def test_a_client_that_closes_nothing_is_bounded_and_leaves_nothing(server: Server, client: MmsClient) -> None:
    for _ in range(MOST_OPEN):
        units.opened(client.request(units.open_request("COMTRADE/A.dat", 0)).content)
    with pytest.raises(ServiceError):
        client.request(units.open_request("COMTRADE/A.dat", 0))
    with MmsClient.connect("127.0.0.1", server.port, timeout=3.0) as other:
        handle = units.opened(other.request(units.open_request("COMTRADE/A.dat", SLICE)).content).handle
        piece = units.piece(other.request(units.read_request(handle)).content)
        assert (piece.octets, piece.more) == (LARGE[SLICE : 2 * SLICE], True)


def test_a_long_directory_comes_in_pages(files: DeviceFiles, client: MmsClient) -> None:
    for number in range(MOST_FILES + 50):
        files.put(f"COMTRADE/{number:0180d}.cfg", b"x", MADE_NS)  # the oldest give way
    names: list[str] = []
    pages, more = 0, True
    while more:
        page = units.page(client.request(units.directory_request("COMTRADE", names[-1] if names else "")).content)
        names += [entry.name for entry in page.entries]
        pages, more = pages + 1, page.more
    assert len(set(names)) == len(names) == MOST_FILES


def test_garbage_is_rejected_and_the_association_lives(client: MmsClient) -> None:
    for octets in (b"\xbf\x48\x02\xa0\x05", b"\xbf\x48\x00", b"\x9f\x49\x00", b"\xbf\x4d\x03\x81\x05\x01"):
        with pytest.raises((MmsReject, ServiceError)):
            client.request(octets)
    assert units.page(client.request(units.directory_request("", "")).content).entries
