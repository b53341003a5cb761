"""Modes of automation: of the unit and of every feeder; the lower of the two rules. Set by operators, kept on disk."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping

from substation.config import SelfHealing
from substation.history.store import History
from substation.image import Mode

log = logging.getLogger(__name__)

NAME = "modes"
UNIT = ""
"""Stands for the unit where others name a feeder."""


class Modes:
    """unit.toml gives the modes of the first start; what operators set later holds over a restart.

    lowered: feeders that are no better than manual, whatever was set: a device there is otherwise than the SCL says.
    """

    def __init__(self, configured: SelfHealing, feeders: Iterable[str], history: History) -> None:
        self._history = history
        self._set = {UNIT: configured.mode}
        self._set |= {feeder: configured.feeders.get(feeder, Mode.AUTOMATIC) for feeder in feeders}
        self._set |= _restored(history, self._set)
        self._asked = 0
        self._last_asked: dict[str, int] = {}
        self.changed: Callable[[], None] = lambda: None
        self.lowered: Callable[[], Collection[str]] = tuple

    @property
    def unit(self) -> Mode:
        return self._set[UNIT]

    @property
    def feeders(self) -> Mapping[str, Mode]:
        """As set, before the unit's mode lowers them."""
        return {feeder: mode for feeder, mode in self._set.items() if feeder != UNIT}

    def effective(self) -> Mapping[str, Mode]:
        """The lower of the unit's and the feeder's mode, by feeder id; manual at most where a device differs."""
        lowered, unit = self.lowered(), self.unit
        least = {feeder: min(unit, Mode.MANUAL) for feeder in lowered}
        return {feeder: min(least.get(feeder, unit), mode) for feeder, mode in self.feeders.items()}

    async def set(self, feeder: str, mode: Mode) -> None:
        """Set the mode of a feeder, or of the unit (''); KeyError for an unknown feeder. On disk when this returns.

        Lower takes effect at once, higher only once it is on the disk: StorageError when it cannot be kept.
        """
        lowers = mode <= self._set[feeder]
        self._asked += 1
        asked = self._last_asked[feeder] = self._asked
        if lowers:
            self._apply(feeder, mode)
        stored = {each: known.name for each, known in (self._set | {feeder: mode}).items()}
        await self._history.save_state(NAME, dict(stored))
        if not lowers and self._last_asked[feeder] == asked:  # else somebody has decided anew meanwhile
            self._apply(feeder, mode)

    def _apply(self, feeder: str, mode: Mode) -> None:
        self._set[feeder] = mode
        self.changed()


def _restored(history: History, known: Iterable[str]) -> dict[str, Mode]:
    """What was stored of these; what cannot be read is disabled until a person sets it."""
    stored = history.load_state(NAME)
    names = stored if isinstance(stored, dict) else {}
    restored = {}
    for feeder in known:
        name = names.get(feeder)
        if name is not None:
            restored[feeder] = Mode.__members__.get(str(name), Mode.DISABLED)
            if str(name) not in Mode.__members__:
                log.error("stored mode %r of %s is not known: it is disabled; set it anew", name, feeder or "the unit")
    return restored
