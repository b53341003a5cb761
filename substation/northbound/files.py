"""Disturbance records for control centres: the unit's store offered by IEC 104 file transfer, octets as fetched.

Record number n has object address `object_address + n % count`, so the newest `count` records are offered; a record
that takes the address of an older one differs from it in its time, which the directory tells.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from models.config import Table
from models.errors import ConfigError, LocalProtocolError, StorageError
from protocols.iec104.application.asdu import MAX_OBJECT_ADDRESS
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.files.settings import OfferSettings
from protocols.iec104.files.shelf import Deliver, Shelf
from protocols.iec104.files.units import LARGEST_FILE, FileKey, OfferedFile
from substation.records.store import RecordStore
from substation.records.stored_record import StoredRecord

log = logging.getLogger(__name__)

LOWEST = 0
BY_NUMBER = 0
"""name_of_file: the record's number takes the place of a kind of file."""


@dataclass(frozen=True, slots=True)
class FileOffer:
    """`[control_centre.files]`: where the records stand for this control centre.

    common_address: LOWEST: of the stations that the points have. name: NOF, 1 transparent file; BY_NUMBER: the number
    of the record, 1..65535 and then from 1 again.
    """

    object_address: int
    common_address: int = LOWEST
    count: int = 100
    name: int = 1
    settings: OfferSettings = OfferSettings()

    def key(self, record: StoredRecord) -> FileKey:
        name = (record.number - 1) % 0xFFFF + 1 if self.name == BY_NUMBER else self.name
        return FileKey(self.common_address, self.object_address + record.number % self.count, name)


def read_files(table: Table) -> FileOffer | None:
    """None where the table is not there: nothing is offered. ConfigError with line and remedy."""
    if not list(table):
        table.done()
        return None
    standard = OfferSettings()
    numbers = [table.take(key, int, default) for key, default in (("section_octets", standard.section),
                                                                  ("segment_octets", standard.segment))]  # fmt: skip
    timeout_s = table.take("timeout_s", float, standard.timeout_s)
    try:
        settings = OfferSettings(numbers[0], numbers[1], timeout_s)
    except LocalProtocolError as error:
        raise table.error("section_octets", str(error), "correct it as agreed with the control centre") from error
    offer = FileOffer(
        table.take("object_address", int),
        table.take("common_address", int, LOWEST),
        table.take("count", int, 100),
        table.take("name_of_file", int, 1),
        settings,
    )
    table.done()
    _check(table, offer)
    return offer


def _check(table: Table, offer: FileOffer) -> None:
    ranges = {
        "common_address": (offer.common_address, LOWEST, 0xFFFE),
        "count": (offer.count, 1, 10_000),
        "object_address": (offer.object_address, 1, MAX_OBJECT_ADDRESS + 1 - max(offer.count, 1)),
        "name_of_file": (offer.name, 0, 0xFFFF),
    }
    for key, (value, least, most) in ranges.items():
        if not least <= value <= most:
            raise table.error(key, f"'{key}' is {value}", f"give a number from {least} to {most}")


class RecordOffers:
    """Keeps the shelf of one control centre as the store is. `close` when the unit ends.

    tell: a line for the event list.
    """

    def __init__(self, offer: FileOffer, store: RecordStore, tell: Callable[[str], None]) -> None:
        self._offer, self._store, self._tell = offer, store, tell
        self.shelf = Shelf(self._load)
        self._records: dict[FileKey, StoredRecord] = {}
        self._reads: set[asyncio.Task[None]] = set()
        store.watch(self._put, self._drop)
        for record in store.records:
            self._put(record)

    def _put(self, record: StoredRecord) -> None:
        if not 0 < record.octets <= LARGEST_FILE:
            self._tell(f"disturbance record {record.number} of {record.octets} octets cannot be offered over IEC 104")
            return
        key = self._offer.key(record)
        old = self._at_address(key.address)
        if old is not None:
            self.shelf.drop(old)
            del self._records[old]
        self._records[key] = record
        self.shelf.put(OfferedFile(key, record.octets, record.made_ns))

    def _at_address(self, address: int) -> FileKey | None:
        return next((key for key in self._records if key.address == address), None)

    def _drop(self, record: StoredRecord) -> None:
        key = self._offer.key(record)
        if self._records.get(key) == record:
            del self._records[key]
            self.shelf.drop(key)

    def _load(self, file: OfferedFile, deliver: Deliver) -> None:
        record = self._records.get(file.key)
        if record is None:
            deliver(None)
            return
        task = asyncio.get_running_loop().create_task(self._read(record, deliver))
        self._reads.add(task)
        task.add_done_callback(self._reads.discard)

    async def _read(self, record: StoredRecord, deliver: Deliver) -> None:
        try:
            deliver(await self._store.read(record.number))
        except StorageError as error:
            self._tell(str(error))
            deliver(None)

    async def close(self) -> None:
        for task in self._reads:
            task.cancel()
        await asyncio.gather(*self._reads, return_exceptions=True)


def offered(
    offers: Sequence[tuple[str, FileOffer]], store: RecordStore, outstation: Outstation, tell: Callable[[str], None]
) -> list[RecordOffers]:
    """Give every control centre that has a FileOffer its shelf. ConfigError for a station that is not there."""
    made = []
    for name, offer in offers:
        if offer.common_address == LOWEST and outstation.common_addresses:
            offer = replace(offer, common_address=min(outstation.common_addresses))
        if offer.common_address not in outstation.common_addresses:
            problem = f"control centre {name}: files of common address {offer.common_address}, which is no station's"
            known = ", ".join(map(str, outstation.common_addresses[:5]))
            raise ConfigError("unit.toml", None, problem, f"give one that the points have ({known}...)")
        records = RecordOffers(offer, store, tell)
        outstation.files.offer(name, records.shelf, offer.settings)
        made.append(records)
    return made
