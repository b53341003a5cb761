"""An operate at the moment in which its device gets it: what is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.command import Command
from models.network.elements import SwitchKind
from models.point import Dbpos, PointName
from models.switching import Order
from substation.control.operation import AnyRequest
from substation.control.request import is_automatic
from tests.substation.control.stateful.truth import SWITCHES, Truth, sides_of

if TYPE_CHECKING:
    from tests.substation.control.stateful.watched_unit import WatchedUnit


@dataclass(frozen=True)
class Look:
    """order: on whose behalf. now: the truth at this moment."""

    unit: WatchedUnit
    command: Command
    name: PointName
    asked: AnyRequest
    order: Order | None
    now: Truth

    @property
    def switch(self) -> str:
        return self.name.location

    @property
    def kind(self) -> SwitchKind | None:
        return SWITCHES[self.switch].kind if self.switch in SWITCHES else None

    @property
    def closes(self) -> bool:
        return self.command.value is Dbpos.ON

    @property
    def opens(self) -> bool:
        return self.command.value is Dbpos.OFF

    @property
    def automatic(self) -> bool:
        return is_automatic(self.asked.originator)

    @property
    def newly_fed(self) -> frozenset[str]:
        """Nodes that a close puts under voltage."""
        if not self.closes:
            return frozenset()
        return self.now.with_closed(self.switch).fed - self.now.with_open(self.switch).fed

    @property
    def joined(self) -> frozenset[str]:
        """All that hangs together with the switch when it is closed."""
        return self.now.with_closed(self.switch).part(sides_of(self.switch))

    def tells(self, location: str, variable: str) -> bool | int | float:
        """What the field says, without any doubt about it."""
        return self.unit.world.values[PointName(location, variable)]


Check = Callable[[Look], Iterator[str]]
