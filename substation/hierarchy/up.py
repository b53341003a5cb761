"""What a unit tells the one above: its own sums once a period, and copies of what is declared to be copied."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from models.driver import Clock
from models.wire.condition_grammar import parse
from models.wire.instance import Instance
from substation.data_groups.places import Places
from substation.data_groups.row import Direction, Row, Upward
from substation.exchange.variables import Selection
from substation.hierarchy.flow import Flow
from substation.hierarchy.marks import Series
from substation.hierarchy.summary import LIVE_PERIOD_S, NS_PER_S
from substation.variables.declared import DeclaredVariables

LOOK_S = 1.0


class Up:
    """A subscriber of the declared variables; `run` until cancelled."""

    def __init__(
        self, unit: str, places: Places, declared: DeclaredVariables, flow: Flow, clock: Clock, live_period_s: int
    ) -> None:
        self._unit, self._places, self._declared, self._flow, self._clock = unit, places, declared, flow, clock
        self._live_period_s = live_period_s
        self._held: dict[Series, tuple[int, Instance]] = {}
        self._woken = asyncio.Event()

    async def run(self) -> None:
        cancel = self._declared.subscribe(Selection("*", "*", parse("")), self, initial=False)
        try:
            await self._flow.resume(self._declared, self._series(), self._every)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._flow.run())
                group.create_task(self._release())
        finally:
            cancel()

    def events(self, instances: Sequence[Instance]) -> None:
        for instance in instances:
            row = self._rises(instance)
            if row is None:
                continue
            if row.replicated:
                self._flow.give([instance])
            else:
                self._hold(row, instance)

    latest = events

    def _rises(self, instance: Instance) -> Row | None:
        """The row of what is this unit's own and goes up."""
        if instance.location.partition("/")[0] != self._unit:
            return None
        row = self._places.row(instance.variable, instance.location)
        return row if row is not None and _goes_up(row) else None

    def _hold(self, row: Row, instance: Instance) -> None:
        """Until the end of its period: the last one of each period goes up."""
        period_s = self._live_period_s if row.period_s == LIVE_PERIOD_S else row.period_s
        period_ns = period_s * NS_PER_S
        due_ns = -(-instance.time_ns // period_ns) * period_ns
        if due_ns <= self._clock():  # a sum, made at the end of its period
            self._held.pop((instance.location, instance.variable), None)
            self._flow.give([instance])
        else:
            self._held[instance.location, instance.variable] = (due_ns, instance)
            self._woken.set()

    async def _release(self) -> None:
        while True:
            await self._woken.wait()
            due = [(series, each) for series, (due_ns, each) in self._held.items() if due_ns <= self._clock()]
            for series, _ in due:
                del self._held[series]
            if due:
                self._flow.give(instance for _, instance in due)
            if self._held:
                await asyncio.sleep(LOOK_S)
            else:
                self._woken.clear()

    def _series(self) -> dict[Series, Series]:
        own = self._places.place(self._unit)
        rows: Iterable[Row] = () if own is None else own.rows.values()
        return {(self._unit, row.variable): (self._unit, row.variable) for row in rows if _goes_up(row)}

    def _every(self, variable: str) -> bool:
        row = self._places.row(variable, self._unit)
        return row is not None and row.replicated


def _goes_up(row: Row) -> bool:
    return row.direction in (Direction.UP, Direction.BOTH) and (row.replicated or row.upward is not Upward.NONE)
