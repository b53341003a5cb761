"""Instances that a neighbour sends: only what is its to say is taken, and what was taken before a crash only once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from models.alarm import Category, Severity
from models.driver import Clock
from models.wire.condition_grammar import parse
from models.wire.envelope import MAX_SKEW_NS
from models.wire.instance import Instance
from substation.data_groups.places import Places
from substation.data_groups.row import Direction
from substation.event_list import EventList
from substation.exchange.variables import Selection
from substation.hierarchy.bundle import unpacked
from substation.links.inbox import Effect
from substation.variables.declared import DeclaredVariables

UP, DOWN = "instances up", "instances down"
"""Kinds of parcels."""
UPWARD, DOWNWARD = frozenset({Direction.UP, Direction.BOTH}), frozenset({Direction.DOWN, Direction.BOTH})
MAX_COMPLAINTS = 1000
AHEAD = "is of a time that has not come yet: look at the clocks"


class Arrival:
    """The handlers of both kinds. onward: told of what is for units further down."""

    def __init__(
        self,
        unit: str,
        places: Places,
        declared: DeclaredVariables,
        events: EventList,
        onward: Callable[[Instance], bool],
        clock: Clock,
    ) -> None:
        self._unit, self._places, self._declared, self._events = unit, places, declared, events
        self._onward, self._clock = onward, clock
        self._complained: set[tuple[str, str]] = set()

    async def from_below(self, child: str, body: bytes) -> Effect:
        """A child speaks for itself and its parts."""
        taken = []
        for instance in unpacked(body):
            if instance.location.partition("/")[0] != child:
                self._complain(child, instance, "is not the sender's")
            elif not self._goes(instance, UPWARD):
                self._complain(child, instance, "is not declared to come from below")
            elif self._is_ahead(instance):
                self._complain(child, instance, AHEAD)
            elif instance.owner != self._owner(instance):
                self._complain(child, instance, f"belongs to '{instance.owner}' there, to another one here")
            else:
                taken.append(instance)
        return await self._take(child, taken)

    async def from_above(self, parent: str, body: bytes) -> Effect:
        """The parent speaks to this unit, and through it to those below."""
        mine = []
        for instance in unpacked(body):
            if instance.location.partition("/")[0] == self._unit:
                if not self._goes(instance, DOWNWARD):
                    self._complain(parent, instance, "is not declared to come from above")
                elif self._is_ahead(instance):
                    self._complain(parent, instance, AHEAD)
                else:
                    mine.append(instance)
            elif not self._onward(instance):
                self._complain(parent, instance, "is of a unit that is not below this one")
        return await self._take(parent, mine)

    async def _take(self, neighbour: str, instances: Sequence[Instance]) -> Effect:
        fresh = [instance for instance in instances if not await self._known(instance)]
        for rejected in await self._declared.take(fresh):
            self._complain(neighbour, rejected.instance, rejected.why)
        return Effect()

    def _goes(self, instance: Instance, ways: frozenset[Direction]) -> bool:
        row = self._places.row(instance.variable, instance.location)
        return row is not None and row.direction in ways

    def _is_ahead(self, instance: Instance) -> bool:
        """It would be the present value until its time has come, and later ones history alone."""
        return instance.time_ns > self._clock() + MAX_SKEW_NS

    def _owner(self, instance: Instance) -> str:
        row = self._places.row(instance.variable, instance.location)
        return instance.owner if row is None else self._places.owner(row, instance.location)

    async def _known(self, instance: Instance) -> bool:
        """Whether it is in history already: asked only of one that is not newer than the present."""
        if self._places.row(instance.variable, instance.location) is None:
            return False
        here = Selection(instance.variable, instance.location, parse(""))
        present = await self._declared.read(here)
        if all(instance.time_ns > each.time_ns for each in present):
            return False
        then = Selection(instance.variable, instance.location, parse(f"time == {instance.time_ns}"))
        return any(each.value == instance.value for each in await self._declared.read(then))

    def _complain(self, neighbour: str, instance: Instance, why: str) -> None:
        """Once per variable and neighbour."""
        key = (neighbour, f"{instance.location}/{instance.variable}")
        if key in self._complained or len(self._complained) >= MAX_COMPLAINTS:
            return
        self._complained.add(key)
        self._events.tell(Category.LINK, Severity.MEDIUM, neighbour, f"value {key[1]} refused: it {why}")
