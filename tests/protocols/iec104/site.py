"""One outstation and one master on loopback, as the front end and a simulated RTU would run them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import time_ns

from models.command import Action, Command, Originator, OriginatorCategory
from models.driver import Driver, LinkConfig
from models.errors import LinkError
from models.point import Dbpos, Handle, SampleBatch, Value
from models.record import Record
from protocols.iec104 import info
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import controllable, monitored
from protocols.iec104.controlled_station.settings import MAIN, GroupSettings
from protocols.iec104.master import Master, create
from protocols.iec104.server import Server, serve
from tests.protocols.iec104.pair import POINTS, SPECS, STATION

PATIENCE_S = 20.0


class History:
    """A sink that stores at once, or when it is told to."""

    def __init__(self) -> None:
        self.stored, self.measured = SampleBatch(), SampleBatch()
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.connections = 0
        self.records: list[Record] = []
        self.notices: list[str] = []
        self._news = asyncio.Event()

    async def events(self, batch: SampleBatch) -> None:
        await self.is_open.wait()
        self.stored.extend(batch)
        self._news.set()

    def measurands(self, batch: SampleBatch) -> None:
        self.measured.extend(batch)
        self._news.set()

    def connected(self) -> None:
        self.connections += 1
        self._news.set()

    async def record(self, record: Record) -> None:
        await self.is_open.wait()
        self.records.append(record)
        self._news.set()

    def notice(self, text: str) -> None:
        self.notices.append(text)
        self._news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._news.clear()
                await self._news.wait()


async def keep_up(driver: Driver, history: History, failures: list[str]) -> None:
    """Try again for ever."""
    while True:
        try:
            await driver.run(history)
        except LinkError as error:
            failures.append(str(error))
            await asyncio.sleep(0.01)


class Site:
    """One outstation behind a socket and one master, whose link is kept up as the front end does."""

    def __init__(self, settings: GroupSettings | None = None) -> None:
        self.outstation = Outstation(
            monitored(SPECS), controllable(SPECS), clock=time_ns, groups=[settings or GroupSettings()]
        )
        self.history = History()
        self.failures: list[str] = []
        self.server: Server | None = None
        self.port = 0

    async def open(self, group: str | None = MAIN) -> None:
        self.server = await serve(self.outstation, "127.0.0.1", self.port, group)
        self.port = self.server.port

    def master(self, **settings: str | int | float | bool) -> Master:
        link = LinkConfig("ST103", info.name, "ST103", "localhost", self.port, settings)
        driver = create(link, POINTS, time_ns)
        assert isinstance(driver, Master)
        return driver

    async def keep(self, driver: Master) -> None:
        await keep_up(driver, self.history, self.failures)

    def update(self, address: int, value: Value, number: int) -> None:
        self.outstation.update([(STATION, address, value, 0, 1_795_000_000_000_000_000 + number * 1_000_000)])


async def with_link(site: Site, scenario: Callable[[Master], Awaitable[None]], **settings: str | float | bool) -> None:
    """Run the scenario while a master is connected, then close everything."""
    await site.open()
    driver = site.master(**settings)
    link = asyncio.create_task(site.keep(driver))
    try:
        await site.history.until(lambda: site.history.connections == 1)
        await scenario(driver)
    finally:
        link.cancel()
        with suppress(asyncio.CancelledError):
            await link
        if site.server is not None:
            await site.server.close()


def order(action: Action, value: Value = Dbpos.ON, number: int = 1) -> Command:
    return Command(1, Handle(number), action, value, Originator(OriginatorCategory.REMOTE_CONTROL, "test"), time_ns())
