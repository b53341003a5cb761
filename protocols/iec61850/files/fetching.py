"""Disturbance records fetched by themselves: what is new in the device's folders is read and handed to the unit.

    look (on connect, when RDRE says so, and by the period) -> what was the same at two looks is whole
    -> open, read, close each of its files -> one record -> stored by the unit -> known

Files are read one request at a time on the link's worker: reports arrive meanwhile, a command waits for one answer at
most. A break of the link keeps what has arrived; the next connection goes on there.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from dataclasses import dataclass, field

from models.driver import Sink
from models.errors import LinkError, RemoteProtocolError, StorageError
from models.notices import Notices
from models.record import MOST_NAME, Record
from protocols.iec61850.files.desk import FileDesk, FileRefusedError, NoFileServiceError, SilentFileServiceError
from protocols.iec61850.files.folders import Folders
from protocols.iec61850.files.known import Known
from protocols.iec61850.files.listing import Listing
from protocols.iec61850.files.record_files import RecordFiles, content_of, records_of, time_of
from protocols.iec61850.files.settings import FETCHED, FileSettings
from protocols.iec61850.files.transfer import NoRoomError, Transfer

ATTEMPTS = 3
MOST_WANTED = 1000
"""Of the records that a device lists, the newest are fetched; a lying directory must not fill the memory."""
EAGER_S = (1.0, 2.0, 5.0, 15.0)
"""Between looks after the device has told of a trip or a record: some write it at once, some take their time."""
_AFTER_SILENCE = 10
"""Periods until a device that did not answer is asked again."""


@dataclass(slots=True)
class _Half:
    """A record that is under way: its files that are here, and the one that is being read."""

    record: RecordFiles
    files: dict[str, Transfer] = field(default_factory=dict)
    transfer: Transfer | None = None


class RecordFetcher:
    """Of one link; it outlives connections, and by `resume_points` the process."""

    def __init__(self, settings: FileSettings, fetched: str = "") -> None:
        self._settings = settings
        self._known = Known(fetched)
        self._seen: set[str] = set()
        self._failed: dict[str, int] = {}
        self._half: _Half | None = None
        self._wake: asyncio.Event | None = None
        self._eager: list[float] = []
        self._notices = Notices(lambda text: None)
        self._stored = self._broken = self._octets = 0

    def resume_points(self) -> dict[str, str]:
        return {FETCHED: self._known.text} if self._known.text else {}

    def counters(self) -> dict[str, int]:
        """Since the start; nothing where nothing was fetched."""
        shown = {
            "records fetched": self._stored,
            "record octets fetched": self._octets,
            "record files failed": self._broken,
        }
        return {name: number for name, number in shown.items() if number}

    def wake(self) -> None:
        """The device says that there is, or will be, a new record."""
        self._eager = list(EAGER_S)
        if self._wake is not None:
            self._wake.set()

    async def run(self, desk: FileDesk, sink: Sink) -> None:
        """Of one connection, until cancelled; returns where the device has no file service, or has gone."""
        if not self._settings.fetch:
            return
        wake = self._wake = asyncio.Event()
        self._notices.tell = sink.notice
        try:
            while True:
                await self._rest(wake, await self._turn(desk, sink))
        except (NoFileServiceError, LinkError):  # the link's end is told by whoever watches it
            return
        finally:
            self._wake = None
            self._notices.total()

    async def _turn(self, desk: FileDesk, sink: Sink) -> float:
        """Look and fetch; how long to rest then, in s."""
        try:
            is_settled = await self._look(desk, sink)
        except SilentFileServiceError as error:
            pause_s = self._settings.period_s * _AFTER_SILENCE
            self._tell("silence", f"does not answer the file service ({error}): it is asked again in {pause_s:g} s")
            return pause_s
        return self._settings.period_s if is_settled else self._settings.settle_s

    async def _rest(self, wake: asyncio.Event, longest_s: float) -> None:
        """Never shorter than the first eager pause, whatever the device says."""
        if not self._eager:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(longest_s):
                    await wake.wait()
        wake.clear()
        if self._eager:
            await asyncio.sleep(min(self._eager.pop(0), longest_s))

    async def _look(self, desk: FileDesk, sink: Sink) -> bool:
        """True when everything that was found is either fetched or given up."""
        new = [record for record in await self._records(desk) if self._is_wanted(record)]
        whole = [record for record in new if record.identity in self._seen]
        self._seen = {record.identity for record in new}
        for record in whole:
            await self._fetch(record, desk, sink)
        self._notices.tick(asyncio.get_running_loop().time())
        return all(not self._is_wanted(record) for record in new)

    async def _records(self, desk: FileDesk) -> list[RecordFiles]:
        """Newest first, the one that is half here before them."""
        folders = Folders(self._settings.folders)
        while (folder := folders.next()) is not None:
            listing = Listing(folder)
            try:
                await desk.list(listing)
            except FileRefusedError:
                continue  # there is no such folder
            except NoFileServiceError:
                raise
            except RemoteProtocolError as error:
                self._tell(("folder", folder), str(error))
            folders.take(listing)
        found = records_of(folders.files.values(), self._settings.suffixes)
        found.sort(key=self._age)
        return found[:MOST_WANTED]

    def _age(self, record: RecordFiles) -> tuple[bool, float, str]:
        modified_ns = record.modified_ns(self._settings.zone)
        is_half = self._half is not None and self._half.record == record
        return not is_half, math.inf if modified_ns is None else -modified_ns, record.name

    def _is_wanted(self, record: RecordFiles) -> bool:
        if record in self._known or self._failed.get(record.identity, 0) >= ATTEMPTS:
            return False
        if record.octets <= self._settings.most_octets:
            return True
        limit = self._settings.most_octets
        self._tell("size", f"record {record.name} has {record.octets} octets, more than {limit}; it is left there")
        return False

    async def _fetch(self, record: RecordFiles, desk: FileDesk, sink: Sink) -> None:
        """One attempt."""
        if self._half is None or self._half.record != record:
            self._half = _Half(record)
        half = self._half
        try:
            for entry in record.files:
                if entry.name not in half.files:
                    transfer = half.transfer or Transfer(entry.name, entry.attributes, self._settings.most_octets)
                    half.transfer = transfer
                    await _read(transfer, desk)
                    half.files[entry.name], half.transfer = transfer, None
            await self._store(half, sink)
        except NoFileServiceError:
            raise
        except NoRoomError as error:
            self._half = None
            self._tell("room", f"{error}; it is tried again")
            return
        except (RemoteProtocolError, StorageError) as error:
            self._fail(record, str(error))
            return
        await self._clean(record, desk)

    async def _store(self, half: _Half, sink: Sink) -> None:
        record, zone = half.record, self._settings.zone
        contents = {name: file.content() for name, file in half.files.items()}
        time_ns = time_of(record, contents, zone)
        content = await asyncio.to_thread(content_of, record, contents)
        del contents
        self._half = None
        await sink.record(Record(record.name[-MOST_NAME:], time_ns, content))
        self._known.add(record)
        self._failed.pop(record.identity, None)
        self._stored += 1
        self._octets += len(content)

    async def _clean(self, record: RecordFiles, desk: FileDesk) -> None:
        if not self._settings.delete:
            return
        for entry in record.files:
            try:
                await desk.delete(entry.name)
            except SilentFileServiceError:
                raise
            except RemoteProtocolError as error:  # one that reads files need not delete any
                self._tell("delete", f"file {entry.name} is not deleted in the device: {error}")

    def _fail(self, record: RecordFiles, why: str) -> None:
        if len(self._failed) > MOST_WANTED:
            self._failed.clear()
        self._failed[record.identity] = self._failed.get(record.identity, 0) + 1
        self._broken += 1
        self._tell(("record", record.name), f"record {record.name}: {why}")

    def _tell(self, subject: object, text: str) -> None:
        self._notices.take(str(subject), text, asyncio.get_running_loop().time())


async def _read(transfer: Transfer, desk: FileDesk) -> None:
    """The whole file, or what is left of it."""
    opened = await desk.open(transfer.request)
    try:
        transfer.opened(opened)
        while not transfer.take(await desk.read(opened.handle)):
            pass
    except FileRefusedError:
        transfer.restart()
        raise
    except NoFileServiceError:
        raise
    except RemoteProtocolError:
        await _close_quietly(desk, opened.handle)
        raise
    await _close_quietly(desk, opened.handle)


async def _close_quietly(desk: FileDesk, handle: int) -> None:
    """Some devices close a file by themselves after its last octet, some do not know the service: it was read."""
    try:
        await desk.close(handle)
    except SilentFileServiceError:
        raise
    except RemoteProtocolError:
        return
