"""Documents: instances of declared variables, with owner and policy, kept as losslessly as events."""

from __future__ import annotations

import asyncio

import pytest

from models.errors import StorageError
from models.point import Handle, PointName
from substation.history.document import Document
from tests.substation.history.disk import LARGE, opened, until
from tests.substation.history.places import Place

PRICE, STRATEGY = PointName("CMU017", "Price"), PointName("CMU017", "Strategy")


def document(handle: Handle, value: bytes, time_ns: int, owner: str = "", policy: bytes | None = None) -> Document:
    return Document(handle, value, 0, time_ns, time_ns + 5, owner, policy)


def test_documents_come_back_by_time_with_owner_and_policy(place: Place) -> None:
    async def main() -> None:
        async with opened(place) as history:
            price, strategy = history.series_handles([PRICE, STRATEGY])
            kept = [
                document(price, b"\x01", 30, "supplier", b"policy"),
                document(price, b"\x02", 10, "supplier", b"other policy"),
                document(price, b"\x03", 10, "supplier"),
                document(strategy, b"\x04", 20, "household"),
            ]
            await history.append_documents(kept)
            assert history.documents(price, 0, 100) == [kept[1], kept[2], kept[0]]
            assert history.documents(price, 10, 30, limit=1) == [kept[1]]
            assert history.newest_documents([price]) == {price: kept[2]}
        async with opened(place) as history:
            assert history.series_handles([STRATEGY, PRICE]) == [strategy, price]
            again = document(strategy, b"\x05", 20, "household")
            history.append_documents_later([again])
            await history.flush()
            assert history.documents(strategy, 0, 100) == [kept[3], again]
            assert history.newest_documents([price, strategy]) == {price: kept[2], strategy: again}

    asyncio.run(main())


def test_documents_wait_for_a_full_disk(place: Place, quick: None) -> None:
    async def main() -> None:
        async with opened(place) as history:
            lost: list[str] = []
            history.on_loss = lost.append
            (price,) = history.series_handles([PRICE])
            disk = place.disk(history)
            disk.full()
            large = LARGE.encode()
            stored = history.append_documents([document(price, large, 1, "supplier")])
            history.append_documents_later([document(price, large, 2)])
            with pytest.raises(StorageError, match=place.full_reason.partition(";")[0]):
                await history.flush()
            assert not stored.done()
            disk.free()
            await asyncio.wait_for(stored, 20)
            await until(lambda: lost)
            assert history.documents(price, 0, 9) == [document(price, large, 1, "supplier")]
            assert lost == ["1 measured values and 0 lines of the event list were not kept"]

    asyncio.run(main())
