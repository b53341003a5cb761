"""A complete conversation under an independent decoder (tshark) and under our own referee."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import NamedTuple

import pytest

from protocols.iec104.application.asdu import Asdu
from protocols.iec104.application.codec import decode
from protocols.iec104.link import apci
from protocols.iec104.link.apci import Function
from tests.protocols.iec104 import capture
from tests.protocols.iec104.capture import Decoded, Direction, Sent, needs_tshark
from tests.protocols.iec104.golden import GOLDEN
from tests.protocols.iec104.rules import Referee
from tests.protocols.iec104.scenario import REQUESTS, Request, conversation

MONITORED = {1, 3, 5, 7, 9, 11, 13, 15, 20, 21, *range(30, 41), 70, 120, 121, 123, 125, 126}
ORDERED = {*range(45, 52), *range(58, 65), 100, 101, 102, 103, 105, 107, 110, 111, 112, 113, 122, 124}
"""What our stations send in monitor direction of their own accord, and what is asked of them."""


class Conversation(NamedTuple):
    of_master: list[Sent]
    of_script: list[Sent]
    answered: dict[str, list[int]]

    def asdus(self, direction: Direction) -> list[Asdu]:
        frames = [frame for frame in (*self.of_master, *self.of_script) if frame.direction is direction]
        return [decode(octets[6:]) for _, octets in frames if octets[2] & 1 == 0]


@pytest.fixture(scope="module")
def talk() -> Conversation:
    return Conversation(*asyncio.run(conversation()))


@pytest.mark.parametrize("row", REQUESTS, ids=[row[0] for row in REQUESTS])
def test_every_request_is_answered_as_the_standard_says(talk: Conversation, row: Request) -> None:
    assert talk.answered[row[0]] == row[-1]


def test_every_type_and_cause_was_sent(talk: Conversation) -> None:
    monitored = {asdu.type_id for asdu in talk.asdus(Direction.MONITOR) if not asdu.negative}
    ordered = {asdu.type_id for asdu in talk.asdus(Direction.CONTROL)}
    assert monitored >= MONITORED
    assert ordered >= ORDERED
    causes = {asdu.cause for asdu in talk.asdus(Direction.MONITOR)}
    assert causes == {*range(1, 6), 7, 9, 10, 11, 13, 20, 21, 22, 37, 38, 44, 45, 46, 47}
    functions = {Function(octets[2]) for _, octets in (*talk.of_master, *talk.of_script) if octets[2] & 3 == 3}
    assert functions == set(Function)


def test_referee_finds_nothing(talk: Conversation) -> None:
    for frames in (talk.of_master, talk.of_script):
        Referee().judge(frames)


def _agree(rows: list[Decoded], frames: list[Sent]) -> None:
    assert len(rows) == len(frames)
    for row, (_, octets) in zip(rows, frames, strict=True):
        assert row.complaints == ""
        if octets[2] & 1:
            assert row.type_id is None
            continue
        asdu = decode(octets[6:])
        head = row.type_id, row.cause, row.common_address, row.originator, row.negative, row.test, row.sequence
        assert head == (*asdu[:3], *asdu[4:])
        if asdu.type_id < 120 and asdu.objects:  # file transfer is not decoded beyond the first address
            assert row.addresses == tuple(item.address for item in asdu.objects)


@needs_tshark
def test_tshark_understands_the_whole_conversation(talk: Conversation, tmp_path: Path) -> None:
    file = tmp_path / "conversation.pcap"
    capture.write(file, talk.of_master, talk.of_script)
    _agree(capture.decoded(file), [*talk.of_master, *talk.of_script])


@needs_tshark
def test_tshark_understands_the_golden_frames_and_finds_what_is_malformed(tmp_path: Path) -> None:
    frames = [bytes.fromhex(octets) for octets, _ in GOLDEN.values()]
    sent = [Sent(Direction.MONITOR, apci.information(number, 0, octets)) for number, octets in enumerate(frames)]
    broken = Sent(Direction.MONITOR, apci.information(len(sent), 0, bytes.fromhex("240103000100 010000 0000")))
    file = tmp_path / "golden.pcap"
    capture.write(file, [*sent, broken])
    rows = capture.decoded(file)
    _agree(rows[:-1], sent)
    assert rows[-1].complaints


VALUES = {
    "float": "iec60870_asdu.float", "normalised": "iec60870_asdu.normval", "scaled": "iec60870_asdu.scalval",
    "total": "iec60870_asdu.bcr.count", "time": "iec60870_asdu.cp56time",
}  # fmt: skip


@needs_tshark
def test_tshark_reads_the_values_that_we_mean(tmp_path: Path) -> None:
    chosen = ("float with time, address of three octets", "normalised", "scaled, overflow", "counter with time")
    frames = [bytes.fromhex(GOLDEN[name][0]) for name in chosen]
    file = tmp_path / "values.pcap"
    capture.write(file, [Sent(Direction.MONITOR, apci.information(at, 0, asdu)) for at, asdu in enumerate(frames)])
    rows = capture.tshark(file, "-T", "fields", *(part for field in VALUES.values() for part in ("-e", field)))
    assert [[text for text in row if text][0] for row in rows] == ["3.5", "-0.5", "-1000", "-2147483648"]
    assert all("Nov 20, 2026 10:15:30.250" in rows[place][-1] for place in (0, 3))


DOUBLE = "2e0106000100 102700"
BROKEN_RULES = {
    "confirmed twice": [("c", f"{DOUBLE} 02"), ("m", "2e0107000100 102700 02"), ("m", "2e0107000100 102700 02")],
    "terminated before": [("c", f"{DOUBLE} 02"), ("m", "2e010a000100 102700 02")],
    "answers nothing": [("m", "2e0107000100 102700 02")],
    "a refusal is negative": [("c", f"{DOUBLE} 02"), ("m", "2e012f000100 102700 02")],
    "SQ = 1 with time tags": [("m", "1e8103000100 0a0000 01 2a760f0ab40b1a")],
    "no interrogation is running": [("m", "010114000100 0a0000 01")],
    "answers nothing that was asked": [("m", "1e0114000100 0a0000 01 2a760f0ab40b1a")],
    "never confirmed": [("c", f"{DOUBLE} 02")],
    "originator": [("c", f"{DOUBLE} 02"), ("m", "2e0107090100 102700 02")],
    "nobody has read it": [("m", "010105000100 0a0000 01")],
}


@pytest.mark.parametrize("complaint", BROKEN_RULES)
def test_referee_sees_what_breaks_the_rules(complaint: str) -> None:
    directions = {"c": Direction.CONTROL, "m": Direction.MONITOR}
    frames = [
        Sent(directions[who], apci.information(0, 0, bytes.fromhex(asdu))) for who, asdu in BROKEN_RULES[complaint]
    ]
    with pytest.raises(AssertionError, match=complaint):
        Referee().judge(frames)
