"""A point-to-point test: for every point what the unit showed when the tester looked, and the tester's word for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from models.point import PointName


class Verdict(Enum):
    """The tester's word. NOT_TESTED stands until he has given one."""

    NOT_TESTED = "not tested"
    SEEN = "seen"
    NOT_SEEN = "not seen"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Look:
    """What the unit shows of a point. value, quality: in words. time_ns: the field's, None where it gave none."""

    value: str
    quality: str
    time_ns: int | None
    arrival_ns: int


@dataclass(frozen=True, slots=True)
class Tested:
    """One point of a test. look: at the moment of the word. command: what became of the last command in test."""

    number: int
    point: PointName
    kind: str
    address: str
    commandable: bool = False
    verdict: Verdict = Verdict.NOT_TESTED
    look: Look | None = None
    note: str = ""
    tester: str = ""
    said_ns: int | None = None
    command: str = ""

    @property
    def is_open(self) -> bool:
        """Whether something of it has not been tested: its indication, or its command."""
        return self.verdict is Verdict.NOT_TESTED or (self.commandable and not self.command)


@dataclass(frozen=True, slots=True)
class PointTest:
    """scope: what is tested, a link or a location. ended_ns: None while it goes on."""

    id: int
    scope: str
    holder: str
    started_ns: int
    points: tuple[Tested, ...]
    ended_ns: int | None = None

    def find(self, point: PointName) -> Tested | None:
        return next((each for each in self.points if each.point == point), None)

    def with_point(self, tested: Tested) -> PointTest:
        return replace(self, points=tuple(tested if each.number == tested.number else each for each in self.points))

    @property
    def tally(self) -> dict[str, int]:
        """How many points have which word."""
        counted = Counter(each.verdict.value for each in self.points)
        return {verdict.value: counted[verdict.value] for verdict in Verdict}

    @property
    def passed(self) -> bool:
        """Every point seen, every command tried."""
        return all(each.verdict is Verdict.SEEN and not each.is_open for each in self.points)

    @property
    def open_points(self) -> tuple[Tested, ...]:
        """What was not tested: said in every report."""
        return tuple(each for each in self.points if each.is_open)


def numbered(points: Iterable[Tested]) -> tuple[Tested, ...]:
    return tuple(replace(each, number=number) for number, each in enumerate(points, start=1))
