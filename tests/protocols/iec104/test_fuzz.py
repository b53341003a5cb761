"""Both roles against rubbish: the link is closed by RemoteProtocolError or lives on, nothing else ever happens."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from models.errors import RemoteProtocolError
from models.point import Dbpos
from protocols.iec104.application.asdu import Asdu, Observation, Order, Service
from protocols.iec104.application.codec import encode
from protocols.iec104.application.types import TYPES
from protocols.iec104.connection import Station
from protocols.iec104.controlled_station.controlled_link import ControlledLink
from protocols.iec104.controlling_station.mapping import stations_of, targets_of
from protocols.iec104.controlling_station.settings import LinkSettings
from protocols.iec104.controlling_station.station import ControllingStation
from protocols.iec104.link import apci
from protocols.iec104.link.apci import Function
from tests.protocols.iec104.pair import POINTS, START_NS, STATION, Device, Time

ROUNDS = 6000

KILLERS = [
    "680a00000000670106000100",
    "680f000000006701060001000000000102",
    "680a00000000018203000100",
    "680a00000000460104000100",
    "680d0000000026ff069201002c0000",
    "68040100",
    "680e0000000064010600010000000014",
]
"""Frames that end other implementations with a segmentation fault, and their neighbours."""

SEEDS = [
    Asdu(100, 6, STATION, (Service(0, 20),)),
    Asdu(103, 6, STATION, (Service(0, 0, START_NS),)),
    Asdu(107, 6, STATION, (Service(0, 1, START_NS),)),
    Asdu(102, 5, STATION, (Service(11),)),
    Asdu(46, 6, STATION, (Order(10_001, Dbpos.ON, True),)),
    Asdu(58, 6, STATION, (Order(10_002, True, time_ns=START_NS),)),
    Asdu(30, 3, STATION, (Observation(3, True, 0, START_NS), Observation(4, True, 0, START_NS))),
    Asdu(13, 20, STATION, (Observation(11, 1.0), Observation(12, 1.0)), sequence=True),
    Asdu(15, 37, STATION, (Observation(5, 1),)),
    Asdu(70, 4, STATION, (Service(),)),
]


def outstation() -> Station:
    return ControlledLink(Device(Time()).outstation, "fuzz", "main", lambda: None, 0.0)


def master() -> Station:
    return ControllingStation(
        "fuzz", targets_of(POINTS), stations_of(POINTS), LinkSettings(), lambda: START_NS, lambda: None,
        lambda batch: None, 0.0,
    )  # fmt: skip


ROLES: dict[str, tuple[Callable[[], Station], Function]] = {
    "outstation": (outstation, Function.STARTDT_ACT),
    "master": (master, Function.STARTDT_CON),
}


def survives(station: Station, octets: bytes) -> bool:
    """Whether the connection stays open; any other exception than RemoteProtocolError fails the test."""
    try:
        station.receive(octets, 0.0)
        station.pump(0.0)
        station.take_output()
        station.tick(0.1)
    except RemoteProtocolError:
        station.closed()
        return False
    return True


def mutated(source: random.Random, octets: bytes) -> bytes:
    data = bytearray(octets)
    for _ in range(source.randint(1, 4)):
        place = source.randrange(len(data))
        action = source.randrange(4)
        if action == 0:
            data[place] = source.randrange(256)
        elif action == 1:
            data[place] ^= 1 << source.randrange(8)
        elif action == 2 and len(data) > 1:
            del data[place:]
        else:
            data[place:place] = source.randbytes(source.randint(1, 8))
        if not data:
            data = bytearray(b"\x68")
    return bytes(data)


def rubbish(source: random.Random, number: int) -> bytes:
    """A frame of random kind: random octets, a mutated frame, a mutated ASDU in a correct frame, a random ASDU."""
    asdu = encode(source.choice(SEEDS))
    kind = source.randrange(4)
    if kind == 0:
        return source.randbytes(source.randint(1, 300))
    if kind == 1:
        return mutated(source, apci.information(number, 0, asdu))
    if kind == 2:
        return apci.information(number, 0, mutated(source, asdu)[:249])
    header = bytes([source.choice([*TYPES, source.randrange(256)]), source.randrange(256), source.randrange(256)])
    return apci.information(number, 0, header + source.randbytes(source.randint(0, 40)))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("started", [False, True])
@pytest.mark.parametrize("frame", KILLERS)
def test_killers_of_other_implementations(role: str, started: bool, frame: str) -> None:
    make, start = ROLES[role]
    station = make()
    if started:
        assert survives(station, apci.unnumbered(start))
    survives(station, bytes.fromhex(frame))
    assert survives(make(), apci.unnumbered(start))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("started", [False, True])
def test_random_frames(role: str, started: bool) -> None:
    make, start = ROLES[role]
    source = random.Random(60870)
    station, number, lived = make(), 0, 0
    if started:
        survives(station, apci.unnumbered(start))
    for _ in range(ROUNDS):
        frame = rubbish(source, number)
        if survives(station, frame):
            number += frame[:1] == b"\x68" and len(frame) > 6 and frame[2] & 1 == 0
            lived += 1
            continue
        station, number = make(), 0
        if started:
            survives(station, apci.unnumbered(start))
    assert 0 < lived < ROUNDS
