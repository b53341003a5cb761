"""kill -9 of the process that writes: nothing that was acknowledged is missing, and the numbers go on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from models.point import Cdc, Handle
from substation.history.store import History

ROOT = Path(__file__).parents[3]
LIVES = 3
WRITER = """
import asyncio, itertools, sys
from pathlib import Path
from models.alarm import Category, Event, Severity
from models.point import Sample
from substation.history.store import History

async def one(history, lane, number):
    await history.append([Sample(lane, number, 0, 1000 + number // 7, 1)])
    history.record(Event(number, number, Category.PROCESS, Severity.LOW, str(lane), str(number)))
    print(lane, number, flush=True)

async def main(first):
    history = History(Path(sys.argv[1]))
    async def lane(which):
        for number in itertools.count(first):
            await one(history, which, number)
    await asyncio.gather(*(lane(which) for which in (1, 2, 3)))

asyncio.run(main(int(sys.argv[2])))
"""


def test_no_acknowledged_event_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    acknowledged: dict[int, list[int]] = {1: [], 2: [], 3: []}
    for life in range(LIVES):
        command = [sys.executable, "-c", WRITER, str(path), str(life * 100_000)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            assert process.stdout is not None
            said = [process.stdout.readline() for _ in range(90 + 7 * life)]
            process.kill()
            said += process.stdout.readlines()
        for lane, number in (map(int, line.split()) for line in said if line.endswith("\n")):
            acknowledged[lane].append(number)
    history = History(path)
    for lane, numbers in acknowledged.items():
        stored = [sample.value for sample in history.series(Handle(lane), Cdc.INS, 0, 2**62)]
        assert set(numbers) <= set(stored)
        assert len(stored) == len(set(stored))  # and nothing was written twice
        assert len(stored) <= len(numbers) + LIVES
    sequences = [sequence for sequence, _ in history.lines(100_000)]
    assert sequences == sorted(set(sequences))
    history.close()
