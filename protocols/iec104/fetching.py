"""The asyncio side of fetching files: what was fetched goes to the sink, and its answer back to the device."""

from __future__ import annotations

import asyncio
import contextlib

from models.driver import LinkConfig, Sink
from models.errors import LinkError, StorageError
from models.record import Record
from protocols.iec104.connection import Connection
from protocols.iec104.controlling_station.station import ControllingStation
from protocols.iec104.files.settings import FETCHED
from protocols.iec104.files.wanted import Known, RemoteFile


class Fetching:
    """Of one link; what it has fetched outlives connections, and by `resume_points` the process."""

    def __init__(self, link: LinkConfig) -> None:
        self._known = Known(str(link.settings.get(FETCHED, "")))
        self._storing: asyncio.Task[None] | None = None

    def begin(self, station: ControllingStation, connection: Connection, sink: Sink) -> None:
        """A new connection."""

        def fetched(file: RemoteFile, content: bytes) -> None:
            record = Record(str(file.key), file.time_ns, content)
            self._storing = asyncio.get_running_loop().create_task(_store(record, station, connection, sink))

        station.files.known, station.files.on_file = self._known, fetched

    def resume_points(self) -> dict[str, str]:
        text = self._known.text
        return {FETCHED: text} if text else {}

    async def end(self) -> None:
        """The connection is gone: what is not stored is fetched again."""
        task, self._storing = self._storing, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _store(record: Record, station: ControllingStation, connection: Connection, sink: Sink) -> None:
    is_stored = True
    try:
        await sink.record(record)
    except StorageError as error:
        sink.notice(f"file {record.name} could not be stored: {error}")
        is_stored = False
    except LinkError:  # the unit server is gone, and so shall we be
        return
    station.files.stored(is_stored, asyncio.get_running_loop().time())
    connection.wake()
