"""One worker process: started at its first job, killed when a job is late or nobody waits for it, then replaced."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process

from models.errors import LinkError
from protocols.arithmetic.message import HEADER, LONGEST_OCTETS


class WorkerProcess:
    """One job at a time."""

    def __init__(self, niceness: int) -> None:
        self._niceness = niceness
        self._process: Process | None = None

    @property
    def process_id(self) -> int | None:
        """None while there is no process."""
        return None if self._process is None else self._process.pid

    async def call(self, frame: bytes, timeout_s: float) -> bytes:
        """The body of the answer. LinkError when the process died on the way; TimeoutError when it was late."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._exchange(frame)
        except (OSError, EOFError) as error:
            await self.end()
            if isinstance(error, TimeoutError):
                raise
            raise LinkError(f"an arithmetic process has ended in the middle of its work: {error}") from error
        except asyncio.CancelledError:
            self._kill()  # it calculates for nobody, and its answer would be taken for another's
            raise

    async def _exchange(self, frame: bytes) -> bytes:
        process = await self._started()
        if process.stdin is None or process.stdout is None:
            raise EOFError("no pipes")
        process.stdin.write(frame)
        await process.stdin.drain()
        (length,) = HEADER.unpack(await process.stdout.readexactly(HEADER.size))
        if length > LONGEST_OCTETS:
            raise EOFError("an answer beyond all bounds")
        return await process.stdout.readexactly(length)

    async def _started(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            command = (sys.executable, "-m", "protocols.arithmetic", str(self._niceness))
            self._process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
        return self._process

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def end(self) -> None:
        """Returns when there is no process any more."""
        self._kill()
        if self._process is not None:
            await self._process.wait()
            self._process = None
