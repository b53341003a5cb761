"""What a unit tells those below: prices and weather to all, set-points and configuration to whom they are meant for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from models.wire.condition_grammar import parse
from models.wire.instance import Instance
from substation.data_groups.places import Places
from substation.data_groups.row import Direction, Row
from substation.exchange.variables import Selection
from substation.hierarchy.flow import Flow
from substation.hierarchy.marks import Series
from substation.variables.declared import DeclaredVariables

WayDown = Callable[[str], str | None]
"""The child that leads to a unit below; None: it is not below."""


class Down:
    """A subscriber of the declared variables; `run` until cancelled. flows: by child.

    An instance stands for those below when it is at this unit itself and its row is `spread`; for one unit when it is
    at that unit's name, or at the part of this unit that bears it (`TL1/LV07`), however far below that is.
    """

    def __init__(
        self, unit: str, places: Places, declared: DeclaredVariables, flows: dict[str, Flow], way: WayDown
    ) -> None:
        self._unit, self._places, self._declared, self._flows, self._way = unit, places, declared, flows, way

    async def run(self) -> None:
        cancel = self._declared.subscribe(Selection("*", "*", parse("")), self, initial=False)
        try:
            for child, flow in self._flows.items():
                await flow.resume(self._declared, self._series(child), lambda variable: False)
            async with asyncio.TaskGroup() as group:
                for flow in self._flows.values():
                    group.create_task(flow.run())
        finally:
            cancel()

    def events(self, instances: Sequence[Instance]) -> None:
        for instance in instances:
            for child, addressed in self._addressed(instance):
                self._flows[child].give([addressed])

    latest = events

    def onward(self, instance: Instance) -> bool:
        """Hand on what the parent has sent for a unit below. False: it is not below."""
        child = self._child(instance.location.partition("/")[0])
        if child not in self._flows:
            return False
        self._flows[child].give([instance])
        return True

    def _addressed(self, instance: Instance) -> Iterator[tuple[str, Instance]]:
        """Who gets it, and at which location."""
        row = self._places.row(instance.variable, instance.location)
        if row is None or row.direction not in (Direction.DOWN, Direction.BOTH):
            return
        place, _, part = instance.location.partition("/")
        if place != self._unit:
            target, location = place, instance.location
        elif part:
            target, location = part.partition("/")[0], part
        else:
            if row.spread:
                yield from ((child, replace(instance, location=child)) for child in self._flows)
            return
        child = self._child(target)
        if child in self._flows and self._is_command(place, row):
            yield child, replace(instance, location=location)

    def _child(self, unit: str) -> str | None:
        """Through whom a unit is reached; for a child that is away its parcels wait."""
        return unit if unit in self._flows else self._way(unit)

    def _is_command(self, place: str, row: Row) -> bool:
        """At the place of a unit below only what is copied down is meant for it; at a part of our own all is."""
        return place == self._unit or row.replicated

    def _series(self, child: str) -> dict[Series, Series]:
        """What the child gets, and under which name, for a start after a crash."""
        series: dict[Series, Series] = {}
        for location in (self._unit, child, f"{self._unit}/{child}"):
            place = self._places.place(location)
            for variable in () if place is None else place.rows:
                for receiver, addressed in self._addressed(Instance(variable, location, None, 0)):
                    if receiver == child:
                        series[location, variable] = (addressed.location, variable)
        return series
