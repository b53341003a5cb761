"""From evidence on a tree of places to the answer: likeliest places, what has to be enclosed, whom not to believe."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from substation.grid.location.enclosure import enclose
from substation.grid.location.evidence import Shown, Witness
from substation.grid.location.posterior import SECOND_FAULT, Posterior
from substation.grid.location.sections import Places, Sections, sections_of

SHOWN = 8
"""Candidates that are listed."""


@dataclass(frozen=True, slots=True)
class Section:
    """places: numbers of Places. probability: that a fault lies here. against: devices that say otherwise."""

    places: frozenset[int]
    probability: float
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Located:
    """likeliest: the section of the fault, or the two of two at once. probability: that all faults lie in likeliest.

    suspects: devices that show something else than likeliest makes expect. enclosed: places that have to be isolated,
    and the probability that all faults lie in them. failures: devices that must be wrong, and second faults that must
    be there, in the best explanation. evidence: logarithm of how much likelier
    what is shown is with a fault below than with none. candidates: the likeliest sections, at most SHOWN.
    two: probability that two places are at fault at once.
    """

    likeliest: tuple[Section, ...]
    probability: float
    suspects: tuple[str, ...]
    enclosed: frozenset[int]
    enclosed_probability: float
    failures: int
    evidence: float
    candidates: tuple[Section, ...]
    two: float = 0.0

    @property
    def places(self) -> frozenset[int]:
        return frozenset().union(*(section.places for section in self.likeliest))


@dataclass(frozen=True, slots=True)
class Question:
    """astray: devices that show fault current where none can flow, such as at open switches."""

    places: Places
    witnesses: Sequence[Witness]
    astray: tuple[str, ...] = ()
    second: float = SECOND_FAULT


def locate_on_tree(question: Question, certainty: float) -> Located:
    """certainty: least probability that what has to be enclosed contains all faults."""
    sections = sections_of(question.places, question.witnesses, len(question.astray))
    posterior = Posterior(sections, question.second)
    enclosure = enclose(posterior, certainty)
    members: list[list[int]] = [[] for _ in sections.parent]
    for place, section in enumerate(sections.of_place):
        members[section].append(place)

    def made(section: int) -> Section:
        places, probability = frozenset(members[section]), posterior.probability[section]
        return Section(places, probability, _against(question, sections, (section,)))

    ranked = sorted(range(len(members)), key=lambda each: (-posterior.probability[each], each))
    return Located(
        likeliest=tuple(made(section) for section in posterior.best),
        probability=posterior.within(posterior.best),
        suspects=_against(question, sections, posterior.best),
        enclosed=frozenset(place for section in enclosure.sections for place in members[section]),
        enclosed_probability=enclosure.probability,
        failures=enclosure.failures,
        evidence=posterior.evidence,
        candidates=tuple(made(section) for section in ranked[:SHOWN]),
        two=posterior.two,
    )


def _against(question: Question, sections: Sections, faulted: tuple[int, ...]) -> tuple[str, ...]:
    """Devices that speak against faults in exactly these sections."""
    passed = set[int]()
    for section in faulted:
        above = section
        while above >= 0:
            passed.add(above)
            above = sections.parent[above]
    found = [
        witness.device
        for witness in question.witnesses
        if witness.shown is not Shown.UNKNOWN and witness.contradicts(sections.of_place[witness.place] in passed)
    ]
    return tuple(dict.fromkeys((*found, *question.astray)))


def percent(probability: float) -> str:
    """In words; never rounded up to certainty."""
    tenths = math.floor(probability * 1000) / 10
    return f"{tenths:g} %" if tenths else "below 0.1 %"
