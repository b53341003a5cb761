"""What is watched after switching: unexplained trips (SAFETY S10), lasting parallels (S8), lasting overloads (S16)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from models.switching import Order
from models.wire.cbor import WireValue
from substation.control.gate import Gate
from substation.control.numerics import Numerics
from substation.control.overload_watch import OverloadWatch
from substation.control.parallel_watch import ParallelWatch
from substation.control.trip_board import TripBoard
from substation.orders import OrderDesk
from substation.parts import Parts


class SwitchingWatch:
    """One per station; tells the gate which trips are unexplained; publishes them as `Trips`, loops as `Parallels`."""

    def __init__(self, parts: Parts, gate: Gate, desk: OrderDesk, numerics: Numerics, trips: TripBoard) -> None:
        self.trips, self._desk, self._publication = trips, desk, parts.publication
        rules, tell, register = parts.config.rules, parts.events.record, parts.image.register
        self._parallels = ParallelWatch(numerics, register, gate.view, rules.parallels, parts.clock, tell, desk.propose)
        self._overloads = OverloadWatch(numerics, rules.overloads, gate.view, parts.clock, tell)
        gate.unexplained = self._unexplained
        trips.changed = self._show
        parts.image.subscribe(trips.take)
        parts.image.subscribe(self._parallels.take)
        self._parallels.changed = self._show_parallels
        self._show()
        self._show_parallels()

    def _unexplained(self) -> Mapping[str, str]:
        """An order with a located fault explains the trips that it names."""
        if not self.trips.trips:
            return {}
        located = [order for key, zone in self._desk.faults.items() if zone and (order := self._desk.get(key))]
        return self.trips.unexplained([breaker for order in located for breaker in order.tripped])

    def placed(self) -> None:
        """Something was placed on the grid or taken away: loops are looked for anew."""
        self._parallels.wake()

    def repaired(self, order: Order) -> None:
        """The fault of this order is found and repaired."""
        self.trips.explained(order.tripped)

    def _show(self) -> None:
        shown: list[WireValue] = [{"feeder": each.feeder, "tripped_ns": each.tripped_ns} for each in self.trips.trips]
        self._publication.publish("Trips", shown)

    def _show_parallels(self) -> None:
        shown: list[WireValue] = [
            {"where": each.where, "since_ns": each.since_ns, "until_ns": each.until_ns}
            for each in self._parallels.present
        ]
        self._publication.publish("Parallels", shown)

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            for watch in (self.trips, self._parallels, self._overloads):
                group.create_task(watch.run())
