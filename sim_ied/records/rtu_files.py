"""The files of a simulated RTU: its newest disturbance records, offered by file transfer."""

from __future__ import annotations

from protocols.iec104.controlled_station.settings import MAIN
from protocols.iec104.files.offers import FileOffers
from protocols.iec104.files.shelf import Deliver, Shelf
from protocols.iec104.files.units import FileKey, OfferedFile
from sim_ied.records.device_record import DeviceRecord

FIRST_ADDRESS = 60_000
"""Object address of the first record; the others follow, and after MOST of them it is used again."""
MOST = 20
TRANSPARENT_FILE = 1


class RtuFiles:
    """common_address: of the station."""

    def __init__(self, offers: FileOffers, common_address: int) -> None:
        self._common_address = common_address
        self._contents: dict[FileKey, bytes] = {}
        self._count = 0
        self._shelf = Shelf(self._load, self._delete)
        offers.offer(MAIN, self._shelf)

    def offer(self, record: DeviceRecord) -> None:
        """The oldest gives way."""
        key = FileKey(self._common_address, FIRST_ADDRESS + self._count % MOST, TRANSPARENT_FILE)
        self._count += 1
        self._contents[key] = record.content
        self._shelf.put(OfferedFile(key, len(record.content), record.time_ns))

    def _load(self, file: OfferedFile, deliver: Deliver) -> None:
        deliver(self._contents.get(file.key))

    def _delete(self, file: OfferedFile) -> None:
        self._contents.pop(file.key, None)
