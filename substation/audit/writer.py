"""Writes groups of records into the segments; whole groups or nothing. Called from one thread at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from models.wire.keys import SigningKey
from substation.audit import head
from substation.audit.record import DEFECT, REMOVED, REPAIR, SEGMENT, Entry, LineError, Record, Told, line_of
from substation.audit.segments import End, end_of, name_of, read_last, segments
from substation.audit.settings import AuditSettings
from substation.durable_names import keep_names

SIGN_EVERY = 256
"""Records between two signed heads while many come; the log asks for one when it has become quiet."""


class _Group:
    """Lines in the making: nothing of it counts before it is on the disk."""

    def __init__(self, number: int, before: bytes) -> None:
        self.number, self.hash = number, before
        self.lines: list[bytes] = []
        self.records: list[Record] = []

    def add(self, entry: Entry) -> None:
        line, record = line_of(entry, self.number + 1, self.hash)
        self.number, self.hash = record.number, record.hash
        self.lines.append(line)
        self.records.append(record)


class SegmentWriter:
    """One per unit. OSError when the disk refuses: then nothing has been written, and the same can be tried again."""

    def __init__(
        self, folder: Path, unit: str, key: SigningKey, settings: AuditSettings, clock: Callable[[], int]
    ) -> None:
        self._folder, self._unit, self._key, self._settings, self._clock = folder, unit, key, settings, clock
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        end = end_of(folder)
        self.found = self._findings(end)
        """What the log says about its own past, to be written first."""
        self._number, self._hash = end.number, end.hash
        self._segment, self._size = end.segment, end.octets
        if not end.sound or end.segment == 0:
            self._segment, self._size = end.segment + 1, 0
        self._file: int | None = None
        self.unsigned = 0
        """Records since the last signed head."""

    def _findings(self, end: End) -> list[Told]:
        now_ns, found = self._clock(), []
        if end.torn:
            text = f"cut off {end.torn} octets of {name_of(end.segment)} that were not written to their end"
            found.append(Told(now_ns, REPAIR, self._unit, text))
        if not end.sound:
            found.append(Told(now_ns, DEFECT, self._unit, f"finds {name_of(end.segment)} changed or damaged"))
        try:
            kept = head.kept(self._folder)
        except (LineError, OSError) as error:
            return [*found, Told(now_ns, DEFECT, self._unit, f"finds the signed head damaged: {error}")]
        if kept is not None and kept.number > end.number:
            text = f"finds the log ended at record {end.number}, although it was signed up to {kept.number}"
            found.append(Told(now_ns, DEFECT, self._unit, text))
        return found

    def write(self, entries: Sequence[Entry], sign: bool = False) -> list[Record]:
        """The records, on the disk when it returns. sign: with a signed head after them, however few they are."""
        if self._size >= self._settings.segment_kib * 1024:
            self._seal()
        group = self._begun()
        for entry in entries:
            group.add(entry)
        unsigned = self.unsigned + len(group.records)
        signed = unsigned > 0 and (sign or unsigned >= SIGN_EVERY)
        if signed:
            group.add(head.head_of(self._key, self._unit, group.number + 1, group.hash, self._clock()))
        self._store(group)
        self.unsigned = 0 if signed else unsigned
        if signed:
            head.keep(self._folder, group.lines[-1])
        return group.records

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _begun(self) -> _Group:
        """A group that begins with the first record of a segment where that is due."""
        group = _Group(self._number, self._hash)
        if self._size == 0:
            more: dict[str, str | int] = {
                "segment": self._segment,
                "previous": self._hash.hex(),
                "key": self._key.key_id.hex(),
            }
            group.add(Told(self._clock(), SEGMENT, self._unit, f"begins segment {self._segment}", more=more))
        return group

    def _store(self, group: _Group) -> None:
        content = b"".join(group.lines)
        file = self._opened()
        try:
            _write_all(file, content)
            os.fsync(file)
        except OSError:
            self._take_back()
            raise
        self._size += len(content)
        self._number, self._hash = group.number, group.hash

    def _opened(self) -> int:
        """The segment's file, with nothing in it beyond what counts."""
        if self._file is None:
            path = self._folder / name_of(self._segment)
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                os.ftruncate(file, self._size)
                keep_names(self._folder)
            except OSError:
                os.close(file)
                raise
            self._file = file
        return self._file

    def _take_back(self) -> None:
        """Half a group may be in the file; it is cut off now, or when the file is opened again."""
        self.close()

    # -- segments

    def _seal(self) -> None:
        """End a segment with a signed head, and begin the next; beyond the bound the oldest go."""
        if self.unsigned:
            group = _Group(self._number, self._hash)
            group.add(head.head_of(self._key, self._unit, group.number + 1, group.hash, self._clock()))
            self._store(group)
            self.unsigned = 0
        self.close()
        self._segment, self._size = self._segment + 1, 0
        self._remove_oldest()

    def _remove_oldest(self) -> None:
        """The record about it comes first: files without it would be missing."""
        present = segments(self._folder)
        sizes = {segment: file.stat().st_size for segment, file in present.items()}
        excess = sum(sizes.values()) - self._settings.keep_kib * 1024
        gone = []
        for segment in list(present)[:-1]:
            if excess <= 0:
                break
            excess -= sizes[segment]
            gone.append(segment)
        if not gone:
            return
        try:
            last = read_last(present[gone[-1]])
        except LineError:
            return  # it has been tampered with: evidence stays
        group = self._begun()
        text = f"removes segments up to {name_of(gone[-1])}, since the log has reached its size"
        more: dict[str, str | int] = {"last": gone[-1], "hash": last.hash.hex(), "number": last.number}
        group.add(Told(self._clock(), REMOVED, self._unit, text, more=more))
        self._store(group)
        self.unsigned += len(group.records)
        for segment in gone:
            present[segment].unlink()


def _write_all(file: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(file, view) :]
