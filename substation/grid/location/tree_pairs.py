"""Sums over all pairs of unrelated nodes of a tree in linear time, in any semiring whose product is `+`.

Two nodes are unrelated when neither lies on the way to the other. The value of a pair is value[i] + value[j] -
shared[a], where a is the lowest node above both: what both ways have in common counts once. With logarithms and
log_sum the pairs are added up; with max the best one is found. Upwards each node collects its subtree, downwards it
learns what the rest of the tree offers (the two passes of belief propagation on a tree, Pearl 1982).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Plus = Callable[[float, float], float]


def log_sum(one: float, other: float) -> float:
    """Logarithm of the sum of two numbers given by their logarithms; -inf is zero."""
    high, low = (one, other) if one >= other else (other, one)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))


@dataclass(frozen=True, slots=True)
class Pairs:
    """total: over all unrelated pairs. of_node: per node, over the pairs that it belongs to; -inf where none does."""

    total: float
    of_node: tuple[float, ...]


def tree_pairs(parent: Sequence[int], value: Sequence[float], shared: Sequence[float], plus: Plus) -> Pairs:
    """parent: parents come before their children, -1 at the only root. value: -inf leaves a node out."""
    children: list[list[int]] = [[] for _ in parent]
    for node, above in enumerate(parent):
        if above >= 0:
            children[above].append(node)
    subtree, total = list(value), -math.inf
    for node in reversed(range(len(parent))):
        below = -math.inf
        for child in children[node]:
            total = plus(total, below + subtree[child] - shared[node])
            below = plus(below, subtree[child])
        subtree[node] = plus(value[node], below)
    elsewhere = _elsewhere(children, subtree, shared, plus)
    return Pairs(total, tuple(own + other for own, other in zip(value, elsewhere, strict=True)))


def _elsewhere(children: list[list[int]], subtree: list[float], shared: Sequence[float], plus: Plus) -> list[float]:
    """Per node, everything unrelated to it, less what the ways share."""
    found = [-math.inf] * len(children)
    for node, below in enumerate(children):
        before = _running(subtree, below, plus)
        after = _running(subtree, below[::-1], plus)[::-1]
        for child, one, other in zip(below, before, after, strict=True):
            found[child] = plus(found[node], plus(one, other) - shared[node])
    return found


def _running(subtree: list[float], below: list[int], plus: Plus) -> list[float]:
    """For each child what its elder siblings hold."""
    held, found = -math.inf, []
    for child in below:
        found.append(held)
        held = plus(held, subtree[child])
    return found
