"""A short run of the fuzzing programme; `python -m tests.protocols.iec61850.fuzz` is the long one."""

from __future__ import annotations

import asyncio

from . import fuzz

ROUNDS = 15


def test_mutated_answers_and_reports_end_in_words_and_disturb_no_other_link() -> None:
    findings = asyncio.run(fuzz.run(30.0, seed=1, most=ROUNDS))
    assert findings.rounds == findings.events_of_the_other == ROUNDS
    assert findings.changed > ROUNDS // 2
