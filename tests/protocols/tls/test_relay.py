"""A relay between TLS and a blocking socket: every octet both ways, nobody is read faster than he is answered, ends."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from protocols.tls.relay import Relay
from protocols.tls.shell import Shell
from tests.protocols.tls.ends import PATIENCE_S, Ends, ends

NAMES = frozenset({"RTU"})
LARGE = bytes(range(256)) * 8192  # 2 MB


@asynccontextmanager
async def relayed(two: Ends) -> AsyncIterator[tuple[Relay, socket.socket, list[str]]]:
    told: list[str] = []
    relay, client = Relay(told.append), two.client()
    _, shell = await asyncio.get_running_loop().create_connection(
        lambda: client.connect(relay, NAMES, "RTU", two.own.append), "127.0.0.1", two.port
    )
    assert isinstance(shell, Shell)
    await shell.ready()
    far = await relay.open()
    far.settimeout(PATIENCE_S)
    try:
        yield relay, far, told
    finally:
        far.close()
        relay.abort()


def receive(far: socket.socket, count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        octets = far.recv(1 << 16)
        assert octets, f"ended after {len(parts)} of {count}"
        parts += octets
    return bytes(parts)


def test_threads_send_and_receive_every_octet(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with ends(tmp_path) as two, relayed(two) as (relay, far, _):
            echoed, _ = await asyncio.gather(
                asyncio.to_thread(receive, far, len(LARGE)), asyncio.to_thread(far.sendall, LARGE)
            )
            assert echoed == LARGE
            (own_host, _), (host, port) = relay.addresses
            assert (own_host, host, port) == ("127.0.0.1", "127.0.0.1", two.port)

    asyncio.run(scenario())


def test_what_nobody_reads_is_not_read_from_the_peer_either(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with ends(tmp_path) as two, relayed(two) as (_, far, _):
            (app,) = two.served
            assert app.transport is not None
            written = 0
            while app.transport.get_write_buffer_size() == 0:  # until TCP is full, because the relay has stopped
                app.transport.write(bytes(1 << 16))
                written += 1 << 16
                await asyncio.sleep(0)
                assert written < 64 << 20
            await asyncio.sleep(0.05)
            assert app.transport.get_write_buffer_size() > 0
            await asyncio.to_thread(receive, far, written)  # and it goes on

    asyncio.run(scenario())


def test_the_peers_end_is_told_before_the_socket_shows_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with ends(tmp_path) as two, relayed(two) as (relay, far, told):
            (app,) = two.served
            assert app.transport is not None
            app.transport.write(b"last words")
            app.transport.close()
            assert await asyncio.to_thread(receive, far, 10) == b"last words"
            assert await asyncio.to_thread(far.recv, 1) == b""
            assert told == [relay.reason]

    asyncio.run(scenario())


def test_a_closed_far_end_ends_the_connection(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with ends(tmp_path) as two, relayed(two) as (_, far, told):
            (app,) = two.served
            far.close()
            await app.until(lambda app: app.is_lost)
            assert told == [""]

    asyncio.run(scenario())


def test_a_relay_whose_peer_has_gone_opens_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with ends(tmp_path) as two:
            relay, client = Relay(), two.client()
            _, shell = await asyncio.get_running_loop().create_connection(
                lambda: client.connect(relay, NAMES, "RTU", two.own.append), "127.0.0.1", two.port
            )
            assert isinstance(shell, Shell)
            await shell.ready()
            shell.abort()
            try:
                far = await relay.open()
            except ConnectionError:
                return
            with far:
                assert await asyncio.to_thread(far.recv, 1) == b""

    asyncio.run(scenario())
