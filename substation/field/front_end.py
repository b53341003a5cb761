"""One front end process: started by exec, restarted with back-off, its links invalid while it is away."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from models.command import Command, CommandResult, Outcome
from models.driver import LinkConfig
from models.front_end import VERSION, Configure, Hello
from models.point import Handle, PointSpec
from substation.field.connection import Connection
from substation.field.listener import FieldListener

log = logging.getLogger(__name__)

CREDIT = 256
"""Event batches a front end may have under way before it waits for our commits."""
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
STABLE_S = 30.0


class FrontEnd:
    """Supervisor of `python -m protocols.front_end PROTOCOL`. `run` until cancelled; the child never outlives it."""

    def __init__(
        self,
        protocol: str,
        links: Sequence[LinkConfig],
        points: Sequence[tuple[Handle, PointSpec]],
        listener: FieldListener,
        socket_directory: Path,
    ) -> None:
        self.protocol, self.links = protocol, tuple(links)
        self._listener = listener
        self._socket = socket_directory / f"front-end-{protocol}.sock"
        configuration = (self.links, tuple(points))
        digest = hashlib.sha256(repr(configuration).encode()).hexdigest()
        self._configure = Configure(digest, CREDIT, *configuration)
        self._connection: Connection | None = None
        self.process_id: int | None = None

    async def run(self) -> None:
        """Start the child, listen to it, and start it again whenever it ends."""
        pause_s = FIRST_PAUSE_S
        loop = asyncio.get_running_loop()
        while True:
            started_s = loop.time()
            reason = await self._live_once()
            self._away(reason)
            pause_s = FIRST_PAUSE_S if loop.time() - started_s > STABLE_S else min(2 * pause_s, LONGEST_PAUSE_S)
            await asyncio.sleep(pause_s)

    async def _live_once(self) -> str:
        """One life of the child; returns why it ended."""
        self._socket.unlink(missing_ok=True)
        gone: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            reason = await self._serve(Connection(reader, writer, self._listener))
            if not gone.done():
                gone.set_result(reason)

        server = await asyncio.start_unix_server(accept, str(self._socket))
        self._socket.chmod(0o600)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "protocols.front_end", self.protocol, str(self._socket)
        )
        self.process_id = process.pid
        exited = asyncio.ensure_future(self._watch(process, gone))
        try:
            return await gone
        finally:
            server.close()
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await exited

    async def _watch(self, process: asyncio.subprocess.Process, gone: asyncio.Future[str]) -> None:
        status = await process.wait()
        if not gone.done():
            gone.set_result(f"the process ended with status {status}")

    async def _serve(self, connection: Connection) -> str:
        hello = await connection.hello()
        if not isinstance(hello, Hello) or hello.version != VERSION:
            return f"front end speaks another version: {hello}"
        connection.send(self._configure_now())
        self._connection = connection
        try:
            return await connection.run()
        finally:
            self._connection = None

    def _configure_now(self) -> Configure:
        """The configuration with the resume points of every link as they are known now."""
        links = tuple(
            replace(link, settings={**link.settings, **self._listener.resume_settings(link.name)})
            for link in self.links
        )
        return replace(self._configure, links=links)

    def _away(self, reason: str) -> None:
        log.warning("front end %s: %s", self.protocol, reason)
        for link in self.links:
            self._listener.link(link.name, False, f"front end {self.protocol} is away: {reason}")

    async def execute(self, command: Command) -> CommandResult:
        """Hand one service to the child. REFUSED when it is away (nothing was sent), UNKNOWN when it goes meanwhile."""
        if self._connection is None:
            return CommandResult(Outcome.REFUSED, reason=f"front end {self.protocol} is away")
        return await self._connection.execute(command)
