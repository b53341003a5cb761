"""What people have put on the grid, who has control, and what waits for a second operator, as the unit tells it."""

from __future__ import annotations

from dataclasses import dataclass

from models.plain import PlainFields
from models.point import Dbpos

PLACEMENTS, AUTHORITY, SECOND_OPERATORS = "Placements", "Authority", "SecondOperators"
LETTERS = {
    "earth": "E",
    "cut": "X",
    "jumper": "J",
    "mobile generator": "G",
    "position open": "M",
    "position closed": "M",
}
"""Beside the element on a diagram; M: set by hand."""
BY_HAND = {"position open": Dbpos.OFF, "position closed": Dbpos.ON}


@dataclass(frozen=True, slots=True)
class PlacementNote:
    id: int
    kind: str
    element: str
    other: str
    holder: str
    placed_ns: int
    reference: str


@dataclass(frozen=True, slots=True)
class Holder:
    """level: free, local, station, remote."""

    level: str = "free"
    name: str = ""
    asked_by: str = ""
    asked_why: str = ""

    def __str__(self) -> str:
        asks = f", {self.asked_by} asks for it" if self.asked_by else ""
        return f"control: {'nobody' if self.level == 'free' else f'{self.name} ({self.level})'}{asks}"


@dataclass(frozen=True, slots=True)
class WaitingNote:
    """Waits for a second operator."""

    number: int
    who: str
    what: str
    location: str


def placements_from(value: object) -> list[PlacementNote]:
    return [
        PlacementNote(
            fields.whole("id"),
            fields.text("kind"),
            fields.text("element"),
            fields.text("other"),
            fields.text("holder"),
            fields.whole("placed_ns"),
            fields.text("reference"),
        )
        for fields in PlainFields(value, PLACEMENTS).objects("placements")
    ]


def holder_from(value: object) -> Holder:
    fields = PlainFields(value, AUTHORITY)
    return Holder(fields.text("level"), fields.text("holder"), fields.text("asked_by"), fields.text("asked_why"))


def waiting_from(value: object) -> list[WaitingNote]:
    return [
        WaitingNote(fields.whole("number"), fields.text("who"), fields.text("what"), fields.text("location"))
        for fields in PlainFields(value, SECOND_OPERATORS).objects("waiting")
    ]
