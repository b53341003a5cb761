"""`ringmain bench spine`: the figures of the spine: event path, software time of a restoration, one judgement of the
gate, one FDIR solution."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from tests.bench import event_path, healing, judgement, solution
from tests.bench.child import ROOT
from tests.bench.event_path import Extent
from tests.bench.figure import Figure

EXAMPLE = ROOT / "examples" / "oberrhein"


@dataclass(frozen=True, slots=True)
class Programme:
    """How often and how long everything is measured."""

    events: Extent
    demonstrations: int
    solutions: int


WHOLE = Programme(Extent(), demonstrations=5, solutions=9)
SHORT = Programme(Extent(rounds=1, seconds=1.0), demonstrations=0, solutions=1)
"""Shows that the bench works; what it measures is worth little."""


def measure(short: bool, say: Callable[[str], None]) -> list[dict[str, object]]:
    """The figures in the form of `ringmain bench --json`; `say` hears of the progress."""
    return [figure.plain() for figure in _figures(SHORT if short else WHOLE, say)]


def _figures(programme: Programme, say: Callable[[str], None]) -> list[Figure]:
    figures = asyncio.run(event_path.measure(EXAMPLE, programme.events, say))
    if programme.demonstrations:
        figures += asyncio.run(healing.measure(programme.demonstrations, say))
        figures += judgement.measure(programme.demonstrations, say)
    return figures + solution.measure(programme.solutions, say)
