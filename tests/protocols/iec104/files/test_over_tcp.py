"""Files over real sockets: announced or listed, fetched once, again after a break, never in the way of events."""

from __future__ import annotations

import asyncio

from models.errors import StorageError
from models.record import Record
from protocols.iec104.controlled_station.settings import MAIN
from protocols.iec104.files.offers import FileOffers
from protocols.iec104.files.settings import OfferSettings
from protocols.iec104.files.shelf import Deliver, Shelf
from protocols.iec104.files.units import FileKey, OfferedFile
from protocols.iec104.master import Master
from tests.protocols.iec104.pair import STATION
from tests.protocols.iec104.site import PATIENCE_S, Site, with_link

CONTENT = bytes(number * 7 % 256 for number in range(200_000))
TIME_NS = 1_800_000_000_123_000_000


class Cupboard:
    """Files that a station offers at once."""

    def __init__(self, offers: FileOffers, settings: OfferSettings | None = None) -> None:
        self.contents: dict[FileKey, bytes] = {}
        self.shelf = Shelf(self._load)
        self.loads = 0
        offers.offer(MAIN, self.shelf, settings)

    def put(self, content: bytes, number: int = 1) -> None:
        key = FileKey(STATION, 50_000 + number, 1)
        self.contents[key] = content
        self.shelf.put(OfferedFile(key, len(content), TIME_NS + number * 1_000_000))

    def _load(self, file: OfferedFile, deliver: Deliver) -> None:
        self.loads += 1
        deliver(self.contents.get(file.key))


def test_a_file_that_appears_is_fetched_and_so_is_one_that_was_there() -> None:
    async def main() -> None:
        site = Site()
        cupboard = Cupboard(site.outstation.files)
        cupboard.put(CONTENT)

        async def scenario(driver: Master) -> None:
            await site.history.until(lambda: len(site.history.records) == 1)
            cupboard.put(b"another", 2)
            await site.history.until(lambda: len(site.history.records) == 2)
            assert driver.resume_points()["fetched_files"].count(",") == 1

        await with_link(site, scenario)
        assert site.history.records == [
            Record("103/50001/1", TIME_NS + 1_000_000, CONTENT),
            Record("103/50002/1", TIME_NS + 2_000_000, b"another"),
        ]

    asyncio.run(main())


def test_the_directory_is_read_at_the_start_where_that_is_wanted() -> None:
    async def main() -> None:
        site = Site()
        cupboard = Cupboard(site.outstation.files)
        cupboard.put(CONTENT[:1000])
        cupboard.shelf.taken(FileKey(STATION, 50_001, 1))  # so that it is not announced

        async def scenario(driver: Master) -> None:
            await site.history.until(lambda: len(site.history.records) == 1)

        await with_link(site, scenario, fetch_files="all")

    asyncio.run(main())


def test_after_a_break_the_file_is_fetched_anew_and_then_never_again() -> None:
    async def main() -> None:
        site = Site()
        cupboard = Cupboard(site.outstation.files, OfferSettings(section=1000))

        async def scenario(driver: Master) -> None:
            site.history.is_open.clear()  # nothing can be stored
            cupboard.put(CONTENT[:5000])
            async with asyncio.timeout(PATIENCE_S):
                while not cupboard.loads:
                    await asyncio.sleep(0.01)
            assert site.server is not None
            await site.server.close()
            await site.open()
            site.history.is_open.set()
            await site.history.until(lambda: len(site.history.records) == 1)
            await site.server.close()
            await site.open()
            site.update(1, True, 1)
            await site.history.until(lambda: site.history.connections >= 3)
            assert len(site.history.records) == 1

        await with_link(site, scenario, fetch_files="all")

    asyncio.run(main())


def test_events_do_not_wait_for_a_file() -> None:
    async def main() -> None:
        site = Site()
        cupboard = Cupboard(site.outstation.files)

        async def scenario(driver: Master) -> None:
            seen = len(site.history.stored)
            cupboard.put(CONTENT)
            site.update(3, True, 1)
            for number in range(2, 102):
                site.update(3, number % 2 == 1, number)
                await asyncio.sleep(0)
            await site.history.until(lambda: len(site.history.stored) >= seen + 101)
            assert not site.history.records  # 850 frames; the events have overtaken them
            await site.history.until(lambda: len(site.history.records) == 1)
            assert site.history.records[0].content == CONTENT

        await with_link(site, scenario)

    asyncio.run(main())


def test_a_file_that_cannot_be_stored_is_refused_and_told() -> None:
    async def main() -> None:
        site = Site()
        cupboard = Cupboard(site.outstation.files)

        async def full(record: Record) -> None:
            raise StorageError("the disk is full")

        site.history.record = full  # type: ignore[method-assign]

        async def scenario(driver: Master) -> None:
            cupboard.put(CONTENT[:1000])
            await site.history.until(lambda: any("the disk is full" in text for text in site.history.notices))
            site.update(1, True, 1)  # and the link lives

        await with_link(site, scenario)
        assert cupboard.shelf.news or cupboard.loads == 1

    asyncio.run(main())
