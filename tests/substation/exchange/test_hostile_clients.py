"""The listener under attack: strangers, garbage, replays, too many connections."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as raw_connect
from websockets.exceptions import ConnectionClosed

from models.errors import LinkError
from models.wire import messages as m
from models.wire.instant import Instant
from models.wire.session import ClientSession
from protocols.exchange.client import connect
from substation.exchange.access import Role
from substation.exchange.door import Limits
from substation.stakeholders.register import StakeholderRegister
from tests.substation.exchange.board import OPERATOR, STRANGER, VIEWER, power, site, until

Q0 = "ST103/K1/E01/Q0"


def test_unknown_keys_wrong_units_and_skewed_clocks_are_refused(tmp_path: Path) -> None:
    async def run() -> None:
        async with site(tmp_path) as unit:
            with pytest.raises(LinkError, match="ringmain enrol"):
                async with connect(unit.url, STRANGER):
                    pass
            with pytest.raises(LinkError, match="another unit"):
                async with connect(unit.url, OPERATOR, unit_key=STRANGER.public, timeout_s=0.5):
                    pass
            await until(lambda: unit.refused)
            assert "is not known" in unit.refused[0].why

            def an_hour_ago() -> Instant:
                return Instant(time.time_ns() - 3600 * 10**9, time.monotonic_ns())

            with pytest.raises(LinkError, match="clock is 3600 s ahead"):
                async with connect(unit.url, OPERATOR, clock=an_hour_ago, timeout_s=0.5):
                    pass

    asyncio.run(run())


def test_enrolling_and_withdrawing_take_effect_while_running(tmp_path: Path) -> None:
    async def run() -> None:
        async with site(tmp_path, Limits(key_check_s=0.05)) as unit:
            with closing(StakeholderRegister(tmp_path)) as elsewhere:  # as `ringmain enrol` in another process
                elsewhere.enrol(STRANGER.public, "Sven", Role.OPERATOR, 1)
                async with connect(unit.url, STRANGER) as client:
                    assert client.welcome is not None
                    assert client.welcome.name == "Sven"
                    elsewhere.enrol(STRANGER.public, "Sven", Role.VIEWER, 1)
                    await until(lambda: client.welcome is not None and client.welcome.role == "VIEWER")
                    elsewhere.remove_key(STRANGER.key_id)
                    await until(lambda: not client.connected)
                    assert (await client.write("CSWI1.Pos.Oper", Q0, 1)).code is m.Code.NOT_SENT
            assert any("withdrawn" in refusal.why for refusal in unit.refused)

    asyncio.run(run())


@pytest.mark.parametrize(
    "garbage", [b"", b"\xd2", b"\x00" * 100, b"\xd2\x84\x40\xa0\x40\x40", b"\xff" * 5000, "text", b"x" * 1_000_000]
)
def test_garbage_closes_that_connection_and_no_other(tmp_path: Path, garbage: bytes | str) -> None:
    async def run() -> None:
        async with site(tmp_path) as unit, connect(unit.url, VIEWER) as client:
            unit.board.put(power(1))
            async with raw_connect(unit.url, compression=None, proxy=None) as socket:
                await socket.recv()
                await socket.send(garbage)
                with pytest.raises(ConnectionClosed):
                    await _until_closed(socket)
            assert await client.query("MMXU1.TotW", "*") == [power(1)]

    asyncio.run(run())


def test_whoever_does_not_log_in_is_sent_away(tmp_path: Path) -> None:
    async def run() -> None:
        async with site(tmp_path, Limits(login_s=0.05)) as unit:
            async with raw_connect(unit.url, compression=None, proxy=None) as socket:
                with pytest.raises(ConnectionClosed, match="no login"):
                    await _until_closed(socket)
            assert "no login" in unit.refused[0].why

    asyncio.run(run())


def test_connections_are_bounded(tmp_path: Path) -> None:
    async def run() -> None:
        async with site(tmp_path, Limits(connections=1)) as unit, connect(unit.url, VIEWER):
            with pytest.raises(LinkError, match="serves 1 connections already"):
                async with connect(unit.url, OPERATOR):
                    pass

    asyncio.run(run())


def test_frames_recorded_before_a_restart_are_refused_after_it(tmp_path: Path) -> None:
    async def run() -> None:
        recorded: list[bytes] = []
        async with site(tmp_path) as unit:
            await _operate(unit.url, recorded)
            await until(lambda: unit.board.written)
        async with site(tmp_path) as unit:
            for frames in (recorded, recorded[1:]):  # login and write; the write alone
                async with raw_connect(unit.url, compression=None, proxy=None) as socket:
                    await socket.recv()
                    await socket.send(frames[0])
                    with pytest.raises(ConnectionClosed):
                        await _until_closed(socket)
            await until(lambda: len(unit.refused) == 2)
            assert unit.board.written == []
            assert "replay" in unit.refused[0].why

    asyncio.run(run())


async def _until_closed(socket: ClientConnection) -> None:
    """ConnectionClosed as soon as the unit has closed; TimeoutError when it does not."""
    async with asyncio.timeout(20):
        while True:
            await socket.recv()


async def _operate(url: str, recorded: list[bytes]) -> None:
    """One write over a raw socket; everything that leaves is recorded."""
    session = ClientSession(OPERATOR)

    def now() -> Instant:
        return Instant(time.time_ns(), time.monotonic_ns())

    async with raw_connect(url, compression=None, proxy=None) as socket:
        session.connected()
        for _ in range(2):
            session.receive(bytes(await socket.recv()), now())
            for frame in session.outgoing(now()):
                recorded.append(frame)
                await socket.send(frame)
        session.write("CSWI1.Pos.Oper", Q0, 1, now=now())
        for frame in session.outgoing(now()):
            recorded.append(frame)
            await socket.send(frame)
        await socket.recv()


def test_a_register_that_the_disk_refuses_is_told_at_the_door(tmp_path: Path) -> None:
    async def run() -> None:
        async with site(tmp_path) as unit:
            with closing(sqlite3.connect(tmp_path / "keys.sqlite")) as database:
                database.execute("DROP TABLE sequences")
            with pytest.raises(LinkError, match="cannot let anybody in at present"):
                async with connect(unit.url, OPERATOR, timeout_s=2):
                    pass
            assert "the key register fails: no such table" in unit.refused[0].why

    asyncio.run(run())
