"""A real nats-server in a temporary directory, which can be killed and started again on its port."""

from __future__ import annotations

import asyncio
import shutil
import socket
from pathlib import Path

import pytest


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def required() -> str:
    """The program; skips where it is not installed."""
    program = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("nats-server is not installed (make setup-test)")
    return program


class Server:
    """file: a whole configuration; without it, one that is open to everybody."""

    def __init__(self, folder: Path, file: Path | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._file = folder, file or folder / "nats.conf"
        if file is None:
            store = f'jetstream {{store_dir: "{folder / "store"}"}}'
            self._file.write_text(f'listen: "127.0.0.1:{free_port()}"\n{store}\n')
        listen = next(line for line in self._file.read_text().splitlines() if line.startswith("listen:"))
        self.port = int(listen.strip('"').rpartition(":")[2])
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    async def start(self) -> None:
        with (self._folder / "server.log").open("a") as log:
            self._process = await asyncio.create_subprocess_exec(required(), "--config", str(self._file), stderr=log)
        async with asyncio.timeout(10):
            while not await self._answers():
                assert self._process.returncode is None, (self._folder / "server.log").read_text()
                await asyncio.sleep(0.02)

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        line = await reader.readline()
        writer.close()
        return line.startswith(b"INFO")

    async def kill(self) -> None:
        """SIGKILL: nothing is tidied up."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def __aenter__(self) -> Server:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()
