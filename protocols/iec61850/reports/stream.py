"""Where the reports of one block stand: numbers, segments, entries that come twice, overflow (IEC 61850-7-2 clause 17).

| the report                            | verdict                                                    |
|---|---|
| SqNum follows the last one            | news                                                       |
| SqNum leaves numbers out              | news, and so many reports are lost                         |
| SqNum falls back or stands still      | news, and nobody knows how many are lost                   |
| EntryID (and segment) was here        | repeated: nothing of it is news                            |
| segment out of turn, end missing      | news, and part of a report is lost; an earlier one: repeated |
| BufOvfl goes up                       | news, and the device has dropped entries before it         |
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from protocols.iec61850.reports.heading import Heading

_MODULI = (256, 65536)  # SqNum is INT8U in an unbuffered block, INT16U in a buffered one; devices mix them up
_REMEMBERED = 256  # entries by which a repeated one is known

_Entry = tuple[bytes, int]


class Verdict(NamedTuple):
    """lost: what is missing before this report, in words; '' for nothing. missing: reports, None where nobody knows."""

    repeated: bool = False
    lost: str = ""
    missing: int | None = 0


_NEWS, _REPEATED = Verdict(), Verdict(repeated=True)


@dataclass(slots=True)
class Stream:
    """One block since it was enabled. resumed: the entry after which it was asked to go on."""

    resumed: bytes | None = None
    sequence: int | None = None
    overflowed: bool = True  # what was lost before we first came is no loss of ours
    _next_segment: int | None = None  # while the rest of a report is due
    _ended: int | None = None  # SqNum of the last report that came in segments and whole
    _recent: deque[_Entry] = field(default_factory=deque)
    _known: set[_Entry] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.resumed is not None:
            self.overflowed = False
            self._remember((self.resumed, 0))

    def take(self, heading: Heading) -> Verdict:
        """Account for a report. A repeated one is to be dropped."""
        entry = self._entry(heading)
        if entry in self._known:
            self._follow(heading)
            return _REPEATED
        verdict = self._segments(heading) if heading.segment is not None else self._whole(heading)
        if verdict.repeated:
            return verdict
        if entry is not None:
            self._remember(entry)
        began = bool(heading.overflow) and not self.overflowed
        if heading.overflow is not None:
            self.overflowed = heading.overflow
        if began:
            return Verdict(lost="the device's buffer overflowed", missing=None)
        return verdict

    def _whole(self, heading: Heading) -> Verdict:
        unfinished, self._next_segment = self._next_segment is not None, None
        verdict = self._numbers(heading.sequence)
        if unfinished and not verdict.lost:
            return Verdict(lost="the end of a report in segments is missing", missing=1)
        return verdict

    def _segments(self, heading: Heading) -> Verdict:
        segment, due = heading.segment or 0, self._next_segment
        more = segment + 1 if heading.more_follow else None
        if (
            due is None
            and segment
            and heading.sequence is not None
            and heading.sequence == self._ended == self.sequence
        ):
            return _REPEATED
        if due is None or heading.sequence != self.sequence:
            verdict = self._whole(heading)
            self._next_segment = more
            return Verdict(lost="the first segments of a report are missing", missing=1) if segment else verdict
        if segment < due:
            return _REPEATED
        self._next_segment = more
        if more is None:
            self._ended = heading.sequence
        return _NEWS if segment == due else Verdict(lost="segments of a report are missing", missing=1)

    def _numbers(self, number: int | None) -> Verdict:
        last = self.sequence
        if number is None:
            return _NEWS
        self.sequence = number
        if last is None or number == last + 1 or (number == 0 and last + 1 in _MODULI):
            return _NEWS
        if number > last + 1:
            missing = number - last - 1
            return Verdict(lost=f"{missing} report{'s are' if missing > 1 else ' is'} missing", missing=missing)
        return Verdict(lost=f"report {number} follows report {last}", missing=None)

    def _follow(self, heading: Heading) -> None:
        """A repeated entry may have a number of its own, or the one that it had."""
        if heading.sequence is not None and not heading.segment:
            self._numbers(heading.sequence)

    @staticmethod
    def _entry(heading: Heading) -> _Entry | None:
        """Some devices send an EntryID of zeros always: that is none."""
        entry_id = heading.entry_id
        return (entry_id, heading.segment or 0) if entry_id is not None and any(entry_id) else None

    def _remember(self, entry: _Entry) -> None:
        self._recent.append(entry)
        self._known.add(entry)
        if len(self._recent) > _REMEMBERED:
            self._known.discard(self._recent.popleft())
