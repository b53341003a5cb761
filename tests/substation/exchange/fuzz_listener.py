"""Spoiled frames over sockets to a running unit, while another client is served all the time."""

from __future__ import annotations

import asyncio
import logging
import random
import statistics
import time
from pathlib import Path

from websockets.asyncio.client import connect as raw_connect
from websockets.exceptions import ConnectionClosed

from models.wire.instant import Instant
from models.wire.keys import SigningKey
from models.wire.session import ClientSession, State
from protocols.exchange.client import connect
from substation.exchange.door import Limits
from tests.models.wire import mutations
from tests.models.wire.fuzz_targets import REQUESTS, signed
from tests.substation.exchange.board import OPERATOR, VIEWER, power, site

LIMITS = Limits(logins_per_s=1e6, logins_burst=1e6, requests_per_s=1e6, requests_burst=1e6)
ANSWER_S = 5.0


def besiege(folder: Path, frames: int, seed: int) -> str:
    """How it went, in a line; AssertionError when the other client was not served."""
    logging.getLogger("ringmain.exchange").setLevel(logging.CRITICAL)  # defects that clients cause are not told here
    return asyncio.run(_besiege(folder, frames, random.Random(seed)))


async def _besiege(folder: Path, frames: int, rng: random.Random) -> str:
    async with site(folder, LIMITS) as unit, connect(unit.url, VIEWER) as client:
        unit.board.put(power(1))
        async with asyncio.TaskGroup() as group:
            attacker = group.create_task(_attack(unit.url, frames, rng))
            waits_ms = []
            while not attacker.done():
                began_s = time.perf_counter()
                async with asyncio.timeout(ANSWER_S):
                    assert await client.query("MMXU1.TotW", "*") == [power(1)]
                waits_ms.append((time.perf_counter() - began_s) * 1e3)
                await asyncio.sleep(0.002)
        refused = sum(not decision.granted for decision in unit.decided)
    return (
        f"over sockets: {frames} frames in {attacker.result()} connections, {refused} refusals told; meanwhile"
        f" {len(waits_ms)} queries of another client, all answered,"
        f" median {statistics.median(waits_ms):.1f} ms, longest {max(waits_ms):.0f} ms"
    )


async def _attack(url: str, frames: int, rng: random.Random) -> int:
    """Connections it took."""
    sent = connections = 0
    while sent < frames:
        connections += 1
        try:
            sent += await _one_connection(url, frames - sent, rng)
        except (ConnectionClosed, OSError):
            sent += 1
    return connections


async def _one_connection(url: str, most: int, rng: random.Random) -> int:
    """Log in now and then, and send until the unit has had enough; returns how many were sent."""
    session = ClientSession(OPERATOR)
    sent = 0
    async with raw_connect(url, compression=None, proxy=None, close_timeout=0.1) as socket:
        session.connected()
        logs_in = rng.random() < 0.8
        for _ in range(2 if logs_in else 1):
            session.receive(bytes(await socket.recv()), _now())
            for frame in session.outgoing(_now()) if logs_in else ():
                await socket.send(frame)
        while sent < most:
            await socket.send(_spoiled(session, OPERATOR, rng))
            sent += 1
            if rng.random() < 0.3:
                await asyncio.wait_for(socket.recv(), ANSWER_S)
    return sent


def _spoiled(session: ClientSession, key: SigningKey, rng: random.Random) -> bytes:
    """Of an open session mostly such as the unit must decode to the end."""
    if session.state is not State.OPEN or rng.random() < 0.1:
        return mutations.octets(rng, signed(key, b"", 0, rng.choice(REQUESTS)), b"\xd2\x84")
    session.query("MMXU1.TotW", "*", now=_now())
    (valid,) = session.outgoing(_now())
    if rng.random() < 0.5:
        return valid
    return _changed(session, key, rng)


def _changed(session: ClientSession, key: SigningKey, rng: random.Random) -> bytes:
    channel = session._channel  # noqa: SLF001
    assert channel is not None
    message = mutations.values(rng, rng.choice(REQUESTS))
    return signed(key, channel._session, channel._send_next - 1, message, (), time.time_ns())  # noqa: SLF001


def _now() -> Instant:
    return Instant(time.time_ns(), time.monotonic_ns())
