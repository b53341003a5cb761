"""Trained on the first part of the time, judged on the rest; then, if it has skill, trained on all of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.errors import AlgorithmError
from substation.forecast.hazard.model import Floats, HazardModel
from substation.study.prevention.forecasts import (
    Windows,
    expected,
    place_faults,
    place_outcomes,
    places,
    section_outcomes,
    sections,
)
from substation.study.prevention.past import Past
from substation.study.prevention.trained import trained
from substation.study.prevention.warnings import NONE, Warned, warned
from substation.study.prevention.worth import Worth, persistence, worth

LEADS_H = (0, 4, 12)
"""Hours from the issue of a forecast to the first hour that it covers."""


@dataclass(frozen=True, slots=True)
class Plan:
    """length: hours of a window; share: of the time that is learned from; threshold: of a feeder, that warns."""

    length: int
    share: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """border: first row that is judged. learned: the model that was judged; model: what is to be used.
    sections, places: worth by lead, of single sections and of feeders. words: what it is worth."""

    border: int
    learned: HazardModel
    model: HazardModel
    sections: tuple[Worth, ...]
    places: tuple[Worth, ...]
    warnings: Warned
    words: str

    @property
    def has_skill(self) -> bool:
        return self.sections[0].has_skill


def evaluated(past: Past, plan: Plan) -> Evaluation:
    """AlgorithmError where no fault was learned from or none can be judged by."""
    border = round(plan.share * past.hours)
    _enough(past, border)
    period = f"{past.time(0)} to {past.time(past.hours)}"
    learned = trained(past, border, True, f"trained with conditions, {past.time(0)} to {past.time(border)}")
    climate = trained(past, border, False, "climatology")
    by_section = tuple(_worth(past, plan, border, lead, learned, climate, False) for lead in LEADS_H)
    by_place = tuple(_worth(past, plan, border, lead, learned, climate, True) for lead in LEADS_H)
    skilled = by_section[0].has_skill
    used = trained(past, past.hours, skilled, f"trained {'with' if skilled else 'without'} conditions, {period}")
    words = _words(by_section[0], skilled, f"{past.time(border)} to {past.time(past.hours)}")
    return Evaluation(border, learned, used, by_section, by_place, _warned(past, plan, border, learned), words)


def _enough(past: Past, border: int) -> None:
    rows = [row for rows in past.faults_of.values() for row in rows.tolist()]
    early = sum(row < border for row in rows)
    if not early or early == len(rows):
        told = f"{early} faults before {past.time(border)}, {len(rows) - early} after"
        raise AlgorithmError(f"nothing to learn from, or nothing to judge by: {told}")


def _worth(
    past: Past, plan: Plan, border: int, lead: int, model: HazardModel, climate: HazardModel, of_places: bool
) -> Worth:
    """Windows follow each other without overlap; those that would reach over the border are not judged."""
    step = plan.length
    issued = np.arange(0, past.hours - lead - step + 1, step, dtype=np.int64)
    windows = Windows(issued, lead, step)
    before = Windows(np.maximum(issued - step, 0), 0, step)
    said, usual, happened, previous = _figures(past, model, climate, windows, before, of_places)
    learned, judged = issued + lead + step <= border, issued >= border
    lasting = persistence(happened, previous, slice(0, int(learned.sum())))
    rows = issued[judged].astype(np.float64)
    return worth(lead, rows, said[:, judged], usual[:, judged], lasting[:, judged], happened[:, judged])


def _figures(
    past: Past, model: HazardModel, climate: HazardModel, windows: Windows, before: Windows, of_places: bool
) -> tuple[Floats, Floats, Floats, Floats]:
    """(said, climatology, happened, happened in the window before the issue)."""
    ours, usual = expected(past, model, windows), expected(past, climate, windows)
    if not of_places:
        outcomes = section_outcomes(past, windows), section_outcomes(past, before)
        return sections(past, ours), sections(past, usual), *outcomes
    names, said = places(past, ours)
    outcomes = place_outcomes(past, names, windows), place_outcomes(past, names, before)
    return said, places(past, usual)[1], *outcomes


def _warned(past: Past, plan: Plan, border: int, model: HazardModel) -> Warned:
    issued = np.arange(border, past.hours - plan.length + 1, dtype=np.int64)
    names, said = places(past, expected(past, model, Windows(issued, 0, plan.length)))
    found = NONE
    for number, name in enumerate(names):
        rows = place_faults(past, name) - border
        inside = rows[(rows >= 0) & (rows < len(issued))]
        found = found + warned(said[number] >= plan.threshold, inside, plan.length)
    return found


def _words(judged: Worth, skilled: bool, when: str) -> str:
    figures = (
        f"Brier {judged.score.brier:.3g}, climatology {judged.score.baseline_brier:.3g} "
        f"(skill {judged.score.skill:.1%}), persistence {judged.persistence_brier:.3g}, {judged.score.events} faults"
    )
    if skilled:
        return f"better than climatology from {when}: {figures}"
    return f"no skill beyond climatology could be shown from {when}, so conditions are left out: {figures}"
