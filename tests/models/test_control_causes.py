"""Every AddCause has words for people."""

from __future__ import annotations

from models.command import AddCause
from models.control_causes import CAUSES, in_words, name_of


def test_every_add_cause_has_its_own_words() -> None:
    assert set(CAUSES) == set(AddCause)
    assert len({name_of(cause) for cause in AddCause}) == len(AddCause)
    for cause in AddCause:
        assert CAUSES[cause].meaning


def test_a_cause_is_told_with_its_meaning_and_what_to_do() -> None:
    told = in_words(AddCause.BLOCKED_BY_SYNCHROCHECK)
    assert told.startswith("blocked by synchrocheck (voltage, angle or frequency across the switch differ too much; ")
    assert in_words(AddCause.POSITION_REACHED) == "position reached (it already is where it was to go)"
