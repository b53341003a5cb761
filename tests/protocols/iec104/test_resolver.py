"""Names of devices: few are asked for at once, and whoever gives up leaves its place only when its thread is done."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress

import pytest

from protocols.iec104.resolver import addresses_of, is_address


def test_addresses_need_no_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **more: object) -> None:
        raise AssertionError(arguments)

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    for host in ("127.0.0.1", "::1", "fe80::1%eth0"):
        assert is_address(host)
        assert asyncio.run(addresses_of(host, 2404)) == [(host, 2404)]
    assert not is_address("localhost")


def test_a_dead_name_server_has_three_threads_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    answer, asked = threading.Event(), []

    def slow(host: str, port: int, **more: object) -> list[object]:
        asked.append(host)
        assert answer.wait(5.0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.9", port))] * 2

    monkeypatch.setattr(socket, "getaddrinfo", slow)

    async def main() -> None:
        tasks = [asyncio.create_task(addresses_of(f"rtu{number}", 2404)) for number in range(20)]
        async with asyncio.timeout(20):
            while len(asked) < 3:
                await asyncio.sleep(0.005)
        tasks[0].cancel()  # its thread goes on, so nobody else may begin
        with suppress(asyncio.CancelledError):
            await tasks[0]
        await asyncio.sleep(0.05)
        assert len(asked) == 3
        assert await addresses_of("127.0.0.1", 1) == [("127.0.0.1", 1)]
        answer.set()
        assert await asyncio.gather(*tasks[1:]) == [[("127.0.0.9", 2404)]] * 19

    asyncio.run(main())
