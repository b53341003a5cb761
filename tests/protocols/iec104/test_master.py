"""The master between device and history: nothing waits for the disk, nothing is acknowledged that is not stored."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from models.command import Action
from models.errors import LinkError
from models.point import SampleBatch
from protocols.iec104 import master
from protocols.iec104.master import Master
from tests.protocols.iec104.site import PATIENCE_S, History, Site, order, with_link


class Shelf(History):
    """After the first picture, each batch waits until somebody stores it."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[tuple[SampleBatch, asyncio.Future[None]]] = []

    async def events(self, batch: SampleBatch) -> None:
        if self.connections == 0:
            await super().events(batch)
            return
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append((batch, stored))
        self._news.set()
        await stored


async def round_trips(driver: Master) -> None:
    """The master's frames carry its receive number, and their answers come after it: what is acknowledged is known."""
    for _ in range(3):
        await driver.execute(order(Action.SELECT))


def test_an_event_does_not_wait_for_those_before_it() -> None:
    async def main() -> None:
        site = Site()
        shelf = site.history = Shelf()

        async def scenario(driver: Master) -> None:
            for number in (1, 2, 3):
                site.update(3, bool(number & 1), number)
                await shelf.until(lambda count=number: len(shelf.waiting) == count)  # type: ignore[misc]
            assert [batch.values for batch, _ in shelf.waiting] == [[True], [False], [True]]

            shelf.waiting[1][1].set_result(None)
            await round_trips(driver)
            assert site.outstation.unacknowledged() == 3

            shelf.waiting[0][1].set_result(None)
            await round_trips(driver)
            assert site.outstation.unacknowledged() == 1

        await with_link(site, scenario, w=1)

    asyncio.run(main())


def test_what_history_does_not_take_is_not_acknowledged() -> None:
    async def main() -> None:
        site = Site()
        shelf = site.history = Shelf()

        async def scenario(driver: Master) -> None:
            site.update(3, True, 1)
            site.update(3, False, 2)
            await shelf.until(lambda: sum(len(batch) for batch, _ in shelf.waiting) == 2)
            told = len(shelf.waiting)
            shelf.waiting[0][1].set_exception(LinkError("the unit server went away"))
            await shelf.until(lambda: sum(len(batch) for batch, _ in shelf.waiting[told:]) == 2)
            again = [value for batch, _ in shelf.waiting[told:] for value in batch.values]
            assert again[:2] == [True, False]
            assert site.outstation.unacknowledged() == 2

        await with_link(site, scenario, w=1)
        assert site.failures == ["the unit server went away"]

    asyncio.run(main())


def test_a_link_that_is_lost_is_told_although_history_stores_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(master, "_LAST_S", 0.1)

    async def main() -> None:
        site = Site()
        shelf = site.history = Shelf()

        async def scenario(driver: Master) -> None:
            site.update(3, True, 1)
            await shelf.until(lambda: len(shelf.waiting) == 1)
            assert site.server is not None
            await site.server.close()
            async with asyncio.timeout(PATIENCE_S):
                while not site.failures:
                    await asyncio.sleep(0.01)
            assert "closed by the peer" in site.failures[0]
            assert shelf.waiting[0][1].cancelled()  # not acknowledged: the device sends it again
            assert site.outstation.unacknowledged() == 1

        await with_link(site, scenario, w=1)

    asyncio.run(main())


def test_a_driver_counts_over_all_its_connections() -> None:
    async def main() -> None:
        site = Site()
        drivers: list[Master] = []

        async def scenario(driver: Master) -> None:
            drivers.append(driver)
            site.update(3, True, 1)
            await site.history.until(lambda: driver.counters().get("events", 0) >= 6)
            assert site.server is not None
            await site.server.close()
            await site.open()
            await site.history.until(lambda: site.history.connections == 2)
            counters = driver.counters()
            assert counters["connections"] == 2
            assert counters["interrogations"] == 2
            assert counters["closed: closed by the peer"] == 1
            assert counters["frames received"] > counters["frames sent"] > 1

        await with_link(site, scenario)
        driver = site.master()
        with contextlib.suppress(LinkError):
            await driver.run(site.history)
        assert driver.counters() == {"closed: not reached": 1}

    asyncio.run(main())
