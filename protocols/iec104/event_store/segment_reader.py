"""The reading end of one buffer: blocks of events in order, from where the last block ended. Blocking."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, NamedTuple
from zlib import crc32

from protocols.iec104.controlled_station.events.records import split
from protocols.iec104.event_store.frames import HEAD_OCTETS, Kind, frames, read_head
from protocols.iec104.event_store.segments import segments

BLOCK_RECORDS = 4096
_BUFFER_OCTETS = 1 << 18
_NUMBERED = (Kind.EVENTS, Kind.DROPPED)


class Block(NamedTuple):
    """begin: number of the first record; later than asked for where numbers are gone, `lost` of them uncounted."""

    begin: int
    records: list[bytes]
    lost: int


class _Run(NamedTuple):
    """Numbers first to before end; no records where they were dropped and counted."""

    first: int
    end: int
    records: list[bytes]


class SegmentReader:
    """Keeps one file open while events are read back; `read` may be called again with any number."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._segment, self._at = 0, 0
        self._stream: BinaryIO | None = None
        self._held: _Run | None = None
        self._next = -1

    def read(self, begin: int, stored: int) -> Block:
        """Events from `begin` on, of those before `stored`, up to the next gap. OSError."""
        if begin != self._next:
            self.close()
        records: list[bytes] = []
        number, lost = begin, 0
        while number < stored and len(records) < BLOCK_RECORDS:
            run = self._peek()
            if run is None:
                if not records:
                    lost, number = lost + stored - number, stored  # written, and not there any more
                break
            if run.end <= number:
                self._held = None
            elif run.first <= number and run.records:
                records += run.records[number - run.first :]
                number, self._held = run.end, None
            elif records:
                break  # the gap begins the next block
            else:
                lost += max(0, run.first - number)
                number = run.first if run.records else run.end
        self._next = number
        return Block(number - len(records), records, lost)

    def close(self) -> None:
        """The next read begins at the oldest segment."""
        if self._stream is not None:
            self._stream.close()
        self._stream, self._held, self._segment, self._next = None, None, 0, -1

    def _peek(self) -> _Run | None:
        while self._held is None:
            if self._stream is None and not self._open_next():
                return None
            self._held = self._frame()
            if self._held is None and not self._open_next():
                return None
        return self._held

    def _open_next(self) -> bool:
        later = [segment for segment in segments(self._folder) if segment > self._segment]
        if not later:
            return False
        if self._stream is not None:
            self._stream.close()
        self._segment, self._at = later[0], 0
        self._stream = segments(self._folder)[later[0]].open("rb", buffering=_BUFFER_OCTETS)
        return True

    def _frame(self) -> _Run | None:
        """The next frame with numbers; None at the end of the file as it is now."""
        stream = self._stream
        while stream is not None:
            stream.seek(self._at)
            octets = stream.read(HEAD_OCTETS)
            head = read_head(octets)
            if head is None:
                if not octets or not self._resume(stream):
                    return None
                continue
            end = self._at + HEAD_OCTETS + head.octets
            if head.kind in _NUMBERED:
                payload = stream.read(head.octets)
                if len(payload) != head.octets or crc32(payload) != head.checksum:
                    if not self._resume(stream):
                        return None
                    continue
                self._at = end
                return _Run(head.first, head.first + head.number, _records(payload, head.number))
            self._at = end
        return None

    def _resume(self, stream: BinaryIO) -> bool:
        """Go on after octets that are no frame; False where none follows."""
        stream.seek(self._at + 1)
        found = next(frames(stream.read()), None)
        if found is None:
            return False
        self._at += 1 + found.at
        return True


def _records(payload: bytes, count: int) -> list[bytes]:
    """None at all where they are not as many as was said: a defect of the writer, which must not shift numbers."""
    try:
        records = split(payload)
    except ValueError:
        return []
    return records if len(records) == count else []
