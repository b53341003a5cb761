"""The writing end of one buffer: appends batches, begins new segments, removes those that are acknowledged. Blocking.

To be called by one thread at a time. After an OSError nothing of the batch counts as written: the next attempt begins a
new segment, since nobody knows what became of the file (a failed fdatasync is not repeated). Whoever reads leaves out
what was written twice, by its number.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from protocols.iec104.controlled_station.events.records import point_of
from protocols.iec104.event_store.frames import Kind, beginning, frame, state
from protocols.iec104.event_store.recovery import Recovered
from protocols.iec104.event_store.segments import file_of, keep_names

SEGMENT_OCTETS = 4 << 20
_FRAME_RECORDS = 4096


@dataclass(slots=True)
class Batch:
    """What one write holds. first: number of the first record. dropped: (first number, count), never to be written.

    pictures: records that are only remembered. acknowledged, lost: as they are now.
    """

    first: int
    records: list[bytes] = field(default_factory=list)
    dropped: list[tuple[int, int]] = field(default_factory=list)
    pictures: list[bytes] = field(default_factory=list)
    acknowledged: int = 0
    lost: int = 0


class SegmentWriter:
    def __init__(self, folder: Path, recovered: Recovered, since_ns: int, segment_octets: int = SEGMENT_OCTETS) -> None:
        self._folder, self._since_ns, self._most = folder, since_ns, segment_octets
        self.first = dict(recovered.first)  # number of the first event per segment
        self._last = dict(recovered.last)
        self._segment = max(self.first, default=0)
        self._file = -1
        self._size = self._base = 0

    def write(self, batch: Batch, durable: bool = True) -> None:
        """durable: return when the disk has it. OSError."""
        try:
            is_new = self._file < 0 or self._size >= self._most + self._base
            octets = self._begin(batch) if is_new else b""
            octets += b"".join(_frames(batch))
            self._append(octets)
            removable = self._removable(batch.acknowledged)
            if durable or is_new or removable:
                os.fdatasync(self._file)
            if is_new:
                keep_names(self._folder)
        except OSError:
            self._abandon()
            raise
        self._size += len(octets)
        for records in (batch.pictures, batch.records):
            self._last.update(zip(map(point_of, records), records, strict=True))
        self._remove(removable)

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _begin(self, batch: Batch) -> bytes:
        """A new file, and what stands at its beginning."""
        self.close()
        segment = self._segment + 1
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC
        self._file = os.open(file_of(self._folder, segment), flags, 0o600)
        self._segment = segment
        first = min((batch.first, *(number for number, _ in batch.dropped)))
        self.first[segment] = first
        head = beginning(segment, first, self._since_ns, batch.acknowledged, batch.lost)
        head += frame(Kind.LAST, first, len(self._last), b"".join(self._last.values()))
        self._size, self._base = 0, len(head)
        return head

    def _append(self, octets: bytes) -> None:
        rest = memoryview(octets)
        while rest:
            rest = rest[os.write(self._file, rest) :]

    def _abandon(self) -> None:
        if self._file < 0:
            return
        with contextlib.suppress(OSError):  # what stays there is cut off or left out when it is read
            os.ftruncate(self._file, self._size)
        with contextlib.suppress(OSError):
            self.close()
        self._file = -1
        if self._size == 0:  # nothing but this attempt
            with contextlib.suppress(OSError):
                file_of(self._folder, self._segment).unlink()
                del self.first[self._segment]

    def _removable(self, acknowledged: int) -> list[int]:
        """Segments before the one that holds the oldest event which is still needed."""
        return [segment for segment, after in pairwise(sorted(self.first)) if self.first[after] <= acknowledged]

    def _remove(self, segments: Iterable[int]) -> None:
        """What cannot be removed now is tried again with the next write."""
        for segment in segments:
            with contextlib.suppress(OSError):
                file_of(self._folder, segment).unlink(missing_ok=True)
                del self.first[segment]


def _frames(batch: Batch) -> Iterator[bytes]:
    for first, count in batch.dropped:
        yield frame(Kind.DROPPED, first, count)
    if batch.pictures:
        yield frame(Kind.PICTURE, batch.first, len(batch.pictures), b"".join(batch.pictures))
    for at in range(0, len(batch.records), _FRAME_RECORDS):
        part = batch.records[at : at + _FRAME_RECORDS]
        yield frame(Kind.EVENTS, batch.first + at, len(part), b"".join(part))
    yield state(batch.acknowledged, batch.lost)
