"""The outbox: files and deliveries of every order, in order, over refusals, lost links and crashes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from models.errors import LinkError, StorageError
from models.order_document import from_json
from models.order_xml import from_xml
from models.switching import Order, OrderState
from substation.control.database import Database
from substation.order_store import Entry, OrderStore
from substation.outbox import OrderExport, Outbox, file_name
from tests.substation.control.world import order

DONE = replace(order(), state=OrderState.COMPLETED)


@contextlib.asynccontextmanager
async def opened(directory: Path) -> AsyncIterator[tuple[OrderStore, Outbox]]:
    database = await Database.open(directory / "control.sqlite")
    try:
        store = await OrderStore.open(database)
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


def test_delivery_is_in_order_and_survives_a_restart(tmp_path: Path) -> None:
    got: list[tuple[int, str]] = []
    answers = iter([False, LinkError("down"), True, LinkError("down"), True])

    async def deliver(export: OrderExport) -> bool:
        answer = next(answers)
        if isinstance(answer, LinkError):
            raise answer
        got.append((export.sequence, export.state))
        return answer

    async def main(*saved: Order, rounds: int) -> None:
        async with opened(tmp_path) as (store, outbox):
            for each in saved:
                await store.save(Entry(each), 1)
            for _ in range(rounds):
                await outbox.forward_all(deliver)

    asyncio.run(main(order(), DONE, rounds=3))
    assert got == [(1, "proposed"), (1, "proposed")]
    asyncio.run(main(rounds=1))
    assert got[2:] == [(2, "completed")]


def test_forwarding_waits_for_new_orders(tmp_path: Path) -> None:
    async def main() -> None:
        got: asyncio.Queue[str] = asyncio.Queue()

        async def deliver(export: OrderExport) -> bool:
            await got.put(export.state)
            return True

        async with opened(tmp_path) as (store, outbox):
            tasks = [asyncio.ensure_future(outbox.forward(deliver)), asyncio.ensure_future(outbox.file())]
            for each in (order(), DONE):
                await store.save(Entry(each), 1)
                outbox.wake(each)
                async with asyncio.timeout(5):
                    assert await got.get() == each.state.value
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
