"""Alarm inhibit (ISA-18.2, IEC 62682): for a time, by somebody, for a reason; what happens is still recorded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from models.point import PointName


class InhibitKind(Enum):
    """SUPPRESSED: for work that is under way. OUT_OF_SERVICE: the equipment itself is not in service."""

    SUPPRESSED = "suppressed"
    OUT_OF_SERVICE = "out of service"


@dataclass(frozen=True, slots=True)
class Inhibition:
    """place: a location with everything below it, or one point (`OBR1/K1/E03/Q0/CSWI1.Pos`). until_ns: UTC."""

    id: int
    place: str
    kind: InhibitKind
    holder: str
    reason: str
    placed_ns: int
    until_ns: int

    def covers(self, name: PointName) -> bool:
        location = name.location
        return location == self.place or location.startswith(f"{self.place}/") or str(name) == self.place

    def __str__(self) -> str:
        return f"{self.place} {self.kind.value} by {self.holder}: {self.reason}"
