"""What became of asking a device. Free of the library: the unit's commands load it."""

from __future__ import annotations

from dataclasses import dataclass

from models.difference import Difference


@dataclass(frozen=True, slots=True)
class Compared:
    """problem: why the device could not be compared, '' where it was. duration_s: how long it took."""

    link: str
    differences: tuple[Difference, ...]
    problem: str
    duration_s: float
