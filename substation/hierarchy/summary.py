"""Sums over the places below, once a period: what a unit tells the one above it (D3.2 6.1, first and second flow).

At the end of a period the unit waits a little for those below that sum up themselves, so that a sum of sums is of one
and the same moment at every level. What is missing then makes the sum questionable; it is never made up for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence

from models.driver import Clock
from models.errors import StorageError
from models.point import PointName
from models.quality import Quality
from models.wire.condition_grammar import parse
from models.wire.instance import Instance
from substation.data_groups.places import Places
from substation.data_groups.row import Owner, Row, Upward
from substation.exchange.variables import Selection
from substation.hierarchy.settings import HierarchySettings
from substation.hierarchy.sums import Summary, summarised
from substation.level import Level
from substation.variables.declared import DeclaredVariables

NS_PER_S = 1_000_000_000
SUMMING = frozenset({Level.LVGMU, Level.MVGMU, Level.TLGMU})
"""Levels whose own values are sums of the same period."""
LONGEST_WAIT_S = 60.0
"""Of a quarter-hour nobody waits minutes for who is late."""
LOOK_S = 0.25
LIVE_PERIOD_S = 60


class Summaries:
    """`run` until cancelled. The settings' live period is that of the rows whose period is a minute."""

    def __init__(
        self,
        unit: str,
        places: Places,
        declared: DeclaredVariables,
        least_customers: int,
        clock: Clock,
        settings: HierarchySettings,
    ) -> None:
        self._unit, self._places, self._declared, self._clock = unit, places, declared, clock
        self._least_customers, self._live_period_s, self._wait = least_customers, settings.live_period_s, settings.wait
        self.told: Callable[[str], None] = lambda text: None
        self._withheld: set[str] = set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for period_s in sorted({self._period_s(row) for row in self._rows()}):
                group.create_task(self._each(period_s))

    def _rows(self) -> Iterator[Row]:
        own = self._places.place(self._unit)
        if own is not None:
            yield from (row for row in own.rows.values() if row.upward is not Upward.NONE)

    def _period_s(self, row: Row) -> int:
        return self._live_period_s if row.period_s == LIVE_PERIOD_S else row.period_s

    async def _each(self, period_s: int) -> None:
        period_ns = period_s * NS_PER_S
        while True:
            now_ns = self._clock()
            end_ns = (now_ns // period_ns + 1) * period_ns
            await asyncio.sleep((end_ns - now_ns) / NS_PER_S)
            await self._summarise(period_s, end_ns)

    async def _summarise(self, period_s: int, end_ns: int) -> None:
        until_ns = end_ns + round(self._wait * min(period_s, LONGEST_WAIT_S) * NS_PER_S)
        waiting = [row for row in self._rows() if self._period_s(row) == period_s and self._sources(row.variable)]
        while waiting:
            late = self._clock() >= until_ns
            waiting = [row for row in waiting if not await self._done(row, period_s, end_ns, late)]
            if waiting:
                await asyncio.sleep(LOOK_S)

    async def _done(self, row: Row, period_s: int, end_ns: int, late: bool) -> bool:
        """Whether the row needs no more looks: all values are there, or it is late."""
        sources = self._sources(row.variable)
        if not await self._has_been_told(row.variable, sources):
            return True  # nothing to wait for, in hundreds of units
        start_ns = end_ns - period_s * NS_PER_S
        found = [each for place in sources for each in await self._of(row.variable, place, start_ns, end_ns)]
        complete = len(found) == len(sources)
        if not complete and not late:
            return False
        own = self._places.place(self._unit)
        mine = own.owner if own is not None and row.owner is Owner.CUSTOMER else ""
        summary = summarised(row.upward, found, mine)
        if summary is not None:
            await self._put(row, summary, end_ns, complete and not any(each.quality & 3 for each in found))
        return True

    async def _has_been_told(self, variable: str, sources: Sequence[str]) -> bool:
        """Whether any of them has ever had a value."""
        for place in sources:
            if await self._declared.read(Selection(variable, place, parse(""))):
                return True
        return False

    async def _of(self, variable: str, place: str, start_ns: int, end_ns: int) -> Sequence[Instance]:
        """The last value of the period; of a unit that sums up, the one of its end."""
        source = self._places.place(place)
        earliest_ns = end_ns if source is not None and source.level in SUMMING else start_ns + 1
        found = await self._declared.read(Selection(variable, place, parse("")))
        if any(each.time_ns > end_ns for each in found):  # the next period has begun meanwhile
            condition = parse(f"time >= {earliest_ns} and time <= {end_ns}")
            found = await self._declared.read(Selection(variable, place, condition))
        return [each for each in found[-1:] if each.time_ns >= earliest_ns]

    def _sources(self, variable: str) -> list[str]:
        """Places below that have the variable; of a customer's unit and meter, the meter."""
        meters = {
            place.owner
            for name in self._places
            if (place := self._places.place(name)) is not None and place.level is Level.SM and variable in place.rows
        }
        return [name for name in self._places if self._counts(variable, name, meters)]

    def _counts(self, variable: str, name: str, meters: set[str]) -> bool:
        place = self._places.place(name)
        if name == self._unit or place is None or variable not in place.rows:
            return False
        return place.level is Level.SM or not place.owner or place.owner not in meters

    async def _put(self, row: Row, summary: Summary, end_ns: int, complete: bool) -> None:
        if not summary.belongs_to_operator(self._least_customers):
            self._withhold(row, summary.customers)
        elif not row.kind.problem(summary.value, row.variable):
            quality = 0 if complete else int(Quality.QUESTIONABLE | Quality.INACCURATE)
            try:
                await self._declared.make([PointName(self._unit, row.variable)])
            except StorageError as error:
                self.told(f"{row.variable} is not summed up: {error}")
                return
            self._declared.put(row.variable, self._unit, summary.value, quality, end_ns)

    def _withhold(self, row: Row, customers: int) -> None:
        if row.variable not in self._withheld:
            self._withheld.add(row.variable)
            text = (
                f"{row.variable} of {customers} customers is not passed on; at least {self._least_customers} are needed"
            )
            self.told(text)
