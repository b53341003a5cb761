"""Which sections have to be isolated so that the fault is certainly inside.

The likeliest place alone is not enough where devices contradict each other: every place stays inside that is explained
by no more failed devices than the best explanation needs. Beyond that, sections are added by their probability until
the certainty asked for is reached, and what lies between sections of one explanation is taken along.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from substation.grid.location.posterior import Posterior
from substation.grid.location.sections import Sections
from substation.grid.location.tree_pairs import tree_pairs


@dataclass(frozen=True, slots=True)
class Enclosure:
    """sections: to be isolated. probability: that all faults lie in them. failures: how many oddities even the best
    explanation needs, a device that contradicts it or a second fault at once."""

    sections: frozenset[int]
    probability: float
    failures: int


def enclose(posterior: Posterior, certainty: float) -> Enclosure:
    """certainty: least probability that all faults lie inside, below or equal to 1."""
    sections, probability = posterior.sections, posterior.probability
    fewest, alone, pairs = _explained(sections)
    best = posterior.best
    chosen = _joined(sections, alone.union(best if len(best) == 1 else ())) | pairs.union(best)
    ranked = sorted(set(range(len(probability))) - chosen, key=lambda each: (-probability[each], each))
    least, most = 0, len(ranked)
    while least < most:
        middle = (least + most) // 2
        if posterior.within(chosen.union(ranked[:middle])) >= certainty:
            most = middle
        else:
            least = middle + 1
    found = chosen.union(ranked[:least])
    return Enclosure(frozenset(found), posterior.within(found), fewest)


def _explained(sections: Sections) -> tuple[int, set[int], set[int]]:
    """The fewest oddities that an explanation needs; sections that explain alone, and in pairs, with so few."""
    value = [-float(each) for each in sections.contradiction]
    pairs = tree_pairs(sections.parent, value, value, max)
    alone = list(sections.against)
    with_other = [math.inf if each == -math.inf else sections.none_below + 1 - each for each in pairs.of_node]
    fewest = min(*alone, *with_other) if len(alone) > 1 else alone[0]
    one = {each for each, oddities in enumerate(alone) if oddities <= fewest}
    return int(fewest), one, {each for each, oddities in enumerate(with_other) if oddities <= fewest}


def _joined(sections: Sections, chosen: Collection[int]) -> set[int]:
    """With everything on the ways between them."""
    ways = []
    for section in chosen:
        way = [section]
        while sections.parent[way[-1]] >= 0:
            way.append(sections.parent[way[-1]])
        ways.append(way[::-1])
    common = 0
    while ways and all(len(way) > common for way in ways) and len({way[common] for way in ways}) == 1:
        common += 1
    return {section for way in ways for section in way[max(common - 1, 0) :]}
