"""Aggregates over customers [SE3]: from how many on they belong to the operator, and what must not be told of fewer.

Two sums over customers that differ by a few of them tell these few by subtraction. So one stakeholder is not given an
aggregate whose customers differ by fewer than the minimum from another one of the same variable and time that it was
given. Not covered: several stakeholders who put their answers together, combinations of many large differing sets, and
a customer so large that the sum is almost hers.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from models.policy import Policy
from models.wire.condition import And, Comparison, Field, Literal, Term
from models.wire.instance import Instance
from models.wire.messages import Function

MINIMUM_CUSTOMERS = 5
MOST_REMEMBERED = 10_000
BLURRING = frozenset({Function.SUM, Function.AVG, Function.COUNT})
"""The others give the value of a single customer."""
PLAIN_FIELDS = ("time", "location", "variable", "owner")


@dataclass(frozen=True, slots=True)
class _Served:
    owners: frozenset[str]
    first_ns: int
    last_ns: int

    def too_like(self, other: _Served, minimum: int) -> bool:
        apart = self.last_ns < other.first_ns or other.last_ns < self.first_ns
        return not apart and 0 < len(self.owners ^ other.owners) < minimum


class Disclosure:
    """One per unit. policy: of aggregates, which the operator owns. Forgets what was served when the unit ends."""

    def __init__(self, minimum_customers: int = MINIMUM_CUSTOMERS, policy: Policy | None = None) -> None:
        self.minimum, self.policy = minimum_customers, policy
        self._served: OrderedDict[tuple[str, str, _Served], None] = OrderedDict()

    def objection(self, who: str, variable: str, term: Term, function: Function, closed: Sequence[Instance]) -> str:
        """Why the stakeholder is not given the aggregate; empty: it is, and that is remembered.

        closed: the instances in it that the stakeholder may not read by themselves.
        """
        owners = frozenset(instance.owner for instance in closed)
        if len(owners) < self.minimum:
            fewer = "its owner's policy denies" if len(owners) == 1 else f"the policies of {len(owners)} owners deny"
            return f"{fewer} single values, and an aggregate needs {self.minimum} such owners at least"
        if function not in BLURRING:
            return f"{function.value} over customers is the value of one of them; sum, avg and count are possible"
        if not _plain(term):
            return "over customers a condition may compare time, location and owner, joined by 'and', nothing else"
        times = [instance.time_ns for instance in closed]
        served = _Served(owners, min(times), max(times))
        known = (each for name, of, each in self._served if (name, of) == (who, variable))
        if any(served.too_like(each, self.minimum) for each in known):
            return (
                f"an aggregate of the same time was given whose customers differ by fewer than {self.minimum}:"
                " ask for the same ones, or for another time"
            )
        self._served[who, variable, served] = None
        while len(self._served) > MOST_REMEMBERED:
            self._served.popitem(last=False)
        return ""


def _plain(term: Term) -> bool:
    """A conjunction of comparisons that look at no value: it cannot pick single values out."""
    if isinstance(term, And):
        return all(_plain(part) for part in term.terms)
    if not isinstance(term, Comparison):
        return False
    return isinstance(term.left, Field) and term.left.name in PLAIN_FIELDS and isinstance(term.right, Literal)
