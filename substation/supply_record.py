"""The record of interruptions of supply in a running unit: what it hears, shows, and lets people state [OP3]."""

from __future__ import annotations

import asyncio
import logging

from models.alarm import Category, Severity
from models.network.elements import Network
from models.point import Sample
from substation.control.numerics import Numerics
from substation.control.trip_board import TRIP
from substation.exchange.access import Right
from substation.exchange.variables import Route
from substation.grid.topology import Topology
from substation.mv.reading import time_of
from substation.parts import Parts
from substation.reliability.causes import Facts
from substation.reliability.watch import InterruptionWatch, Known
from substation.station import Station
from substation.variables.interruptions import STATE, InterruptionShow, InterruptionWrites

RETRY_S = 60.0

log = logging.getLogger(__name__)


class SupplyRecord:
    """`await SupplyRecord.open(...)`, `routes` before those of the station, then `run` until cancelled."""

    def __init__(self, parts: Parts, station: Station, network: Network, watch: InterruptionWatch) -> None:
        self._parts, self._station, self.watch = parts, station, watch
        self._trips = {
            handle: spec.name.location for handle, spec in parts.image.register.items() if spec.name.variable == TRIP
        }
        self._tripped: dict[str, int] = {}
        numerics = Numerics(Topology(network))
        watch.attach(numerics, Known(station.view, self._facts, lambda: station.fdir.record))
        parts.image.subscribe(self._take)
        settings = parts.config.reliability
        self._show = InterruptionShow(parts.publication, watch, network, settings, parts.clock)

    @classmethod
    async def open(cls, parts: Parts, station: Station, network: Network) -> SupplyRecord:
        """StorageError when what is kept cannot be read."""
        return cls(parts, station, network, await InterruptionWatch.open(parts))

    def _take(self, samples: list[Sample]) -> None:
        for sample in samples:
            if sample.handle in self._trips and sample.value is True:
                self._tripped[self._trips[sample.handle]] = time_of(sample)

    def _facts(self) -> Facts:
        state, orders = self._station.fdir, self._station.desk.orders
        return Facts(state.cases, dict(self._tripped), dict(state.upstream), tuple(orders.values()))

    def routes(self) -> tuple[Route, ...]:
        unit = self._parts.config.name
        return (Route(STATE, f"{unit}/interruptions/*", InterruptionWrites(unit, self.watch), write=Right.OPERATE),)

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            for work in (self.watch, self._show):
                group.create_task(self._supervised(work))

    async def _supervised(self, work: InterruptionWatch | InterruptionShow) -> None:
        """Supervisor: what is wrong with the record must not end the unit."""
        while True:
            try:
                await work.run()
            except Exception as error:
                log.exception("defect in %s", type(work).__name__)
                text = f"defect in {type(work).__name__}: {type(error).__name__}: {error}; see the log"
                self._parts.events.tell(Category.SYSTEM, Severity.HIGH, self._parts.config.name, text)
                await asyncio.sleep(RETRY_S)
