"""Real processes under SIGKILL: whatever was sent arrives, once, in order."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from tests.substation.links.family import family, numbers

ROOT = Path(__file__).resolve().parents[3]
COUNT = 1500
SEED = 20261120


class Process:
    def __init__(self, folder: Path, name: str, count: int) -> None:
        self._arguments = ("-m", "tests.substation.links.killed", str(folder), name, str(count))
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *self._arguments, stdout=asyncio.subprocess.PIPE, cwd=ROOT
        )
        await self.said(b"runs\n")

    async def said(self, line: bytes) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(20):
            assert await self._process.stdout.readline() == line

    async def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


async def killed(process: Process, after_s: float) -> None:
    await asyncio.sleep(after_s)
    await process.kill()
    await process.start()


def used(folder: Path) -> list[bytes]:
    with closing(sqlite3.connect(folder / "MV" / "data" / "control.sqlite")) as database:
        return [row[0] for row in database.execute("SELECT body FROM test_used ORDER BY number")]


def test_killing_either_side_at_any_moment_loses_and_repeats_nothing(tmp_path: Path) -> None:
    chance = random.Random(SEED)

    async def main() -> None:
        async with family(tmp_path):
            parent, child = Process(tmp_path, "MV", 0), Process(tmp_path, "LV1", COUNT)
            try:
                await asyncio.gather(parent.start(), child.start())
                await asyncio.gather(*(killed(each, chance.uniform(0.1, 0.5)) for each in (parent, child)))
                await child.said(b"sent\n")
                async with asyncio.timeout(20):
                    while len(used(tmp_path)) < COUNT:
                        await asyncio.sleep(0.05)
            finally:
                await asyncio.gather(parent.kill(), child.kill())
        assert used(tmp_path) == numbers(COUNT)

    asyncio.run(main())
