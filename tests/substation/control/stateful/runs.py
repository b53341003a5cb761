"""Many stories of the machine, and the seed and the story of one that breaks an invariant."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Iterator

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.errors import HypothesisException
from hypothesis.stateful import run_state_machine_as_test

from substation.control import interlocking
from tests.substation.control.stateful.machine import UnitUnderFire
from tests.substation.control.stateful.watched_unit import WatchedUnit

STEPS = 8
"""Longest story; each step may be a whole order."""
CHUNK = 400
"""Examples of one run of hypothesis; each has a seed of its own."""


def stories(examples: int, begin: int, without: str = "", steps: int = STEPS) -> str:
    """'' when no story breaks an invariant, else the story and its seed."""
    take_away(without)
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=(Phase.generate,) if without else (Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
    )
    try:
        run_state_machine_as_test(seed(begin)(UnitUnderFire), settings=chosen)
    except (AssertionError, ExceptionGroup, RuntimeError, ValueError, HypothesisException) as error:
        return f"seed {begin}\n" + "\n".join(told(error))
    return ""


def told(error: BaseException) -> Iterator[str]:
    """What went wrong and the calls that lead there, of each failure that was found."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from told(each)
        return
    place = traceback.extract_tb(error.__traceback__)[-1]
    yield f"{type(error).__name__}: {error} ({place.name}, line {place.lineno})"
    yield from (note for note in getattr(error, "__notes__", []) if "all_is_well" not in note)


def take_away(rule: str) -> None:
    """Every line of the table with this function."""
    if not rule:
        return
    interlocking.RULES = tuple(each for each in interlocking.RULES if each.check.__name__ != rule)


def prepare() -> None:
    """Of each process: what is loaded by now stays, and is not looked through again and again."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def until_seen(work: tuple[str, int, int]) -> tuple[str, int, str]:
    """A rule that is taken away, the stories until its absence was seen (0: never), and what was seen."""
    rule, examples, begin = work
    prepare()
    for first in range(0, examples, CHUNK):
        story = stories(min(CHUNK, examples - first), begin + first, rule)
        if story:
            return rule, WatchedUnit.begun, story.splitlines()[1]
    return rule, 0, ""


def chunk(work: tuple[int, int, str]) -> tuple[int, str]:
    examples, begin, without = work
    return examples, stories(examples, begin, without)
