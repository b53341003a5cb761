"""Control whose holder has gone (SAFETY S18): it stays, or ends after the time that unit.toml gives."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection

from models.errors import StorageError
from substation.authority.authority import Level
from substation.authority.board import AuthorityBoard

LOOK_S = 2.0
log = logging.getLogger(__name__)


class HolderWatch:
    """free_after_s: since the last session of the holder; 0: control stays until somebody gives or takes it."""

    def __init__(self, board: AuthorityBoard, free_after_s: float, look_s: float = LOOK_S) -> None:
        self._board, self._free_after_s, self._look_s = board, free_after_s, look_s
        self.present: Callable[[], Collection[str]] = tuple
        self._away: tuple[str, float] | None = None

    async def run(self) -> None:
        """Until cancelled; without a time there is nothing to do."""
        while self._free_after_s:
            await asyncio.sleep(self._look_s)
            try:
                await self.look(asyncio.get_running_loop().time())
            except StorageError as error:
                log.error("control of a holder who is gone cannot be ended: %s; tried again", error)

    async def look(self, now_s: float) -> None:
        """Control centres and people on the spot have no session here: theirs stays."""
        holder = self._board.present.holder
        if self._board.present.level is not Level.STATION or holder in self.present():
            self._away = None
            return
        if self._away is None or self._away[0] != holder:
            self._away = (holder, now_s)
        if now_s - self._away[1] >= self._free_after_s:
            self._away = None
            await self._board.lapse(holder, f"no session for {self._free_after_s:g} s")
