"""The files of the log: `000001.log`, `000002.log`, ... in one folder, and what stands at the end of the last one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from substation.audit.record import FIRST_HASH, LineError, Record, hash_after, read_line

MAX_LINE_OCTETS = 64 * 1024
_NAME = re.compile(r"\d{6,}\.log")


def name_of(segment: int) -> str:
    return f"{segment:06}.log"


def segments(folder: Path) -> dict[int, Path]:
    """By number, in rising order."""
    found = {int(each.stem): each for each in folder.glob("*.log") if _NAME.fullmatch(each.name)}
    return dict(sorted(found.items()))


def lines(file: Path) -> Iterator[tuple[int, bytes, bool]]:
    """Line number from 1, its octets without the end, and whether it has one."""
    with file.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            yield number, line.removesuffix(b"\n"), line.endswith(b"\n")


@dataclass(frozen=True, slots=True)
class End:
    """Where the log goes on. segment: the last file, 0 without any. octets: of it that are kept. sound: the last
    segment is a chain up to there; when it is not, it stays as it is and a new segment begins. torn: octets cut off."""

    segment: int
    octets: int
    number: int
    hash: bytes
    sound: bool = True
    torn: int = 0


def end_of(folder: Path) -> End:
    """Read the last segment. A line that was being written when the power or the process went is cut off."""
    present = segments(folder)
    if not present:
        return End(0, 0, 0, FIRST_HASH)
    segment, file = present.popitem()
    content = file.read_bytes()
    good, last = _chain(content)
    rest = content[good:]
    if last is None:  # not even the first line
        before = end_of_earlier(present)
        torn = b"\n" not in rest or b"\0" in rest
        return End(segment, 0, before.number, before.hash, torn, len(rest) if torn else 0)
    if not rest or b"\n" not in rest or b"\0" in rest:
        return End(segment, good, last.number, last.hash, torn=len(rest))
    number, digest = _stored(content) or (last.number, sha256(content).digest())
    return End(segment, len(content), number, digest, sound=False)


def end_of_earlier(present: dict[int, Path]) -> End:
    """Of the segments before one that never got its first line."""
    if not present:
        return End(0, 0, 0, FIRST_HASH)
    segment, file = list(present.items())[-1]
    content = file.read_bytes()
    number, digest = _stored(content) or (0, sha256(content).digest())
    return End(segment, len(content), number, digest)


def _chain(content: bytes) -> tuple[int, Record | None]:
    """Octets at the start that are whole lines of one chain, and the last record of it."""
    good, last = 0, None
    for line in content.splitlines(keepends=True):
        try:
            record, body = read_line(line.removesuffix(b"\n"))
            before = last.hash if last else bytes.fromhex(record.text("previous"))
        except (LineError, ValueError):
            break
        if not line.endswith(b"\n") or hash_after(before, body) != record.hash:
            break
        good, last = good + len(line), record
    return good, last


def read_last(file: Path) -> Record:
    """The last record of a segment. LineError when there is none."""
    with file.open("rb") as stream:
        stream.seek(0, 2)
        stream.seek(max(0, stream.tell() - MAX_LINE_OCTETS))
        tail = stream.read()
    record, _ = read_line(tail.rstrip(b"\n").rpartition(b"\n")[2])
    return record


def _stored(content: bytes) -> tuple[int, bytes] | None:
    """Number and hash as the last line states them, true or not."""
    try:
        record, _ = read_line(content.rstrip(b"\n").rpartition(b"\n")[2])
    except LineError:
        return None
    return record.number, record.hash
