"""What is asked of every step that is planned: the gate's own rules, and what they cannot see from a single step."""

from __future__ import annotations

from dataclasses import dataclass

from substation.mv.rehearsed import Judge, no_judge


@dataclass(frozen=True, slots=True)
class Judges:
    """now: every rule; those on measured values are asked of the first switching of an order. later: without these,
    for steps whose turn comes when other switches have moved."""

    now: Judge = no_judge
    later: Judge = no_judge
