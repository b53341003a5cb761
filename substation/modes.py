"""Modes of automation: of the unit and of every feeder; the lower of the two rules. Set by operators, kept on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from substation.config import SelfHealing
from substation.history.store import History
from substation.image import Mode

NAME = "modes"


class Modes:
    """unit.toml gives the modes of the first start; what operators set later holds over a restart."""

    def __init__(self, configured: SelfHealing, feeders: Iterable[str], history: History) -> None:
        self._history = history
        self._unit = configured.mode
        self._feeders = {feeder: configured.feeders.get(feeder, Mode.AUTOMATIC) for feeder in feeders}
        self._restore()
        self.changed: Callable[[], None] = lambda: None

    def _restore(self) -> None:
        stored = self._history.load_state(NAME)
        if not isinstance(stored, dict):
            return
        names = {str(key): str(value) for key, value in stored.items()}
        self._unit = Mode[names.pop("", self._unit.name)]
        self._feeders |= {feeder: Mode[name] for feeder, name in names.items() if feeder in self._feeders}

    @property
    def unit(self) -> Mode:
        return self._unit

    @property
    def feeders(self) -> Mapping[str, Mode]:
        """As set, before the unit's mode lowers them."""
        return dict(self._feeders)

    def effective(self) -> Mapping[str, Mode]:
        """The lower of the unit's and the feeder's mode, by feeder id."""
        return {feeder: min(self._unit, mode) for feeder, mode in self._feeders.items()}

    async def set(self, feeder: str, mode: Mode) -> None:
        """Set the mode of a feeder, or of the unit (''); KeyError for an unknown feeder. On disk when this returns."""
        if feeder and feeder not in self._feeders:
            raise KeyError(feeder)
        if feeder:
            self._feeders[feeder] = mode
        else:
            self._unit = mode
        self.changed()
        stored = {"": self._unit.name} | {each: mode.name for each, mode in self._feeders.items()}
        await self._history.save_state(NAME, dict(stored))
