"""What an operator has to know before something is regulated: who holds the control, and what is tagged there.

For the eye: whether it forbids the command is the unit's to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hmi.mirror import Mirror
from hmi.reports import TagNote
from models.point import PointName
from models.wire.instance import Instance

_SWITCHES = ("LLN0.Loc", "XCBR1.Loc", "YLTC1.Loc", "ATCC1.Loc")
_AUTOMATIC = {"ATCC1.Auto": "tap control", "ARCO1.Auto": "bank control"}


def authority_words(location: str, mirror: Mirror) -> tuple[str, bool]:
    """Who holds the control, in words, and whether that lets a command from here through."""
    local = [place for place, told in _told(location, mirror, _SWITCHES) if told.value is True]
    known = any(True for _ in _told(location, mirror, _SWITCHES))
    words = [f"control: LOCAL at {', '.join(dict.fromkeys(local))}" if local else "control: remote" * known]
    automatic = [
        (what, told.value) for each, what in _AUTOMATIC.items() for _, told in _told(location, mirror, (each,))
    ]
    if automatic:
        what, held = automatic[0]
        words.append(f"{what}: {'AUTOMATIC' if held is True else 'manual'}")
    return ";  ".join(part for part in words if part), not local and all(held is not True for _, held in automatic)


def tag_words(location: str, tags: Sequence[TagNote]) -> str:
    """Tags on the equipment, around it and in it."""
    here = [tag for tag in tags if _concerns(tag.element, location)]
    return "tagged: " + ", ".join(f"{tag.kind} ({tag.holder})" for tag in here) if here else ""


def _concerns(element: str, location: str) -> bool:
    return element == location or location.startswith(f"{element}/") or element.startswith(f"{location}/")


def _told(location: str, mirror: Mirror, variables: Sequence[str]) -> Iterator[tuple[str, Instance]]:
    """Those of the equipment, its bay, its voltage level and its station."""
    parts = location.split("/")
    for length in range(len(parts), 0, -1):
        place = "/".join(parts[:length])
        for variable in variables:
            instance = mirror.get(PointName(place, variable))
            if instance is not None:
                yield place, instance
