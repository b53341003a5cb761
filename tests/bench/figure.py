"""A measured figure beside the peer's on the same work, and the bound that an issue sets."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Pair = tuple[float, float]
"""Ours and the peer's, measured in one turn after the other."""


@dataclass(frozen=True, slots=True)
class Figure:
    """peer: who it is, in words. peers: its own value; None, as the ratio, where the issue names an absolute bound."""

    what: str
    unit: str
    ours: float
    peer: str
    peers: float | None
    target: str
    met: bool

    @property
    def ratio(self) -> float | None:
        return self.ours / self.peers if self.peers else None

    def plain(self) -> dict[str, object]:
        """One entry of "figures"."""
        return {
            "what": self.what,
            "unit": self.unit,
            "ours": _short(self.ours),
            "peer": self.peer,
            "peers": _short(self.peers),
            "ratio": _short(self.ratio),
            "target": self.target,
            "met": self.met,
        }


def _short(number: float | None) -> float | None:
    """Four significant digits: a measurement knows no more."""
    return None if number is None else float(f"{number:.4g}")


def beside_peer(
    what: str, unit: str, peer: str, pairs: Sequence[Pair], target: str, met: Callable[[float, float], bool]
) -> Figure:
    """The medians of all turns. met(ours, peers)."""
    ours, peers = (statistics.median(values) for values in zip(*pairs, strict=True))
    return Figure(what, unit, ours, peer, peers, target, met(ours, peers))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of the values do not exceed."""
    rank = math.ceil(round(len(values) * share, 9))  # rounded: 0.99 of 100 must be 99, whatever binary fractions say
    return sorted(values)[max(rank, 1) - 1]
