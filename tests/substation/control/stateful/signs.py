"""What devices tell beside positions, until all is calm again: each is one function of the unit and a drawn place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.point import Dbpos, PointName
from tests.substation.control.world import CB1, F1, F2, MV_V, RELEASED, World

if TYPE_CHECKING:
    from tests.substation.control.stateful.watched_unit import WatchedUnit

Value = bool | int | float | Dbpos
TOLD: tuple[tuple[str, str, Value], ...] = (
    (CB1, "XCBR1.EEHealth", 3),
    (CB1, "XCBR1.CBOpCap", 2),
    (CB1, "XCBR1.CBOpCap", 1),
    (F1, "PTOC1.Str", True),
    (F2, "PTOC2.Str", True),
    (F1, "RREC1.AutoRecSt", 2),
    (F1, "PSDE1.Str", True),
    (F2, "PSDE1.Str", True),
    ("ST1", "LLN0.Beh", 5),
    ("ST3", "LLN0.Beh", 5),
    ("ST1", "LLN0.LocSta", True),
    ("ST3", "LLN0.LocSta", True),
    (RELEASED, "CILO1.EnaOpn", False),
    (RELEASED, "CILO1.EnaCls", False),
)
CALM: Mapping[PointName, Value] = {
    PointName(where, variable): {"XCBR1.EEHealth": 1, "XCBR1.CBOpCap": 5, "RREC1.AutoRecSt": 9, "LLN0.Beh": 1}.get(
        variable, variable.startswith("CILO1")
    )
    for where, variable, _ in TOLD
}
"""The same points when nothing is wrong."""
CURRENTS_A: Mapping[PointName, float] = {
    PointName(f"{bay}", f"MMXU1.A.{phase}"): 500.0
    for bay in ("ST1/K1/E01", "ST1/K1/E02", "ST3/K1/E02")
    for phase in ("phsA", "phsB", "phsC")
}
MEASURED: tuple[Mapping[PointName, float], ...] = (
    CURRENTS_A,
    {PointName("ST3/K1/BB1", f"MMXU1.PPV.{phases}"): MV_V for phases in ("phsAB", "phsBC", "phsCA")},
    {PointName("ST2/K1/BB1", f"MMXU1.PPV.{phases}"): MV_V for phases in ("phsAB", "phsBC", "phsCA")},
    {PointName("ST3/K1/G1", "MMXU1.TotW"): 320e3},
    {PointName("ST3/K1/G1", "MMXU1.TotW"): 40e3},
)
EXPLAINED = (F1, F2)
DIFFERING = (F1, "ST1/K1/E02", "ST2/K1/E01", "ST3/K1/E02")


@dataclass
class StrangeWorld(World):
    """strange: what is measured otherwise than it follows from the positions."""

    strange: dict[PointName, float] = field(default_factory=dict)

    def measure(self) -> None:
        super().measure()
        self.values.update(self.strange)

    @classmethod
    def like(cls, other: World) -> StrangeWorld:
        made = cls()
        made.values.update(other.values)
        return made


def told(unit: WatchedUnit, drawn: int) -> None:
    """A device tells that something is wrong, mostly where something is about to be switched, or at its feeder."""
    station = unit.aim.partition("/")[0]
    near = [each for each in TOLD if each[0].partition("/")[0] == station or each[0] == F1]
    where, variable, value = near[drawn % len(near)] if drawn % 4 else TOLD[drawn // 4 % len(TOLD)]
    unit.world.set(where, variable, value)


def measured(unit: WatchedUnit, drawn: int) -> None:
    """Current, voltage or generation where nobody expects it."""
    unit.world.strange.update(MEASURED[drawn % len(MEASURED)])
    unit.world.measure()


def unexplained(unit: WatchedUnit, drawn: int) -> None:
    """A feeder has tripped, and nobody knows why."""
    feeder = EXPLAINED[drawn % len(EXPLAINED)]
    unit.unexplained[feeder] = f"{feeder} has tripped, nobody knows why"


def differs(unit: WatchedUnit, drawn: int) -> None:
    """A device is found to be otherwise than the SCL says."""
    place = DIFFERING[drawn % len(DIFFERING)]
    unit.differing[place] = f"{place} is otherwise than the SCL says"


def given(unit: WatchedUnit) -> bool:
    """Whether any of it is there."""
    values = unit.world.values
    told_now = any(values[name] != value for name, value in CALM.items())
    return told_now or bool(unit.world.strange or unit.unexplained or unit.differing)


def calm(unit: WatchedUnit) -> None:
    """Nothing of it is left."""
    unit.world.values.update(CALM)
    unit.world.strange.clear()
    unit.unexplained.clear()
    unit.differing.clear()
    unit.world.measure()


SIGNS: tuple[Callable[[WatchedUnit, int], None], ...] = (told, measured, unexplained, differs)
