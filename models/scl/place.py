"""Where equipment of the process is connected, and where a drawing puts it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal of equipment. node: path of its connectivity node, '' when the file names none.

    neutral: the neutral point of a winding, which does not conduct between phases. phase: of a single-phase part.
    """

    node: str
    line: int
    neutral: bool = False
    phase: str = ""


class Turn(Enum):
    """How a symbol stands: clockwise from upright (terminals above and below)."""

    UP = 0
    RIGHT = 1
    DOWN = 2
    LEFT = 3

    @property
    def lies(self) -> bool:
        """The terminals are to the left and to the right."""
        return self in (Turn.RIGHT, Turn.LEFT)


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a drawing puts something, in its own grid, x to the right and y downwards.

    absolute: x and y count from the corner of the drawing, else from the element that holds this one. centre: they name
    the symbol's middle, else its upper left corner. width, height: of a container or a busbar, 0 where not stated.
    """

    x: float
    y: float
    turn: Turn = Turn.UP
    width: float = 0.0
    height: float = 0.0
    absolute: bool = False
    centre: bool = True


@dataclass(frozen=True, slots=True)
class Section:
    """A drawn piece of a connectivity node: corner points in the grid of the drawing. bus: a busbar."""

    points: tuple[tuple[float, float], ...]
    bus: bool = False
