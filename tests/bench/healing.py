"""Software time of a whole restoration: the demonstration from the fault to the last position, without mechanics and
declared waits. Dead times and travel are shortened (`--speed`); neither is software time."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench.child import ROOT, ChildError
from tests.bench.figure import Figure

SPEED = "10"
TARGET_S = 0.5
NO_PEER = "none: absolute bound of the issue"


async def measure(times: int, say: Callable[[str], None]) -> list[Figure]:
    """ChildError when a demonstration fails or is not verified by the simulator's physics."""
    seconds = []
    for number in range(times):
        seconds.append(await _demonstrate())
        say(f"demonstration {number + 1} of {times}: {seconds[-1]:.3f} s of software")
    what = "software time of a whole restoration on mv_oberrhein (fault, trip, isolation, both sides restored)"
    ours = statistics.median(seconds)
    return [Figure(what, "s", ours, NO_PEER, None, f"below {TARGET_S:g} s", ours < TARGET_S)]


async def _demonstrate() -> float:
    with tempfile.TemporaryDirectory(prefix="ringmain-bench-") as folder:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ringmain", "demo", "--headless", "--speed", SPEED),
            *("--report", "-", "--out", str(Path(folder).resolve())),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        try:
            told, complaint = await process.communicate()
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()
    if not told:
        raise ChildError(f"the demonstration failed: {complaint.decode(errors='replace').strip()[-300:]}")
    report = json.loads(told)
    if not report["verified"]:
        raise ChildError(f"the demonstration was not verified: {'; '.join(report['objections'])}")
    return float(report["seconds_software"])
