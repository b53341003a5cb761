"""Processes of a bench: each answers one JSON line with one JSON line, and ends with its standard input."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from models.errors import RingmainError

ROOT = Path(__file__).resolve().parents[2]
_MOST_BYTES = 1 << 26
_END_S = 5.0


class ChildError(RingmainError):
    """The process could not do it, or has died; in words."""


class Child:
    """Asks the process: `await child.ask("load", "unit", 5.0)`."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self._name, self._process = name, process

    def freeze(self, frozen: bool) -> None:
        """It answers nobody until it is thawed."""
        self._process.send_signal(signal.SIGSTOP if frozen else signal.SIGCONT)

    async def ask(self, order: str, *arguments: Any) -> Any:
        """The result of one order."""
        if self._process.stdin is None or self._process.stdout is None:
            raise ChildError(f"{self._name} has no pipes")
        self._process.stdin.write(json.dumps([order, *arguments]).encode() + b"\n")
        line = await self._process.stdout.readline()
        answer = json.loads(line) if line else {"failed": f"it has died with status {self._process.returncode}"}
        if "failed" in answer:
            raise ChildError(f"{self._name}, {order}: {answer['failed']}")
        return answer["result"]


@asynccontextmanager
async def child(module: str, *arguments: str) -> AsyncIterator[Child]:
    """Run `python -m tests.bench.MODULE ARGUMENTS` until the context ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"tests.bench.{module}",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        limit=_MOST_BYTES,
    )
    try:
        yield Child(module, process)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _END_S)
        except TimeoutError:
            process.kill()
            await process.wait()


async def answer(orders: dict[str, Callable[..., Awaitable[Any]]]) -> None:
    """The other end: serve orders until standard input ends."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        name, *arguments = json.loads(line)
        try:
            result = {"result": await orders[name](*arguments)}
        except Exception as error:  # the asking process wants to know, whatever it is
            result = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(result), flush=True)
