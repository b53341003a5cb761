"""One side of a pair, a process of its own: `python -m tests.bench.iec104.side ROLE LIBRARY` (see work.py)."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from tests.bench.child import answer
from tests.bench.iec104.work import Arrivals
from tests.bench.usage import usage

_STEP_S = 0.002
ORDERS = {
    "controlled": ("open", "open_many", "burst", "paced"),
    "controlling": ("connect", "interrogate", "command", "hold"),
}


async def _usage() -> dict[str, float]:
    return usage()


def _arrived(side: Any) -> Callable[..., Awaitable[dict[str, object]]]:
    async def arrived(count: int, patience_s: float) -> dict[str, object]:
        """Until COUNT have come, or nothing has come for a while."""
        loop = asyncio.get_running_loop()
        arrivals: Arrivals = side.arrivals
        seen, deadline_s = arrivals.count, loop.time() + patience_s
        while arrivals.count < count and loop.time() < deadline_s:
            if arrivals.count != seen:
                seen, deadline_s = arrivals.count, loop.time() + patience_s
            await asyncio.sleep(_STEP_S)
        return arrivals.told()

    return arrived


def _watch(side: Any) -> Callable[..., Awaitable[bool]]:
    async def watch() -> bool:
        side.arrivals.wants_times = True
        return True

    return watch


async def main(role: str, library: str) -> None:
    module = importlib.import_module(f"tests.bench.iec104.{library}")
    side = module.Controlled() if role == "controlled" else module.Controlling()
    orders: dict[str, Callable[..., Awaitable[Any]]] = {
        name: getattr(side, name) for name in ORDERS[role] if hasattr(side, name)
    }
    if role == "controlling":
        orders |= {"arrived": _arrived(side), "watch": _watch(side)}
    await answer(orders | {"usage": _usage})


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
