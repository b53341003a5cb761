"""Branch exchanges: the pairs of a closing and an opening that take one radial state to another, everything fed.

Between two radial states that feed the same there is always a sequence of such pairs (bases of a graphic matroid), so
an order of pairs loses no target that could be reached.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from models.switching import GroupChange
from substation.grid.arrays import Booleans
from substation.grid.topology import Topology


@dataclass(frozen=True, slots=True)
class Exchange:
    """Switches: one that closes, and one of its loop that opens; '' where the closing feeds what is dark."""

    close: str
    open: str

    def __str__(self) -> str:
        return f"{self.close} for {self.open}" if self.open else f"{self.close} onto what is dark"


@dataclass(frozen=True, slots=True)
class Passage:
    """An exchange as it is carried out. parallel: closed before opened. dark_w, customers: interrupted where it is not.

    groups: setting groups that are switched before it. why: it is not made in parallel.
    """

    exchange: Exchange
    parallel: bool
    dark_w: float = 0.0
    customers: int = 0
    groups: tuple[tuple[str, GroupChange], ...] = ()
    why: str = ""


def exchanges(topology: Topology, closed: Booleans, to_close: set[str], to_open: set[str]) -> Iterator[Exchange]:
    """Pairs that are possible in this radial state, in the order of the ids."""
    arrays = topology.arrays
    tree = topology.tree(closed)
    for switch in sorted(to_close):
        ends = topology.nodes_of_element[switch]
        if len(ends) < 2 or any(tree.root_of[node] < 0 for node in ends):
            continue
        one, other = (set(tree.path(node)) for node in ends)
        loop = {arrays.branch_id(branch) for branch in one ^ other}
        yield from (Exchange(switch, opening) for opening in sorted(to_open & loop))


def energisings(topology: Topology, closed: Booleans, to_close: set[str]) -> Iterator[Exchange]:
    """Closings onto a dead part, in the order of the ids."""
    root_of = topology.tree(closed).root_of
    for switch in sorted(to_close):
        if sorted(bool(root_of[node] >= 0) for node in topology.nodes_of_element[switch]) == [False, True]:
            yield Exchange(switch, "")


def exchanged(topology: Topology, closed: Booleans, exchange: Exchange) -> Booleans:
    """The mask of closed switches afterwards."""
    index = topology.arrays.switch_index
    after = closed.copy()
    after[index[exchange.close]] = True
    if exchange.open:
        after[index[exchange.open]] = False
    return after


def parted(topology: Topology, closed: Booleans, opening: str) -> Booleans:
    """bool[n]: nodes that are dark once this switch is open and nothing else has moved."""
    without = closed.copy()
    without[topology.arrays.switch_index[opening]] = False
    return (topology.tree(closed).root_of >= 0) & (topology.tree(without).root_of < 0)
