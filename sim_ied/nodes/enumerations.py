"""Enumerations of IEC 61850-7-3 and -7-4, edition 2: literal to ord, where a file's own EnumType does not say it."""

from __future__ import annotations

from collections.abc import Mapping

BEHAVIOUR = {"on": 1, "blocked": 2, "test": 3, "test/blocked": 4, "off": 5}
HEALTH = {"Ok": 1, "Warning": 2, "Alarm": 3}
DIRECTION = {"unknown": 0, "forward": 1, "backward": 2, "both": 3}
BREAKER_CAPABILITY = {"None": 1, "Open": 2, "Close-Open": 3, "Open-Close-Open": 4}
SWITCH_CAPABILITY = {"None": 1, "Open": 2, "Close": 3, "Open and Close": 4}
RECLOSING = {
    "Ready": 1,
    "In Progress": 2,
    "Successful": 3,
    "Waiting for trip": 4,
    "Trip issued by protection": 5,
    "Fault disappeared": 6,
    "Wait to complete": 7,
    "Circuit breaker closed": 8,
    "Cycle unsuccessful": 9,
    "Unsuccessful": 10,
    "Aborted": 11,
}
POSITIONS = {"intermediate-state": 0, "intermediate": 0, "off": 1, "on": 2, "bad-state": 3, "bad": 3}
STEPS = {"stop": 0, "lower": 1, "higher": 2, "reserved": 3}

_SPELLINGS = {"on-blocked": "blocked", "test-blocked": "test/blocked", "reverse": "backward"}
"""Other spellings in the field of the literals above."""


def ord_of(literal: str, names: Mapping[str, int], standard: Mapping[str, int]) -> int | None:
    """The ord that the file gives a literal (case does not matter), else the standard's; None when neither has it."""
    wanted = _plain(literal)
    for table in (names, standard):
        for text, number in table.items():
            if _plain(text) == wanted:
                return number
    return None


def literal_of(number: int, names: Mapping[str, int], standard: Mapping[str, int]) -> str:
    """The standard's literal of an ord of the file; '' when it has none."""
    text = next((text for text, each in names.items() if each == number), "")
    wanted = _plain(text)
    known = next((each for each in standard if text and _plain(each) == wanted), "")
    return known or next((each for each, value in standard.items() if value == number and not names), "")


def _plain(text: str) -> str:
    lowered = text.strip().lower()
    return _SPELLINGS.get(lowered, lowered)
