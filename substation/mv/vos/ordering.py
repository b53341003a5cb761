"""The best order of exchanges: no outage where none is needed, else the fewest customers, then the least load dark.
What is dark before is fed as early as the rules allow.

Uniform-cost search over the states on the way, each named by the switches that have moved. A way into a state is judged
only when nothing cheaper is left, so the first way that reaches the target is the best one, given the judges.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from substation.grid.arrays import Booleans
from substation.mv.vos.exchange import Exchange, Passage, energisings, exchanged, exchanges, parted
from substation.mv.vos.trial import Groups, Trial

MOST_TRIALS = 300
_MOST_REASONS = 8
Cost = tuple[int, float, int]
"""Customers without supply, counted at every exchange; load dark in W; setting groups switched."""
_BY_CREW = 10
"""An outage that a crew ends on the spot counts as so many that end from afar."""


@dataclass(frozen=True, slots=True)
class Way:
    """passages: in order, empty where none leads there. proven: none is better. rejected: exchange and reason."""

    passages: tuple[Passage, ...]
    proven: bool
    rejected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Open:
    """A way so far, and the exchange to try next; without one it stands for the state itself. why: not in parallel."""

    closed: Booleans
    done: tuple[Passage, ...]
    next: Exchange | None = None
    parallel: bool = True
    why: str = ""


@dataclass(slots=True)
class Ordering:
    """One per plan. `best()` is asked once."""

    trial: Trial
    closings: frozenset[str]
    openings: frozenset[str]
    _heap: list[tuple[Cost, int, int, _Open]] = field(default_factory=list)
    _serial: int = 0
    _settled: set[frozenset[str]] = field(default_factory=set)
    _rejected: dict[str, str] = field(default_factory=dict)

    def best(self, closed: Booleans) -> Way:
        """From this radial state, in which parts may be dark."""
        self._push((0, 0.0, 0), _Open(closed, ()))
        tries = 0
        while self._heap:
            cost, _, _, at = heapq.heappop(self._heap)
            if at.next is None:
                if _moved(at.done) == self.closings | self.openings:
                    return Way(at.done, True, self._told())
                self._expand(cost, at)
            elif tries < MOST_TRIALS:
                tries += 1
                self._try(cost, at, at.next)
        return Way((), tries < MOST_TRIALS, self._told())

    def _told(self) -> tuple[str, ...]:
        """The first reason of each."""
        return tuple(f"{what}: {why}" for what, why in self._rejected.items())[:_MOST_REASONS]

    def _push(self, cost: Cost, at: _Open) -> None:
        """Of equal cost the one that has come furthest goes first."""
        self._serial += 1
        heapq.heappush(self._heap, (cost, -len(at.done), self._serial, at))

    def _expand(self, cost: Cost, at: _Open) -> None:
        done = _moved(at.done)
        if done in self._settled:
            return
        self._settled.add(done)
        topology, to_close = self.trial.topology, set(self.closings - done)
        customers, dark_w = self.trial.outage(topology.tree(at.closed).root_of < 0)
        cost = _plus(cost, (customers, dark_w, 0))
        for each in (
            *energisings(topology, at.closed, to_close),
            *exchanges(topology, at.closed, to_close, set(self.openings - done)),
        ):
            self._push(cost, _Open(at.closed, at.done, each))

    def _try(self, cost: Cost, at: _Open, exchange: Exchange) -> None:
        """In parallel first; where that may not be, with an outage, at its cost."""
        if _moved(at.done) | _switches(exchange) in self._settled:
            return
        before = [each.exchange for each in at.done]
        found = self.trial.passage(before, _groups(at.done), at.closed, exchange, at.parallel)
        if isinstance(found, Passage):
            closed = exchanged(self.trial.topology, at.closed, exchange)
            self._push(_plus(cost, (0, 0.0, len(found.groups))), _Open(closed, (*at.done, replace(found, why=at.why))))
            return
        self._rejected.setdefault(f"{exchange}{_how(at)}", found)
        if at.parallel and exchange.open:
            self._push(
                _plus(cost, self._outage(at.closed, exchange)), _Open(at.closed, at.done, exchange, False, found)
            )

    def _outage(self, closed: Booleans, exchange: Exchange) -> Cost:
        customers, dark_w = self.trial.outage(parted(self.trial.topology, closed, exchange.open))
        times = _BY_CREW if self.trial.manual & _switches(exchange) else 1
        return customers * times, dark_w * times, 0


def _plus(one: Cost, other: Cost) -> Cost:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _switches(exchange: Exchange) -> frozenset[str]:
    return frozenset(filter(None, (exchange.close, exchange.open)))


def _how(at: _Open) -> str:
    if at.next is None or not at.next.open:
        return ""
    return " in parallel" if at.parallel else " with an outage"


def _moved(done: Sequence[Passage]) -> frozenset[str]:
    return frozenset().union(*(_switches(each.exchange) for each in done))


def _groups(done: Sequence[Passage]) -> Groups:
    return tuple(change for each in done for change in each.groups)
