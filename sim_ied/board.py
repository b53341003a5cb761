"""The board: the present value of every point of the world, and what changed since somebody last looked."""

from __future__ import annotations

from dataclasses import dataclass

from models.point import PointName, Value
from models.quality import Quality


@dataclass(frozen=True, slots=True)
class Change:
    """A point's new value at the device. time_ns: UTC, the device's time tag."""

    point: PointName
    value: Value
    quality: int
    time_ns: int


class Board:
    """Values only enter the list of changes when they differ from what stood there."""

    def __init__(self) -> None:
        self.present: dict[PointName, Change] = {}
        self._changes: list[Change] = []

    def show(
        self, point: PointName, value: Value, now_ns: int, quality: int = Quality.GOOD, repeat: bool = False
    ) -> None:
        """Write a value; repeat: a new sample of a measurand counts even when it is equal."""
        before = self.present.get(point)
        if before is not None and not repeat and before.value == value and before.quality == quality:
            return
        change = Change(point, value, int(quality), now_ns)
        self.present[point] = change
        self._changes.append(change)

    def take(self) -> list[Change]:
        """Changes since the last call, oldest first."""
        changes, self._changes = self._changes, []
        return changes
