"""One report control block as the device describes it, and where its reports stand."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime

from open61850.data import TAG_BINARY_TIME, TimestampData, decode_data
from open61850.mms import ObjectName
from open61850.mms import rcb as library

from models.point import Handle
from protocols.iec61850.mapping import Plan
from protocols.iec61850.reports.decoder import Decoder
from protocols.iec61850.reports.heading import Heading
from protocols.iec61850.reports.reasons import PERIODIC
from protocols.iec61850.reports.stream import Stream


@dataclass(slots=True)
class Block:
    """buffered_until, newest: time and EntryID of the newest entry before we enabled it; an older picture is a replay.

    asked: an interrogation has been asked for. replays: without times, entries until `newest` are old ones, for as long
    as `replays_until_s` (monotonic) at most: what a device says of its newest entry may be wrong. silence_s: silence
    that ends the link; None where the device sends nothing by itself, so that it must be asked.
    """

    name: ObjectName
    rpt_id: str
    data_set: str
    conf_rev: int
    plan: Plan
    decoder: Decoder
    buffered_until: datetime | None = None
    newest: bytes | None = None
    stream: Stream = field(default_factory=Stream)
    complete: bool = False
    asked: bool = False
    replays: bool = False
    replays_until_s: float = math.inf
    silence_s: float | None = None
    heard_s: float = 0.0
    interrogated_s: float = 0.0

    @property
    def buffered(self) -> bool:
        return library.is_buffered(self.name)

    @property
    def handles(self) -> set[Handle]:
        """The points whose value this block reports."""
        return {leaf.handle for member in self.plan for leaf in member}

    def owns(self, heading: Heading) -> bool:
        """Without a data set's name in the report, its RptID and the number of members must do."""
        if heading.rpt_id not in (self.rpt_id, str(self.name)):
            return False
        if heading.data_set is not None:
            return heading.data_set == self.data_set
        octets = len(heading.inclusion) - 1
        return not self.plan or octets == (len(self.plan) + 7) // 8

    def resumes(self, after: bytes | None, until_s: float) -> None:
        """It is about to be enabled and sends what it holds: everything (None), or what came after that entry."""
        self.replays = self.buffered and self.newest is not None and any(self.newest) and self.newest != after
        self.replays_until_s = until_s

    def completes(self, heading: Heading, reasons: tuple[int, ...], now_s: float = 0.0) -> bool:
        """True for the last segment of a picture of the whole data set that was taken after we enabled the block."""
        old = self._replayed(heading)
        if heading.more_follow or not self._whole(heading, reasons):
            return False
        taken = _time_of(heading.time)
        if self.buffered_until is not None and taken is not None:
            return taken > self.buffered_until
        if not self.buffered:
            return True
        known = not old and self.newest is not None
        return known or (self.asked and not old) or now_s >= self.replays_until_s

    def _replayed(self, heading: Heading) -> bool:
        """Whether this is an entry from before; the newest one of them ends the replay."""
        old = self.replays
        if heading.entry_id == self.newest and not heading.more_follow:
            self.replays = False
        return old

    def _whole(self, heading: Heading, reasons: tuple[int, ...]) -> bool:
        if not heading.has_reasons:
            return heading.segment is not None or all(_included(heading.inclusion, len(self.plan)))
        return any(reason & PERIODIC for reason in reasons)


def _included(inclusion: bytes, count: int) -> list[bool]:
    return [bool(inclusion[1 + i // 8] & 0x80 >> i % 8) if 1 + i // 8 < len(inclusion) else False for i in range(count)]


def _time_of(octets: bytes | None) -> datetime | None:
    """TimeOfEntry: six octets of binary time, or eight of UTC time."""
    if octets is None:
        return None
    value = decode_data(TAG_BINARY_TIME if len(octets) == 6 else 0x91, octets)  # noqa: PLR2004
    return value.value if isinstance(value, TimestampData) else None
