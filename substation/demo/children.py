"""The processes of the demonstration, started by exec and ended by their ids."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from models.errors import RingmainError

ROOT = Path(__file__).resolve().parents[2]
STOP_S = 10.0


class Children:
    """Use as an async context; leaving it ends every child, politely first."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._children: dict[str, asyncio.subprocess.Process] = {}

    async def __aenter__(self) -> Children:
        self._logs.mkdir(parents=True, exist_ok=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(self._stop(child) for child in reversed(self._children.values())))

    async def start(
        self, name: str, arguments: Sequence[str], environment: dict[str, str] | None = None, piped: bool = False
    ) -> asyncio.subprocess.Process:
        """Start `ringmain ARGUMENTS`; what it says goes to `<name>.log`, or through pipes."""
        log = (self._logs / f"{name}.log").open("ab")
        try:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "substation.demo.child",
                str(os.getpid()),
                *arguments,
                stdin=asyncio.subprocess.PIPE if piped else asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE if piped else log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
                start_new_session=True,  # an interrupt at the terminal reaches us, and we end them in order
            )
        finally:
            log.close()
        self._children[name] = child
        return child

    @property
    def process_ids(self) -> dict[str, int]:
        """Of those that run, by name."""
        return {name: child.pid for name, child in self._children.items() if child.returncode is None}

    def check(self) -> None:
        """RingmainError when a child has ended by itself."""
        for name, child in self._children.items():
            if child.returncode not in (None, 0):
                raise RingmainError(f"{name} ended with status {child.returncode}: {self._last_line(name)}")

    def _last_line(self, name: str) -> str:
        lines = (self._logs / f"{name}.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    async def kill(self, name: str) -> None:
        """kill -9, for those who want to see a restart."""
        self._children[name].kill()
        await self._children.pop(name).wait()

    async def _stop(self, child: asyncio.subprocess.Process) -> None:
        if child.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_S):
                await child.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
