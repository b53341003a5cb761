"""A point-to-point test as the unit tells it: its points, the tester's words, what was seen, how it stands."""

from __future__ import annotations

from dataclasses import dataclass

from models.plain import PlainFields
from models.wire.cbor import WireValue

POINTS, SAY = "PointTest.Points", "PointTest.Say"
SEEN, NOT_SEEN, WRONG, NOT_TESTED = "seen", "not seen", "wrong", "not tested"
WORDS = (SEEN, NOT_SEEN, WRONG)
"""The tester's words (Verdict of the unit)."""


@dataclass(frozen=True, slots=True)
class TestedPoint:
    """look: value and quality when the word was given, '' before. command: what became of the one in test."""

    __test__ = False

    location: str
    variable: str
    kind: str
    address: str
    commandable: bool
    verdict: str
    look: str
    note: str
    tester: str
    command: str

    @property
    def name(self) -> str:
        return f"{self.location}/{self.variable}"

    @property
    def lacks(self) -> str:
        """What is left to be done at it, in words; '' for nothing."""
        word = "word" if self.verdict == NOT_TESTED else ""
        command = "command" if self.commandable and not self.command else ""
        return ", ".join(each for each in (word, command) if each)

    def said(self, test: int, verdict: str, note: str) -> WireValue:
        """What is written at its location to give it a word."""
        return {"test": test, "variable": self.variable, "verdict": verdict, "note": note}


def points_from(value: object) -> list[TestedPoint]:
    """Of the value of `PointTest.Points`. RemoteProtocolError for something else."""
    return [_point(fields) for fields in PlainFields(value, POINTS).objects("points")]


def _point(fields: PlainFields) -> TestedPoint:
    seen = fields.take("look")
    look = ""
    if seen is not None:
        of_look = PlainFields(seen, POINTS)
        look = " ".join(part for part in (of_look.text("value"), of_look.text("quality")) if part and part != "good")
    return TestedPoint(
        fields.text("location"),
        fields.text("variable"),
        fields.text("kind"),
        fields.text("address"),
        fields.take("commandable") is True,
        fields.text("verdict"),
        look,
        fields.text("note"),
        fields.text("tester"),
        fields.text("command"),
    )
