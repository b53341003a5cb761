"""What devices have otherwise than the SCL: who hears of it, and what automation leaves alone (SAFETY S21)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from models.difference import Difference
from models.wire.cbor import outgoing
from substation.control.gate import Gate
from substation.control.grid import Grid
from substation.control.rules.differing import affected
from substation.difference_board import DifferenceBoard
from substation.modes import Modes
from substation.parts import Parts

VARIABLE = "Differences"
MOST_SHOWN = 100
"""Of one link, in the data interface; `ringmain check --live` lists all."""


class DifferingWatch:
    """One per station; tells gate and modes what is affected, publishes differences by link."""

    def __init__(self, parts: Parts, grid: Grid, gate: Gate, modes: Modes) -> None:
        self._grid, self._modes, self._publication = grid, modes, parts.publication
        self.board = DifferenceBoard(parts.image.register, parts.events)
        self.board.changed, self.board.shown = self._changed, self._show
        self.affected: Mapping[str, str] = MappingProxyType({})
        gate.differing = lambda: self.affected
        modes.lowered = lambda: self.affected.keys()

    def _changed(self) -> None:
        self.affected = MappingProxyType(affected(self._grid, self.board.blocked))
        self._modes.changed()

    def _show(self, link: str, found: tuple[Difference, ...]) -> None:
        rows = [
            {
                "severity": each.severity.value,
                "text": each.text,
                "where": each.where,
                "remedy": each.remedy,
                "blocks": each.blocks,
            }
            for each in found[:MOST_SHOWN]
        ]
        told = {"link": link, "count": len(found), "differences": rows}
        self._publication.publish(VARIABLE, outgoing(told, VARIABLE), key=link)
