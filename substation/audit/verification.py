"""Whether a log is whole: every hash, number, signature and segment; each finding with file and line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from models.wire.keys import VerifyKey
from substation.audit import head
from substation.audit.record import (
    DEFECT,
    FIRST_HASH,
    HEAD,
    REMOVED,
    SEGMENT,
    LineError,
    Record,
    hash_after,
    read_line,
)
from substation.audit.segments import lines, name_of, segments


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as the unit wrote it. line: 0 where a file or the log as a whole is meant."""

    file: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.line else f"{self.file}: {self.text}"


@dataclass(slots=True)
class Verification:
    """findings: empty for a whole log. unsigned: records after the last signed head, which could still be cut off."""

    findings: list[Finding] = field(default_factory=list)
    records: int = 0
    unsigned: int = 0
    last: Record | None = None


@dataclass(frozen=True, slots=True)
class Anchor:
    """A record that somebody has kept elsewhere: its number and hash."""

    number: int
    hash: bytes


def verify(folder: Path, unit: str, keys: Sequence[VerifyKey], anchors: Sequence[Anchor] = ()) -> Verification:
    """keys: those that the unit has signed with. OSError when a file cannot be read."""
    verifier = _Verifier(folder, unit, {key.key_id.hex(): key for key in keys}, {a.number: a for a in anchors})
    present = segments(folder)
    verifier.begin(present)
    for segment, file in present.items():
        verifier.segment(segment, file)
    verifier.end()
    return verifier.result


class _Verifier:
    """After a finding it goes on with what the line itself states, so that one change is one finding."""

    def __init__(self, folder: Path, unit: str, keys: Mapping[str, VerifyKey], anchors: Mapping[int, Anchor]) -> None:
        self._folder, self._unit, self._keys = folder, unit, keys
        self._anchors = dict(anchors)
        self.result = Verification()
        self._hash, self._number = FIRST_HASH, 0
        self._removed: dict[int, Record] = {}
        self._oldest = 0
        self._kept: Record | None = None
        self._file, self._line = folder, 0

    def begin(self, present: Mapping[int, Path]) -> None:
        numbers = list(present)
        if not numbers:
            self._find_in(self._folder, "there is no audit log")
            return
        self._oldest = numbers[0]
        self._head()
        for missing in sorted(set(range(numbers[0], numbers[-1])) - set(numbers)):
            self._find_in(self._folder / name_of(missing), "the segment is missing")

    def _head(self) -> None:
        """The head beside the segments is one more record that must be there."""
        try:
            self._kept = kept = head.kept(self._folder)
        except (LineError, OSError) as error:
            self._find_in(self._folder / head.FILE, f"the signed head is damaged: {error}")
            return
        if kept is not None:
            self._anchors.setdefault(kept.number, Anchor(kept.number, kept.hash))

    def segment(self, segment: int, file: Path) -> None:
        self._file = file
        self._line = 0
        for number, line, ended in lines(file):
            self._line = number
            if not ended:
                self._find("the line has no end: it has been cut, or is being written")
                continue
            try:
                record, body = read_line(line)
            except LineError as error:
                self._find(str(error))
                continue
            if number == 1:
                self._first(record, segment)
            self._check(record, body)
        if self._line == 0:
            self._find_in(file, "the segment is empty")

    def _first(self, record: Record, segment: int) -> None:
        """A segment begins with its own number and the hash that the one before ended with."""
        if record.kind != SEGMENT or record.whole("segment") != segment:
            self._find(f"segment {segment} does not begin with the record that begins it")
        elif segment == self._oldest and segment > 1:
            self._number = record.number - 1
            try:
                self._hash = bytes.fromhex(record.text("previous"))
            except ValueError:
                self._find("the hash of the segment before is damaged")
        elif record.text("previous") != self._hash.hex():
            self._find("the segment does not go on where the one before it ended")
        if record.text("who") != self._unit:
            self._find(f"the segment is one of {record.text('who')}, not of {self._unit}")

    def _check(self, record: Record, body: bytes) -> None:
        if record.number != self._number + 1:
            self._find(f"record {record.number} follows record {self._number}: lines are missing, moved or doubled")
        elif hash_after(self._hash, body) != record.hash:
            self._find(f"record {record.number} or one before it has been changed")
        self.result.records += 1
        self.result.unsigned += 1
        self._judge(record)
        self._number, self._hash, self.result.last = record.number, record.hash, record

    def _judge(self, record: Record) -> None:
        """What the record says about the log."""
        if record.kind == HEAD:
            if head.is_signed(record, self._unit, self._hash, self._keys):
                self.result.unsigned = 0
            else:
                self._find(f"the signature in record {record.number} is not one of {self._unit} over this log")
        elif record.kind == DEFECT:
            self._find(f"the unit itself told: {record.text('what')}")
        elif record.kind == REMOVED:
            self._removed[record.whole("last")] = record
        if self._kept is not None and record.number == self._kept.number and record != self._kept:
            self._find_in(self._folder / head.FILE, f"the signed head is not record {record.number} of the log")
        anchor = self._anchors.pop(record.number, None)
        if anchor is not None and anchor.hash != record.hash:
            self._find(f"record {record.number} is not the one whose hash has been kept")

    def end(self) -> None:
        if self._oldest > 1:
            self._beginning()
        for number in self._anchors:
            if number > self._number:
                self._find_in(
                    self._folder, f"the log ends before record {number}, which was signed: it has been cut off"
                )

    def _beginning(self) -> None:
        """Segments that the unit has removed itself are told in a later record."""
        removal = self._removed.get(self._oldest - 1)
        first = self._folder / name_of(self._oldest)
        if removal is None:
            self._find_in(first, f"the segments before it are missing, and the unit has not removed {self._oldest - 1}")
            return
        record = next(_records(first), None)
        if record is None or record.text("previous") != removal.text("hash"):
            self._find_in(first, "it does not go on where the removed segments ended")

    def _find(self, text: str) -> None:
        self.result.findings.append(Finding(self._file, self._line, text))

    def _find_in(self, file: Path, text: str) -> None:
        self.result.findings.append(Finding(file, 0, text))


def _records(file: Path) -> Iterator[Record]:
    for _, line, _ in lines(file):
        try:
            yield read_line(line)[0]
        except LineError:
            return
