"""How energisation looks, as a table: colour, width and dashes. Dead is dashed and thin, never colour alone."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QPen

from hmi.theme import Theme

ENERGISED = "energised:"
TIE_DASHES = (2.0, 1.6)


@dataclass(frozen=True, slots=True)
class Look:
    """width in pixels; dashes in multiples of the width, () for a full line."""

    colour: str
    width_px: float
    dashes: tuple[float, ...] = ()

    def pen(self, heavy: bool = False, tie: bool = False) -> QPen:
        pen = QPen(QColor(self.colour), self.width_px + (3.0 if heavy and not self.dashes else 0.0))
        pen.setCosmetic(True)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if self.dashes or tie:
            pen.setDashPattern(list(self.dashes or TIE_DASHES))
        return pen


class Looks:
    """The looks of one theme. sources: transformer ids in the order of the model, one colour each."""

    def __init__(self, theme: Theme, sources: tuple[str, ...] = ()) -> None:
        self.theme, self.sources = theme, sources
        self._by_state = {
            "dead": Look(theme.dead, 1.4, (5.0, 4.0)),
            "earthed": Look(theme.earthed, 4.5, (0.8, 0.6)),
            "looped": Look(theme.looped, 4.0),
        }
        self._unknown = Look(theme.unknown, 1.6, (6.0, 3.0, 1.0, 3.0))
        for index, source in enumerate(sources):
            self._by_state[ENERGISED + source] = Look(theme.sources[index % len(theme.sources)], 2.4)

    def of(self, state: str) -> Look:
        """A state that is not in the table is shown as unknown, never as something definite."""
        return self._by_state.get(state, self._unknown)

    def legend(self) -> list[tuple[str, Look]]:
        """Words and looks, for the legend of a diagram."""
        fed = [(f"fed by {source}", self._by_state[ENERGISED + source]) for source in self.sources]
        rest = [(word, self._by_state[word]) for word in ("dead", "earthed", "looped")]
        return [*fed, *rest, ("unknown", self._unknown)]
