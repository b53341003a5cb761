"""The unit as a child of its supervisor: started by exec, watched over its line, ended for certain."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
from asyncio.subprocess import Process

from substation.maintenance.inspection import environment_of
from substation.maintenance.line import CONFIRMED, LONGEST_LINE, READY, RESTART_STATUS, hang_up, say, words_of
from substation.maintenance.pointer import Choice, Timing
from substation.maintenance.releases import Releases

STOP_S = 20.0
"""Time for an orderly end."""
RESTART_ASKED = "asked to be started again"


class Child:
    """One life of a unit: `start`, then the questions below, then `end`."""

    def __init__(self, process: Process, line: socket.socket) -> None:
        self._process, self._line = process, line
        self._ready, self._gone = asyncio.Event(), asyncio.Event()
        self._heard_s, self._heard = asyncio.get_running_loop().time(), False
        self._writer: asyncio.StreamWriter | None = None
        self._listening = asyncio.ensure_future(self._listen())

    @classmethod
    async def start(cls, releases: Releases, choice: Choice, lock: int) -> Child:
        """lock: descriptor of the site's lock, which the child holds as long as it lives. OSError when it cannot."""
        ours, theirs = socket.socketpair()
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "substation.maintenance.supervised"),
                *(str(releases.unit_file(choice)), str(releases.site), str(theirs.fileno())),
                cwd=releases.site,
                env=environment_of(releases, choice),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), lock),
            )
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        return cls(process, ours)

    @property
    def process_id(self) -> int:
        return self._process.pid

    async def _listen(self) -> None:
        reader, self._writer = await asyncio.open_unix_connection(sock=self._line, limit=LONGEST_LINE)
        async for word, _ in words_of(reader):
            self._heard_s, self._heard = asyncio.get_running_loop().time(), True
            if word == READY:
                self._ready.set()
        await self._process.wait()
        self._gone.set()

    async def ready(self, timeout_s: float) -> str:
        """'' once the unit has said that it is healthy; else why it is not."""
        if not await self._first(self._ready, timeout_s):
            return f"was not ready within {timeout_s:g} s"
        return "" if self._ready.is_set() else self.ending()

    async def _first(self, event: asyncio.Event, timeout_s: float) -> bool:
        """Whether the event, or the end of the process, has come in time."""
        waits = [asyncio.ensure_future(each.wait()) for each in (event, self._gone)]
        try:
            done, _ = await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return bool(done)

    async def lives(self, seconds: float | None, timing: Timing) -> str:
        """'' when it has lived that long (None: for ever), else why it has ended or counts as hung.

        Until its first word a unit has the time that a trial gives it: reading the files of a large site takes a while.
        """
        loop = asyncio.get_running_loop()
        until_s = None if seconds is None else loop.time() + seconds
        while until_s is None or loop.time() < until_s:
            silent_s = timing.stall_s if self._heard else max(timing.health_s, timing.stall_s)
            left_s = silent_s if until_s is None else min(silent_s, until_s - loop.time())
            if await self._first(self._gone, max(left_s, 0.0)):
                return self.ending()
            if loop.time() - self._heard_s > silent_s:
                return f"has not said for {silent_s:g} s that it lives"
        return ""

    def ending(self) -> str:
        """How it ended."""
        status = self._process.returncode
        if status == RESTART_STATUS:
            return RESTART_ASKED
        if status is not None and status < 0:
            return f"was ended by {signal.Signals(-status).name}"
        return f"ended with status {status}"

    async def confirm(self, text: str) -> None:
        """Tell the unit that its trial is over."""
        if self._writer is not None:
            with contextlib.suppress(ConnectionError):
                await say(self._writer, CONFIRMED, text)

    async def end(self) -> None:
        """Orderly if it can, else by the kernel. The process is gone when this returns."""
        try:
            if self._process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    self._process.terminate()
                async with asyncio.timeout(STOP_S):
                    await self._process.wait()
        except TimeoutError:
            pass
        finally:
            if self._process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()
                await self._process.wait()
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
            if self._writer is not None:
                await hang_up(self._writer)
            else:
                self._line.close()
