"""One front end process: started by exec, restarted with back-off, its links invalid while it is away."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import struct
import sys
from asyncio.subprocess import Process
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from models.command import UNSENT, Command, CommandResult, Outcome
from models.driver import LinkConfig
from models.errors import RemoteProtocolError
from models.front_end import VERSION, Configure, Hello
from models.point import Handle, PointSpec
from substation.field.connection import CLOSED, Connection
from substation.field.listener import FieldListener

log = logging.getLogger(__name__)

CREDIT = 256
"""Event batches a front end may have under way before it waits for our commits."""
START_S = 30.0
"""Time a child has until its first message."""
END_S = 2.0
"""Time a child has to leave its devices in good order once we have closed the connection."""
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
STABLE_S = 30.0
MOST_STRANGERS = 16

_CREDENTIALS = struct.Struct("3i")  # struct ucred: process, user, group
_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class FrontEnd:
    """Supervisor of `python -m protocols.front_end PROTOCOL`. `run` until cancelled; the child never outlives it."""

    def __init__(
        self,
        protocol: str,
        links: Sequence[LinkConfig],
        points: Sequence[tuple[Handle, PointSpec]],
        listener: FieldListener,
    ) -> None:
        self.protocol, self.links = protocol, tuple(links)
        self._listener = listener
        configuration = (self.links, tuple(points))
        self._configure = Configure(CREDIT, *configuration)
        self._connection: Connection | None = None
        self.process_id: int | None = None

    async def run(self, socket_directory: Path) -> None:
        """Start the child, listen to it, and start it again whenever it ends."""
        pause_s = FIRST_PAUSE_S
        loop = asyncio.get_running_loop()
        while True:
            started_s = loop.time()
            try:
                await self._live_once(socket_directory / f"front-end-{self.protocol}.sock")
            except OSError as error:  # no process, no memory, no file descriptor: that may pass
                self._away(f"it cannot be started: {error}")
            pause_s = FIRST_PAUSE_S if loop.time() - started_s > STABLE_S else min(2 * pause_s, LONGEST_PAUSE_S)
            await asyncio.sleep(pause_s)

    async def _live_once(self, path: Path) -> None:
        """One life of the child, from its start until it is certain that it has ended."""
        path.unlink(missing_ok=True)
        arrivals: asyncio.Queue[_Streams] = asyncio.Queue(MOST_STRANGERS)

        def arrived(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if arrivals.full():
                writer.close()
            else:
                arrivals.put_nowait((reader, writer))

        server = await asyncio.start_unix_server(arrived, str(path))
        try:
            path.chmod(0o600)
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "protocols.front_end", self.protocol, str(path)
            )
            try:
                self._away(await self._converse(process, arrivals))
            finally:
                await _end(process)
        finally:
            self.process_id = None
            server.close()
            while not arrivals.empty():
                arrivals.get_nowait()[1].close()

    async def _converse(self, process: Process, arrivals: asyncio.Queue[_Streams]) -> str:
        """Everything that is said over the child's one connection; returns why it ended."""
        self.process_id = process.pid
        connection = await self._connected(process, arrivals)
        if isinstance(connection, str):
            return connection
        connection.send(self._configure_now())
        self._connection = connection
        try:
            reason = await connection.run()
        finally:
            self._connection = None
        return await _how_it_ended(process) if reason == CLOSED else reason

    async def _connected(self, process: Process, arrivals: asyncio.Queue[_Streams]) -> Connection | str:
        """The child's connection after its hello, or why there is none."""
        exited = asyncio.create_task(process.wait())
        hello = asyncio.create_task(self._hello(process.pid, arrivals))
        try:
            await asyncio.wait((exited, hello), timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
            if hello.done():
                return hello.result()
            return await _how_it_ended(process) if exited.done() else f"it has not said hello within {START_S:g} s"
        finally:
            for task in (exited, hello):
                task.cancel()
            await asyncio.gather(exited, hello, return_exceptions=True)

    async def _hello(self, process_id: int, arrivals: asyncio.Queue[_Streams]) -> Connection | str:
        while True:
            reader, writer = await arrivals.get()
            if _peer(writer) == process_id:
                break
            log.warning("front end %s: process %d is not ours, its connection is closed", self.protocol, _peer(writer))
            writer.close()
        connection = Connection(reader, writer, self._listener, self._handles(), [link.name for link in self.links])
        try:
            hello = await connection.hello()
        except RemoteProtocolError as error:
            hello, reason = None, str(error)
        else:
            reason = CLOSED if hello is None else f"it speaks another version: {hello}"
        if isinstance(hello, Hello) and hello.version == VERSION:
            return connection
        connection.close()
        return reason

    def _handles(self) -> list[Handle]:
        return [handle for handle, _ in self._configure.points]

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
            return CommandResult(Outcome.REFUSED, reason=f"front end {self.protocol} is away; {UNSENT}")
        return await self._connection.execute(command)


def _peer(writer: asyncio.StreamWriter) -> int:
    """The process at the other end, as the kernel knows it."""
    raw = writer.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    process_id: int = _CREDENTIALS.unpack(raw)[0]
    return process_id


async def _how_it_ended(process: Process) -> str:
    """In words, for a process that has closed its connection."""
    try:
        async with asyncio.timeout(1.0):
            status = await process.wait()
    except TimeoutError:
        return CLOSED
    if status >= 0:
        return f"the process ended with status {status}"
    return f"the process was ended by {signal.Signals(-status).name}"


async def _end(process: Process) -> None:
    """The child ends by itself when its connection is closed; if not, or when we are in a hurry, the kernel ends it."""
    try:
        async with asyncio.timeout(END_S):  # wait_for would swallow a cancellation that meets the end (Python 3.11)
            await process.wait()
    except TimeoutError:
        log.warning("front end process %d has not ended within %g s, it is killed", process.pid, END_S)
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
