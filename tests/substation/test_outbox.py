"""The outbox: files and deliveries of every order, in order, over refusals, lost links and crashes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from models.errors import StorageError
from models.order_document import from_json
from models.order_xml import from_xml
from models.switching import OrderState
from substation.control.database import Database
from substation.order_store import Entry, OrderStore
from substation.outbox import OrderExport, Outbox, file_name
from tests.substation.control.world import order

DONE = replace(order(), state=OrderState.COMPLETED)


class Opened(OrderStore):
    """With its database in view."""

    @property
    def database(self) -> Database:
        return self._database


@contextlib.asynccontextmanager
async def opened(directory: Path) -> AsyncIterator[tuple[Opened, Outbox]]:
    database = await Database.open(directory / "control.sqlite")
    try:
        store = Opened(database)
        await OrderStore.open(database)
        yield store, await Outbox.open(database, directory / "outbox", lambda: 1, retry_s=0.001)
    finally:
        await database.close()


def test_files_carry_the_order_and_no_halves_are_left(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as (store, outbox):
            await store.save(Entry(order()), 1)
            await store.save(Entry(DONE), 2)
            assert await outbox.file_all()
        names = sorted(path.name for path in (tmp_path / "outbox").iterdir())
        assert names == ["FDIR-1-r1.json", "FDIR-1-r1.xml"]
        assert from_json((tmp_path / "outbox" / names[0]).read_text()) == DONE
        assert from_xml((tmp_path / "outbox" / names[1]).read_bytes()) == DONE

    asyncio.run(main())


def test_steps_under_way_are_not_exported_and_nothing_twice(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as (store, outbox):
            for each in (order(), order(), replace(order(), state=OrderState.EXECUTING), DONE):
                await store.save(Entry(each), 1)
            await store.save(Entry(DONE, repaired_by="Ada"), 2)
            assert [export.state for export in await outbox.waiting()] == ["proposed", "completed"]

    asyncio.run(main())


class Hand:
    """Takes exports over in a transaction of the database, as the post does; refuses when told to."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.got: list[tuple[int, str]] = []
        self.refuses = False

    async def take(self, exports: Sequence[OrderExport], mark: Callable[[Connection], None]) -> None:
        if self.refuses:
            raise StorageError("disk full")
        await self._database.run(mark)
        self.got += [(export.sequence, export.state) for export in exports]


def test_handing_over_is_in_order_once_and_survives_a_restart(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as (store, outbox):
            hand = Hand(store.database)
            hand.refuses = True
            for each in (order(), DONE):
                await store.save(Entry(each), 1)
            with pytest.raises(StorageError):
                await outbox.forward_all(hand.take)
        async with opened(tmp_path) as (store, outbox):
            hand = Hand(store.database)
            for _ in range(2):
                await outbox.forward_all(hand.take)
            assert hand.got == [(1, "proposed"), (2, "completed")]
        async with opened(tmp_path) as (_, outbox):
            assert await outbox.waiting() == []

    asyncio.run(main())


def test_many_exports_are_handed_over_in_parts(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as (store, outbox):
            hand = Hand(store.database)
            for revision in range(1, 121):
                await store.save(Entry(replace(order(), revision=revision)), 1)
            await outbox.forward_all(hand.take)
            assert [sequence for sequence, _ in hand.got] == list(range(1, 121))

    asyncio.run(main())


def test_forwarding_waits_for_new_orders_and_for_the_disk(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as (store, outbox):
            hand = Hand(store.database)
            hand.refuses = True
            tasks = [asyncio.ensure_future(outbox.forward(hand.take)), asyncio.ensure_future(outbox.file())]
            for count, each in enumerate((order(), DONE), 1):
                await store.save(Entry(each), 1)
                outbox.wake(each)
                async with asyncio.timeout(20):
                    await asyncio.sleep(0)
                    hand.refuses = False
                    while len(hand.got) < count:
                        await asyncio.sleep(0.001)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(main())


def test_a_directory_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file")

    async def main() -> None:
        with pytest.raises(StorageError, match="correct the path"):
            async with opened(tmp_path):
                pass

    asyncio.run(main())


@pytest.mark.parametrize("name", ["../../etc/passwd", "OBR1/E03 2026", "", "a\x00b"])
def test_file_names_stay_in_the_directory(name: str) -> None:
    assert "/" not in file_name(name)
    assert file_name(name) not in ("", ".", "..")
