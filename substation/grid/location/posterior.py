"""Probability of every section to hold the fault, or one of two, given what the devices show (Bayes' rule).

Devices err independently of each other, so the likelihood of a hypothesis is a product over devices; along the tree it
is a sum of logarithms down the way. Two faults at once are considered where neither lies on the way to the other; two
on one way look like the lower one alone. More than two are not considered.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from substation.grid.location.sections import Sections
from substation.grid.location.tree_pairs import Pairs, log_sum, tree_pairs

SECOND_FAULT = 0.0005
"""Share of final trips with two places at fault at once; an assumption, of the order of one storm fault in a thousand
and less, and low enough that one lone flag aside is rather held for false."""


@dataclass(frozen=True)
class Posterior:
    """Of one tripped device. second: probability that two places are at fault."""

    sections: Sections
    second: float = SECOND_FAULT

    @cached_property
    def probability(self) -> tuple[float, ...]:
        """Per section that a fault lies there."""
        pairs = self._pairs_of(self._value)
        both = [each + self._pair_factor for each in pairs.of_node]
        return tuple(
            math.exp(log_sum(alone, pair) - self._evidence) for alone, pair in zip(self._alone, both, strict=True)
        )

    def within(self, inside: Collection[int]) -> float:
        """Probability that all faults lie inside these sections."""
        chosen = [value if section in inside else -math.inf for section, value in enumerate(self._value)]
        pairs = self._pairs_of(chosen).total + self._pair_factor
        alone = -math.inf
        for section in inside:
            alone = log_sum(alone, self._alone[section])
        return min(1.0, math.exp(log_sum(alone, pairs) - self._evidence))

    @cached_property
    def two(self) -> float:
        """Probability that two places are at fault at once."""
        return math.exp(self._pairs_of(self._value).total + self._pair_factor - self._evidence)

    @cached_property
    def best(self) -> tuple[int, ...]:
        """The likeliest section, or the likeliest two at once; of equals the first."""
        single = max(range(len(self._alone)), key=self._alone.__getitem__)
        pairs = tree_pairs(self.sections.parent, self._value, self.sections.way, max)
        if pairs.total + self._pair_factor <= self._alone[single]:
            return (single,)
        one = max(range(len(self._value)), key=pairs.of_node.__getitem__)
        return (one, self._partner(one))

    def _partner(self, one: int) -> int:
        """The section that is likeliest at fault beside this one."""
        parent, way = self.sections.parent, self.sections.way
        above, node = set[int](), one
        while node >= 0:
            above.add(node)
            node = parent[node]
        best, partner, common = -math.inf, one, [0] * len(parent)
        for section in range(len(parent)):
            common[section] = section if section in above else common[parent[section]]
            value = self._value[section] - way[common[section]]
            if section not in above and common[section] != one and value > best:
                best, partner = value, section
        return partner

    def _pairs_of(self, value: list[float]) -> Pairs:
        return tree_pairs(self.sections.parent, value, self.sections.way, log_sum)

    @cached_property
    def _value(self) -> list[float]:
        return [prior + way for prior, way in zip(self.sections.prior, self.sections.way, strict=True)]

    @cached_property
    def _alone(self) -> list[float]:
        """Logarithm of prior times likelihood of each section alone; what the relay measured counts for one fault."""
        factor = math.log1p(-self.second)
        return [factor + value + near for value, near in zip(self._value, self.sections.nearness, strict=True)]

    @cached_property
    def _pair_factor(self) -> float:
        return math.log(2 * self.second) if self.second > 0 else -math.inf

    @property
    def evidence(self) -> float:
        """Logarithm of how much likelier what is shown is with a fault somewhere below than with none."""
        return self._evidence

    @cached_property
    def _evidence(self) -> float:
        total = self._pairs_of(self._value).total + self._pair_factor
        for alone in self._alone:
            total = log_sum(total, alone)
        return total
