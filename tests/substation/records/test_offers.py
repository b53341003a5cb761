"""Records for control centres: addresses, what is settable, the same octets, and what becomes of old records."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from models.config import read_toml
from models.errors import ConfigError
from models.record import Record
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import OutstationPoint
from protocols.iec104.files.settings import OfferSettings
from protocols.iec104.files.units import FileKey, OfferedFile
from substation.northbound.files import BY_NUMBER, FileOffer, RecordOffers, offered, read_files
from substation.records.settings import RecordSettings, read_records
from tests.substation.parts import START_NS
from tests.substation.records.test_store import shelf

OFFER = FileOffer(70_000, 7, count=3)


def read(text: str) -> FileOffer | None:
    return read_files(read_toml("schema = 1\n[files]\n" + text, "unit.toml").table("files"))


def test_what_is_set_is_read_and_nothing_means_nothing() -> None:
    assert read("") is None
    assert read("common_address = 7\nobject_address = 70000") == FileOffer(70_000, 7)
    assert read("object_address = 70000") == FileOffer(70_000)
    text = "common_address = 7\nobject_address = 9\ncount = 5\nname_of_file = 0\nsection_octets = 4096\ntimeout_s = 5.0"
    assert read(text) == FileOffer(9, 7, 5, BY_NUMBER, OfferSettings(section=4096, timeout_s=5.0))


@pytest.mark.parametrize(
    "wrong",
    [
        "common_address = 65535\nobject_address = 9",
        "common_address = 7\nobject_address = 0",
        "common_address = 7\nobject_address = 16777215",
        "common_address = 7\nobject_address = 9\ncount = 0",
        "common_address = 7\nobject_address = 9\nname_of_file = 65536",
        "common_address = 7\nobject_address = 9\nsegment_octets = 237",
        "common_address = 7\nobject_address = 9\nfolder = 'x'",
        "common_address = 9",
    ],
)
def test_what_cannot_be_is_refused_with_its_line(wrong: str) -> None:
    with pytest.raises(ConfigError, match=r"unit\.toml:\d"):
        read(wrong)


def test_the_room_for_records_is_settable() -> None:
    assert read_records(read_toml("schema = 1", "unit.toml").table("records")) == RecordSettings(500, 10_000)
    with pytest.raises(ConfigError, match="keep_mb"):
        read_records(read_toml("schema = 1\n[records]\nkeep_mb = 0", "unit.toml").table("records"))


def test_a_station_that_is_not_there_keeps_the_unit_from_starting(tmp_path: Path) -> None:
    async def main() -> None:
        async with shelf(tmp_path) as here:
            outstation = Outstation([OutstationPoint(7, 1, 30)], clock=lambda: START_NS)
            await here.store.keep("ST1", Record("a", START_NS, b"one"))
            [lowest] = offered([("main", FileOffer(70_000))], here.store, outstation, print)
            assert lowest.shelf.find(FileKey(7, 70_001, 1)) is not None
            with pytest.raises(ConfigError, match="common address 8"):
                offered([("main", FileOffer(1, 8))], here.store, outstation, print)

    asyncio.run(main())


def test_the_newest_records_are_offered_with_the_octets_of_the_device(tmp_path: Path) -> None:
    async def main() -> None:
        async with shelf(tmp_path, RecordSettings(keep=4)) as here:
            first = await here.store.keep("ST1", Record("a", START_NS - 5, b"one"))
            told: list[str] = []
            offers = RecordOffers(OFFER, here.store, told.append)
            key = FileKey(7, 70_001, 1)
            assert offers.shelf.find(key) == OfferedFile(key, 3, START_NS - 5)
            assert await load(offers, key) == b"one"
            for number in range(2, 6):
                await here.store.keep("ST1", Record(str(number), None, bytes(number)))
            assert len(offers.shelf) == 3
            assert await load(offers, key) == bytes(4)  # the fourth has taken the place of the first
            assert here.removed == [first]
            await here.store.keep("ST1", Record("empty", None, b""))
            assert "cannot be offered" in told[0]
            path = next((tmp_path / "records" / "ST1").glob("*4.rec"))
            path.unlink()
            assert await load(offers, key) is None
            assert str(path) in told[1]
            await offers.close()

    asyncio.run(main())


def test_names_may_be_numbers(tmp_path: Path) -> None:
    async def main() -> None:
        async with shelf(tmp_path) as here:
            record = await here.store.keep("ST1", Record("a", None, b"one"))
            assert FileOffer(100, 7, 50, BY_NUMBER).key(record._replace(number=65_536)) == FileKey(7, 136, 1)
            assert FileOffer(100, 7, 50, BY_NUMBER).key(record._replace(number=65_535)) == FileKey(7, 135, 65_535)

    asyncio.run(main())


async def load(offers: RecordOffers, key: FileKey) -> bytes | None:
    """As a selection does."""
    file = offers.shelf.find(key)
    assert file is not None
    arrived: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
    offers.shelf.load(file, arrived.set_result)
    return await arrived
