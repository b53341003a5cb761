"""One client, a process of its own: `python -m tests.bench.mms.side ours|libiec61850` (see work.py)."""

from __future__ import annotations

import asyncio
import importlib
import sys

from tests.bench.child import answer
from tests.bench.usage import usage


async def _usage() -> dict[str, float]:
    return usage()


async def main(client: str) -> None:
    side = importlib.import_module(f"tests.bench.mms.{client}").Client()
    await answer(
        {
            "connect": side.connect,
            "arrived": side.arrivals.of_reports,
            "events": side.arrivals.of_events,
            "switch": side.switch,
            "usage": _usage,
        }
    )


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
