"""What stands anywhere on the grid until somebody takes it away (SAFETY S17), and positions that people see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from models.point import Dbpos

PLACED = "placed/"
"""Begins the ids of nodes, switches and sources that stand for placements in a derived network."""


class PlacementKind(Enum):
    """POSITION_OPEN and POSITION_CLOSED: a switch that no device reports, as somebody has seen it."""

    EARTH = "earth"
    CUT = "cut"
    JUMPER = "jumper"
    MOBILE_GENERATOR = "mobile generator"
    POSITION_OPEN = "position open"
    POSITION_CLOSED = "position closed"


POSITIONS: Mapping[PlacementKind, Dbpos] = {
    PlacementKind.POSITION_OPEN: Dbpos.OFF,
    PlacementKind.POSITION_CLOSED: Dbpos.ON,
}
"""What a manually set position says. It stays in doubt for every rule: closed when isolating, open when feeding."""


@dataclass(frozen=True, slots=True)
class Placement:
    """One of them. id: 0 until it is on the board.

    element: an EARTH or MOBILE_GENERATOR stands at a node or line; a CUT opens a line; a JUMPER begins at a node, or
    bypasses a switch; a position is that of a switch. other: the node at whose end a CUT opens the line ('' in its
    middle), the node where a JUMPER ends ('' when it bypasses a switch). reference: permit, order, or what somebody
    has seen. rated_power_w: of a MOBILE_GENERATOR.
    """

    id: int
    kind: PlacementKind
    element: str
    holder: str
    placed_ns: int
    other: str = ""
    reference: str = ""
    rated_power_w: float = 0.0

    @property
    def path(self) -> str:
        """Begins the ids of everything that stands for it: `placed/7`."""
        return f"{PLACED}{self.id}"

    def __str__(self) -> str:
        to = f" to {self.other}" if self.other and self.kind is PlacementKind.JUMPER else ""
        at = f" at {self.other}" if self.other and self.kind is PlacementKind.CUT else ""
        said = f", {self.reference}" if self.reference else ""
        return f"{self.kind.value} {self.path} on {self.element}{to}{at} (by {self.holder}{said})"


def on_the_grid(placements: Iterable[Placement]) -> tuple[Placement, ...]:
    """Those that change how everything hangs together; manually set positions do not."""
    return tuple(each for each in placements if each.kind not in POSITIONS)


def set_by_hand(placements: Iterable[Placement], switch: str) -> Placement | None:
    """The manually set position of a switch."""
    return next((each for each in placements if each.kind in POSITIONS and each.element == switch), None)
