"""Frames between front end and unit server: what goes in comes out; what is broken is refused, whatever it is."""

from __future__ import annotations

from contextlib import suppress

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.command import Action, AddCause, Command, CommandResult, Originator, OriginatorCategory, Outcome
from models.difference import Difference
from models.driver import LinkConfig
from models.errors import LocalProtocolError, RemoteProtocolError
from models.front_end import (
    Committed,
    Configure,
    Events,
    Execute,
    Executed,
    Heartbeat,
    Hello,
    LinkCounters,
    LinkDifferences,
    LinkNotice,
    LinkState,
    Measurands,
    Message,
    RecordPart,
    RecordTaken,
    ResumePoints,
)
from models.front_end_codec import MAX_FRAME_BYTES, Framer, encode
from models.point import Cdc, ControlModel, Dbpos, Handle, Iec104Address, Limits, PointName, PointSpec, SampleBatch
from models.quality import Quality
from models.scl.findings import Severity

SPEC = PointSpec(
    PointName("ST1/K1/E01/Q0", "CSWI1.Pos"),
    Cdc.DPC,
    "ST1",
    unit="",
    reference="",
    monitor=Iec104Address(1001, 17, 31),
    command=Iec104Address(1001, 10_017, 46),
    control_model=ControlModel.SBO_NORMAL,
    max_age_s=2.5,
    line=7,
    limits=Limits(-5.0, None, 0.5),
)
SPREAD = PointSpec(
    PointName("ST1", "LLN0.Health"),
    Cdc.ENS,
    "ST1",
    monitor=Iec104Address(1, 1, 30, expected=1),
    more_monitors=(Iec104Address(1, 2, 30, expected=2, inverted=True), Iec104Address(1, 3, 35, scale=0.1, offset=-4.0)),
)
BATCH = SampleBatch(
    [Handle(1), Handle(2), Handle(3), Handle(4)],
    [Dbpos.OFF, True, 7, 1.5],
    [0, int(Quality.INVALID), 0, 0],
    [None, 5, 6, 7],
    [8, 8, 8, 8],
)
COMMAND = Command(
    5, Handle(1), Action.OPERATE, Dbpos.ON, Originator(OriginatorCategory.STATION_CONTROL, "Ada"), 99, test=True
)
MESSAGES: tuple[Message, ...] = (
    Hello(1, "iec104", 4711),
    Configure(16, (LinkConfig("L", "iec104", "ST1", "::1", 2404, {"k": 12, "x": 1.5, "y": True}),), (
        (Handle(1), SPEC), (Handle(2), PointSpec(PointName("a", "b"), Cdc.MV, "L")), (Handle(3), SPREAD),
    )),
    Events(1, BATCH),
    Committed(1),
    Measurands(SampleBatch()),
    LinkState("L", False, "gone: Müller"),
    LinkNotice("L", "sends type 200"),
    LinkDifferences("L", (Difference(Severity.LOSS, "a", "b", "c", "d", "e.scd", 5, ("f", "g")),)),
    LinkDifferences("L", ()),
    LinkCounters("L", {"frames received": 7}),
    RecordPart(3, "L", "103/50000/1", None, 300, 100, b"\x00\xff"),
    RecordTaken(3, "the disk is full"),
    ResumePoints("L", {"entry": "00ff"}),
    Execute(COMMAND),
    Executed(5, Action.SELECT, CommandResult(Outcome.REFUSED, AddCause.SELECT_FAILED, "no")),
    Heartbeat(),
)  # fmt: skip


def typed(batch: SampleBatch) -> list[tuple[type, object]]:
    return [(type(value), value) for value in batch.values]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_every_message_survives_the_wire(message: Message) -> None:
    (received,) = Framer().receive(encode(message))
    assert received == message
    if isinstance(received, Events) and isinstance(message, Events):
        assert typed(received.batch) == typed(message.batch)  # Dbpos, bool and int are equal to one another


def test_frames_come_in_pieces_of_any_size() -> None:
    octets = b"".join(encode(message) for message in MESSAGES)
    for size in (1, 2, 3, 7, 64, len(octets)):
        framer = Framer()
        received = [
            each for start in range(0, len(octets), size) for each in framer.receive(octets[start : start + size])
        ]
        assert received == list(MESSAGES)


def frame(item: object) -> bytes:
    body = cbor2.dumps(item)
    return len(body).to_bytes(4, "big") + body


@pytest.mark.parametrize(
    "item",
    [
        None,
        [],
        {},
        "hello",
        [["hello"]],
        ["what"],
        ["hello", 1, "iec104"],
        ["hello", "1", "iec104", 5],
        ["hello", True, "iec104", 5],
        ["committed"],
        ["committed", [1]],
        ["heartbeat", 1],
        ["link", "L", 1, ""],
        ["resume", "L", {"a": 1}],
        ["notice", "L", 1],
        ["counters", "L", {"a": "1"}],
        ["counters", "L", {"a": True}],
        ["counters", "L", {1: 1}],
        ["events", 1, [[1], [True], [0], [None]]],
        ["events", 1, [[1], [True], [0], [None], []]],
        ["events", 1, [[1], [None], [0], [None], [0]]],
        ["events", 1, [[1], [[7]], [0], [None], [0]]],
        ["events", 1, [[1], [[1, 2]], [0], [None], [0]]],
        ["events", 1, [["1"], [True], [0], [None], [0]]],
        ["events", 1, [[1], [True], [0], [0.5], [0]]],
        ["events", 1, [[1], [2**64], [0], [None], [0]]],
        ["events", 1, [[1], [True], [0], [None], [2**63]]],
        ["executed", 1, "Oper", "accepted", 99, ""],
        ["execute", 1, 1, "Oper", True, [99, "x"], 1, True, True, False],
        ["execute", 1, 1, "Oper", True, [2, "x"], 1, 1, True, False],
        ["configure", "x", "many", [], []],
    ],
)  # fmt: skip
def test_what_is_no_message_is_refused_in_words(item: object) -> None:
    with pytest.raises(RemoteProtocolError, match="is not understood"):
        list(Framer().receive(frame(item)))


def test_a_frame_without_end_is_refused_before_it_is_kept() -> None:
    with pytest.raises(RemoteProtocolError, match="longer than"):
        list(Framer().receive((MAX_FRAME_BYTES + 1).to_bytes(4, "big")))


@given(st.sampled_from(MESSAGES), st.integers(0, 10_000), st.integers(0, 255))
def test_a_flipped_octet_is_understood_or_refused(message: Message, where: int, what: int) -> None:
    octets = bytearray(encode(message))
    octets[4 + where % (len(octets) - 4)] = what
    with suppress(RemoteProtocolError):
        list(Framer().receive(bytes(octets)))


@given(st.binary(max_size=200))
def test_noise_is_refused_or_waited_for(noise: bytes) -> None:
    try:
        received = list(Framer().receive(len(noise).to_bytes(4, "big") + noise))
    except RemoteProtocolError:
        return
    assert received


def test_a_value_that_cannot_travel_is_our_own_defect() -> None:
    batch = SampleBatch([Handle(1)], [object()], [0], [None], [1])  # type: ignore[list-item]
    with pytest.raises(LocalProtocolError):
        encode(Measurands(batch))
