"""Attempts to connect, spread over time: a thousand links that fail together must not all be tried in one instant."""

from __future__ import annotations

import asyncio

ATTEMPTS_PER_S = 250.0


class Pace:
    """Whoever comes waits for a turn; turns are at least 1/per_s apart, and are had in the order of coming."""

    def __init__(self, per_s: float = ATTEMPTS_PER_S) -> None:
        self._gap_s = 1.0 / per_s
        self._next_s = 0.0

    async def turn(self) -> None:
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        mine_s = max(now_s, self._next_s)
        self._next_s = mine_s + self._gap_s
        if mine_s > now_s:
            await asyncio.sleep(mine_s - now_s)
