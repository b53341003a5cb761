"""Records of the past, from the segments."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from substation.audit.record import LineError, Record, read_line
from substation.audit.segments import lines, segments


def records(folder: Path, from_ns: int, to_ns: int) -> Iterator[Record]:
    """Those of this time (UTC ns, the end not included), in the order of the log. OSError when it cannot be read.

    A line that is no record is left out: `verify` tells about it, and the others are still worth reading.
    """
    for file in segments(folder).values():
        try:
            yield from _of_segment(file, from_ns, to_ns)
        except FileNotFoundError:
            continue  # removed meanwhile, as the oldest one


def _of_segment(file: Path, from_ns: int, to_ns: int) -> Iterator[Record]:
    for _, line, ended in lines(file):
        if not ended:
            return  # being written
        try:
            record, _ = read_line(line)
        except LineError:
            continue
        if from_ns <= record.time_ns < to_ns:
            yield record
