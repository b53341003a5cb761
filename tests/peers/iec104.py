"""How a test talks to hat-drivers' IEC 104 stations, which run in processes of their own."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).parent / "hat_iec104.py"


class Iec104PeerError(Exception):
    """The peer could not do it; its words."""


class Iec104Peer:
    """A peer that answers JSON lines: `await peer.order("interrogate", 103)` (see hat_iec104.py)."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def order(self, name: str, *arguments: Any) -> Any:
        """The result of one order; Iec104PeerError when the peer fails at it or has died."""
        if self._process.stdin is None or self._process.stdout is None:
            raise Iec104PeerError("no pipes")
        self._process.stdin.write((json.dumps({name: arguments}) + "\n").encode())
        await self._process.stdin.drain()
        line = await self._process.stdout.readline()
        answer = json.loads(line) if line else {"failed": "the peer has died"}
        if "failed" in answer:
            raise Iec104PeerError(answer["failed"])
        return answer["result"]


@asynccontextmanager
async def _peer(role: str, host: str, port: int, tls: Sequence[Path] = ()) -> AsyncIterator[Iec104Peer]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(SCRIPT),
        role,
        host,
        str(port),
        *(str(file) for file in tls),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 24,  # an interrogation of thousands of points is one line
    )
    try:
        if process.stdout is None or await process.stdout.readline() != b"ready\n":
            raise Iec104PeerError(f"hat-drivers' {role} did not start on {host}:{port}")
        yield Iec104Peer(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@asynccontextmanager
async def control_centre(host: str, port: int, tls: Sequence[Path] = ()) -> AsyncIterator[Iec104Peer]:
    """hat-drivers' control centre, connected and started. tls: files of authorities, certificate and key."""
    async with _peer("centre", host, port, tls) as peer:
        yield peer


@asynccontextmanager
async def rtu(tls: Sequence[Path] = ()) -> AsyncIterator[tuple[Iec104Peer, int]]:
    """hat-drivers' controlled station, and its port on loopback. tls: as of a control centre."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    async with _peer("rtu", "127.0.0.1", port, tls) as peer:
        yield peer, port
