"""Aggregates over customers [SE3]: from how many on they belong to the operator, and what must not be told of fewer.

Two sums over customers that differ by a few of them tell these few by subtraction. So one stakeholder is not given an
aggregate that differs from another one of the same variable and time, that it was given, by values of fewer customers
than the minimum. Not covered: several stakeholders who put their answers together, combinations of many large differing
sets, a customer so large that the sum is almost hers, and what two sums of present values, one after the other, tell of
the few values that have changed between them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from models.policy import Policy
from models.wire.condition import ALWAYS, And, Comparison, Field, Literal, Term
from models.wire.instance import Instance
from models.wire.messages import Function
from substation.exchange.variables import Selection

MINIMUM_CUSTOMERS = 5
MOST_REMEMBERED, MOST_IN_ONE = 500_000, 50_000
"""Values of customers in all aggregates that are remembered, and in one of them."""
BLURRING = frozenset({Function.SUM, Function.AVG, Function.COUNT})
"""The others give the value of a single customer."""
PLAIN_FIELDS = ("time", "location", "variable", "owner")


Part = tuple[str, str, int]
"""Owner, location, and time of a value in an aggregate; of present values the time is 0."""


@dataclass(frozen=True, slots=True)
class _Served:
    parts: frozenset[Part]
    present: bool
    first_ns: int
    last_ns: int

    @classmethod
    def of(cls, closed: Sequence[Instance], present: bool) -> _Served:
        times = [instance.time_ns for instance in closed]
        parts = frozenset((each.owner, each.location, 0 if present else each.time_ns) for each in closed)
        return cls(parts, present, min(times), max(times))

    def too_like(self, other: _Served, minimum: int) -> bool:
        if self.last_ns < other.first_ns or other.last_ns < self.first_ns:
            return False
        alike = self.present == other.present
        differing = self.parts ^ other.parts if alike else self._series() ^ other._series()
        return 0 < len({owner for owner, *_ in differing}) < minimum

    def _series(self) -> frozenset[Part]:
        return frozenset((owner, location, 0) for owner, location, _ in self.parts)


class Disclosure:
    """One per unit. policy: of aggregates, which the operator owns. Forgets what was served when the unit ends."""

    def __init__(self, minimum_customers: int = MINIMUM_CUSTOMERS, policy: Policy | None = None) -> None:
        self.minimum, self.policy = minimum_customers, policy
        self._served: OrderedDict[tuple[str, str, _Served], None] = OrderedDict()
        self._remembered = 0

    def objection(self, who: str, selection: Selection, closed: Sequence[Instance]) -> str:
        """Why the stakeholder is not given the aggregate; empty: it is, and that is remembered.

        closed: the instances in it that the stakeholder may not read by themselves.
        """
        owners = {instance.owner for instance in closed}
        if "" in owners:
            return "the operator's policy denies single values of it"
        if len(owners) < self.minimum:
            fewer = "its owner's policy denies" if len(owners) == 1 else f"the policies of {len(owners)} owners deny"
            return f"{fewer} single values, and an aggregate needs {self.minimum} such owners at least"
        if selection.function not in BLURRING:
            word = "" if selection.function is None else selection.function.value
            return f"{word} over customers is the value of one of them; sum, avg and count are possible"
        if not is_plain(selection.condition):
            return "over customers a condition may compare time, location and owner, joined by 'and', nothing else"
        if len(closed) > MOST_IN_ONE:
            return f"it has more than {MOST_IN_ONE} values of customers: narrow the time range"
        return self._like_another(who, selection.variable, _Served.of(closed, selection.time_range() == ALWAYS))

    def _like_another(self, who: str, variable: str, served: _Served) -> str:
        key = (who, variable, served)
        if key in self._served:
            return ""
        known = (each for name, of, each in self._served if (name, of) == (who, variable))
        if any(served.too_like(each, self.minimum) for each in known):
            return (
                f"an aggregate of this time was given that differs by values of fewer than {self.minimum} customers:"
                " ask for the same ones, or for another time"
            )
        self._served[key] = None
        self._remembered += len(served.parts)
        while self._remembered > MOST_REMEMBERED:
            (*_, oldest), _none = self._served.popitem(last=False)
            self._remembered -= len(oldest.parts)
        return ""


def is_plain(term: Term) -> bool:
    """A conjunction of comparisons that look at no value: it cannot pick single values out."""
    if isinstance(term, And):
        return all(is_plain(part) for part in term.terms)
    if not isinstance(term, Comparison):
        return False
    return isinstance(term.left, Field) and term.left.name in PLAIN_FIELDS and isinstance(term.right, Literal)
