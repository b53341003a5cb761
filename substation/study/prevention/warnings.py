"""Warnings above a threshold: how many faults they told ahead and how early, what they missed, how many were false."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from substation.grid.arrays import Booleans, Integers


@dataclass(frozen=True, slots=True)
class Warned:
    """leads_h: of each hit, hours from the beginning of the warning to the fault. hours: with a warning."""

    hits: int
    misses: int
    false_alarms: int
    hours: int
    leads_h: tuple[int, ...]

    def __add__(self, other: Warned) -> Warned:
        return Warned(
            self.hits + other.hits,
            self.misses + other.misses,
            self.false_alarms + other.false_alarms,
            self.hours + other.hours,
            (*self.leads_h, *other.leads_h),
        )


NONE = Warned(0, 0, 0, 0, ())


def warned(warns: Booleans, faults: Integers, length: int) -> Warned:
    """Of one place. warns: bool[m], hourly; faults: rows of its faults; length: hours that a warning looks ahead.

    A fault is told when a warning was issued at the beginning of its hour or of one of the `length - 1` before; the
    lead is counted from the beginning of that warning. A warning that no fault follows within its reach is false.
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], warns.astype(np.int8), [0]])))
    begins, ends = edges[::2], edges[1::2]  # a warning stands in rows begins to ends - 1
    leads, told = [], set[int]()
    for fault in faults.tolist():
        at = int(np.searchsorted(begins, fault, side="right")) - 1
        if at >= 0 and fault <= int(ends[at]) - 1 + length - 1:
            leads.append(int(fault - begins[at]))
            told.add(at)
    return Warned(len(leads), len(faults) - len(leads), len(begins) - len(told), int(warns.sum()), tuple(leads))
