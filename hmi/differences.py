"""What devices have otherwise than the SCL, link by link, as the unit tells it (`Differences`)."""

from __future__ import annotations

from dataclasses import dataclass

from models.plain import PlainFields

DIFFERENCES = "Differences"
"""Variable of the unit."""


@dataclass(frozen=True, slots=True)
class DifferenceNote:
    """severity: danger, loss, remark. where: file and line. blocks: automation waits where it touches something."""

    severity: str
    text: str
    where: str
    remedy: str
    blocks: bool


@dataclass(frozen=True, slots=True)
class LinkDifferences:
    """count: all of them; the unit tells the first hundred."""

    link: str
    count: int
    found: tuple[DifferenceNote, ...]


def differences_from(value: object) -> LinkDifferences:
    """RemoteProtocolError for something else, as all readers."""
    fields = PlainFields(value, DIFFERENCES)
    found = tuple(map(_difference, fields.objects("differences")))
    return LinkDifferences(fields.text("link"), fields.whole("count"), found)


def _difference(fields: PlainFields) -> DifferenceNote:
    return DifferenceNote(
        fields.text("severity"),
        fields.text("text"),
        fields.text("where"),
        fields.text("remedy"),
        fields.take("blocks") is True,
    )
