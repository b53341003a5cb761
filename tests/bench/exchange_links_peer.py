"""The bare peer of links: WebSockets and SQLite alone, the same bytes kept at both ends, nothing signed or checked.

`python -m tests.bench.exchange_links_peer server|clients FILE`. Orders: server: `["open"]` the port, `["kept"]` bodies;
clients: `["fill", CLIENTS, COUNT, OCTETS]` and `["drain", PORT]`, true when the server has all of it on disk.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

import cbor2
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from tests.bench.child import answer

BATCH_OCTETS = 160 * 1024


def opened(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file, isolation_level=None)
    for line in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE IF NOT EXISTS kept (c, n, body)"):
        database.execute(line)
    return database


class Server:
    def __init__(self, file: Path) -> None:
        self._database = opened(file)
        self._tasks: list[object] = []

    async def open(self) -> int:
        server = await serve(self._take, "127.0.0.1", 0, compression=None)
        self._tasks.append(server)
        return int(next(iter(server.sockets)).getsockname()[1])

    async def _take(self, socket: ServerConnection) -> None:
        async for message in socket:
            rows = cbor2.loads(message) if isinstance(message, bytes) else []
            self._database.execute("BEGIN")
            self._database.executemany("INSERT INTO kept VALUES (?, ?, ?)", rows)
            self._database.execute("COMMIT")
            await socket.send(b"kept")

    async def kept(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM kept").fetchone()[0])


class Clients:
    def __init__(self, file: Path) -> None:
        self._database = opened(file)
        self._clients = 0

    async def fill(self, clients: int, count: int, octets: int) -> bool:
        self._clients = clients
        body = os.urandom(octets)
        self._database.execute("BEGIN")
        rows = [(client, number, body) for client in range(clients) for number in range(count)]
        self._database.executemany("INSERT INTO kept VALUES (?, ?, ?)", rows)
        self._database.execute("COMMIT")
        return True

    async def drain(self, port: int) -> bool:
        await asyncio.gather(*(self._one(client, port) for client in range(self._clients)))
        return True

    async def _one(self, client: int, port: int) -> None:
        async with connect(f"ws://127.0.0.1:{port}", compression=None) as socket:
            while rows := self._some(client):
                await socket.send(cbor2.dumps(rows))
                await socket.recv()
                self._database.execute("DELETE FROM kept WHERE c = ? AND n <= ?", (client, rows[-1][1]))

    def _some(self, client: int) -> list[Sequence[object]]:
        taken: list[Sequence[object]] = []
        octets = 0
        for row in self._database.execute("SELECT c, n, body FROM kept WHERE c = ? ORDER BY n LIMIT 500", (client,)):
            octets += len(row[2])
            if taken and octets > BATCH_OCTETS:
                break
            taken.append(row)
        return taken


async def main(role: str, file: Path) -> None:
    if role == "server":
        server = Server(file)
        await answer({"open": server.open, "kept": server.kept})
    else:
        clients = Clients(file)
        await answer({"fill": clients.fill, "drain": clients.drain})


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
