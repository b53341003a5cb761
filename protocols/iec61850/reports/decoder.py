"""The values of a report to samples: runs of members of one layout at once, everything else by the general decoder."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

from open61850.mms import MmsProtocolError, ReportEntry
from open61850.mms.pdu import AccessResult

from models.point import Handle, Sample, SampleBatch
from protocols.iec61850.access_results import access_result
from protocols.iec61850.mapping import AHEAD_NS, DOUBTFUL, Picture, Plan, PointMap, Role, clock_of
from protocols.iec61850.reports.heading import Fields, Heading, included, length_at
from protocols.iec61850.reports.layout import QUALITIES, Layout, Learned, Shape, Slot, learn
from protocols.iec61850.reports.reasons import no_reasons, only_repeats, read_reasons, reason_code

_MOST_SELECTIONS = 256  # different sets of members that are remembered; a device that never repeats one fills no memory
_MOST_LESSONS = 32  # a member whose encoding changes more often is left to the general decoder
_ACCESS_ERROR = 0x80
_CLOCKS = tuple(int(clock_of(octet)) for octet in range(256))


@dataclass(slots=True)
class Reading:
    """What the reports of one read have brought."""

    measurands: SampleBatch = field(default_factory=SampleBatch)
    events: list[Sample] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class _Run(NamedTuple):
    """Neighbouring members of one layout. first: position among the included members; layout: None for the general
    decoder; handles: one column per slot."""

    first: int
    members: tuple[int, ...]
    layout: Layout | None
    handles: tuple[list[Handle], ...]


class _Selection(NamedTuple):
    members: tuple[int, ...]
    runs: tuple[_Run, ...]


class _Columns(NamedTuple):
    run: _Run
    layout: Layout
    columns: list[tuple[Any, ...]]


_Part = _Columns | ReportEntry


class Decoder:
    """The members of one block's data set. Not shared between links."""

    def __init__(self, plan: Plan, points: PointMap, picture: Picture) -> None:
        self._plan, self._points, self._picture = plan, points, picture
        self._apart = _stand_apart(plan)
        self._learned: dict[int, Learned | None] = {}
        self._lessons: dict[int, int] = {}
        self._shapes: dict[Shape, Layout] = {}
        self._selections: dict[bytes, _Selection] = {}

    def read(self, octets: bytes, heading: Heading, arrival_ns: int, reading: Reading) -> tuple[int, ...]:
        """Add the samples of a report; gives the reasons, one or one for each member. MmsProtocolError: undecodable."""
        selection = self._selections.get(heading.inclusion) or self._select(heading.inclusion)
        position = heading.values_at
        if heading.has_references:
            position = _skipped(octets, position, len(selection.members))
        parts: list[_Part] = []
        for run in selection.runs:
            position = self._run(octets, position, run, parts)
        count = len(selection.members)
        reasons = read_reasons(octets, position, count) if heading.has_reasons else no_reasons(octets, position)
        self._deliver(parts, reasons, selection, arrival_ns, reading)
        return reasons

    # --- where everything stands ---

    def _select(self, inclusion: bytes) -> _Selection:
        members = included(inclusion)
        first, runs = 0, []
        for key, group in groupby(members, self._layout_key):
            run = tuple(group)
            runs.append(self._made_run(first, run, key))
            first += len(run)
        if len(self._selections) >= _MOST_SELECTIONS:
            self._selections.clear()
        self._selections[inclusion] = selection = _Selection(members, tuple(runs))
        return selection

    def _layout_key(self, member: int) -> Layout | None:
        learned = self._learned.get(member)
        return learned.layout if learned else None

    def _made_run(self, first: int, members: tuple[int, ...], layout: Layout | None) -> _Run:
        if layout is None:
            return _Run(first, members, None, ())
        handles = [learned.handles for member in members if (learned := self._learned[member]) is not None]
        return _Run(first, members, layout, tuple(list(column) for column in zip(*handles, strict=True)))

    # --- reading ---

    def _run(self, octets: bytes, position: int, run: _Run, parts: list[_Part]) -> int:
        layout = run.layout
        if layout is not None:
            end = position + layout.struct.size * len(run.members)
            if end <= len(octets):
                columns = list(zip(*layout.struct.iter_unpack(octets[position:end]), strict=True))
                if _fits(layout, columns, len(run.members)):
                    parts.append(_Columns(run, layout, columns))
                    return end
        for member in run.members:
            position = self._one(octets, position, member, layout, parts)
        return position

    def _one(self, octets: bytes, position: int, member: int, layout: Layout | None, parts: list[_Part]) -> int:
        """The general decoder, and a lesson from what it could read."""
        if position >= len(octets):
            raise MmsProtocolError("report truncated in the values")
        tag, end, value = _general(octets, position)
        parts.append(ReportEntry(member, value))
        if self._apart and member < len(self._plan) and tag != _ACCESS_ERROR:
            self._learn(member, octets[position:end], layout)
        return end

    def _learn(self, member: int, octets: bytes, layout: Layout | None) -> None:
        lessons = self._lessons.get(member, 0)
        if lessons >= _MOST_LESSONS:
            return
        learned = learn(octets, self._plan[member], self._points.cdc)
        if learned is None or (layout is not None and learned.layout.shape == layout.shape):
            self._lessons[member] = lessons + 1
            return
        self._lessons[member] = lessons + 1
        shared = self._shapes.setdefault(learned.layout.shape, learned.layout)
        self._learned[member] = Learned(shared, learned.handles)
        self._selections.clear()

    # --- delivering ---

    def _deliver(
        self,
        parts: list[_Part],
        reasons: tuple[int, ...],
        selection: _Selection,
        arrival_ns: int,
        reading: Reading,
    ) -> None:
        entries: list[ReportEntry] = []
        began = len(reading.events)
        place = 0
        for part in parts:
            if isinstance(part, ReportEntry):
                part.reason = reason_code(reasons[place % len(reasons)]) if reasons else None
                entries.append(part)
                place += 1
                continue
            if part.layout.is_event:
                self._events(part, reasons, arrival_ns, reading.events)
            else:
                self._measurands(part, arrival_ns, reading.measurands)
            place += len(part.run.members)
        if entries:
            self._general(entries, arrival_ns, reading)
        _sort_events(reading.events, began, arrival_ns)

    def _general(self, entries: Sequence[ReportEntry], arrival_ns: int, reading: Reading) -> None:
        samples, problems = self._picture.read(self._plan, entries, arrival_ns)
        reading.problems += problems
        for sample in samples:
            if self._points.cdc[sample.handle].is_event:
                reading.events.append(sample)
            else:
                reading.measurands.append(sample)

    def _measurands(self, part: _Columns, arrival_ns: int, batch: SampleBatch) -> None:
        for slot, handles in zip(part.layout.slots, part.run.handles, strict=True):
            values, qualities, times = _slot(slot, part.columns, arrival_ns)
            batch.handles += handles
            batch.values += values
            batch.qualities += qualities
            batch.source_times_ns += times
            batch.arrival_times_ns += [arrival_ns] * len(handles)
            self._picture.last.update(zip(handles, zip(values, qualities, times, strict=True), strict=True))

    def _events(self, part: _Columns, reasons: tuple[int, ...], arrival_ns: int, events: list[Sample]) -> None:
        (slot,), (handles,), last = part.layout.slots, part.run.handles, self._picture.last
        rows = zip(handles, *_slot(slot, part.columns, arrival_ns), strict=True)
        for place, (handle, value, quality, time_ns) in enumerate(rows, start=part.run.first):
            known = (value, quality, time_ns)
            if last.get(handle) == known and only_repeats(reasons, place):
                continue
            last[handle] = known
            events.append(Sample(handle, value, quality, time_ns, arrival_ns))


def _sort_events(events: list[Sample], began: int, arrival_ns: int) -> None:
    """Those of one report, by the time of their source."""
    if len(events) - began > 1:
        events[began:] = sorted(events[began:], key=lambda each: each.source_time_ns or arrival_ns)


def _stand_apart(plan: Plan) -> bool:
    """Whether no point is spread over several members."""
    handles = [handle for fields in plan for handle in {each.handle for each in fields}]
    return len(handles) == len(set(handles)) and all(
        {each.role for each in fields if each.handle == handle} >= {Role.VALUE, Role.QUALITY}
        for fields in plan
        for handle in {each.handle for each in fields}
    )


def _fits(layout: Layout, columns: Sequence[tuple[Any, ...]], count: int) -> bool:
    for column, literal in layout.literals:
        if columns[column].count(literal) != count:
            return False
    return layout.is_event or all(math.isfinite(sum(columns[slot.value])) for slot in layout.slots)


def _slot(slot: Slot, columns: Sequence[tuple[Any, ...]], arrival_ns: int) -> tuple[list[Any], list[int], list[Any]]:
    """Values, qualities and source times of one point of each member."""
    values = slot.convert(columns[slot.value])
    qualities = list(map(QUALITIES.__getitem__, columns[slot.quality]))
    if slot.time < 0:
        return values, qualities, [None] * len(values)
    stamps = columns[slot.time]
    first = stamps[0]
    if stamps.count(first) == len(stamps):
        time_ns, clock = _stamp(first, arrival_ns)
        return values, [each | clock for each in qualities] if clock else qualities, [time_ns] * len(values)
    read = [_stamp(each, arrival_ns) for each in stamps]
    return values, [each | clock for each, (_, clock) in zip(qualities, read, strict=True)], [each for each, _ in read]


def _stamp(stamp: int, arrival_ns: int) -> tuple[int | None, int]:
    """UtcTime of IEC 61850-8-1 as a number: 32 bits of seconds, 24 of fraction, 8 of quality."""
    time_ns = (stamp >> 32) * 1_000_000_000 + (((stamp >> 8 & 0xFFFFFF) * 1_000_000 + 0x800000) >> 24) * 1000
    clock = _CLOCKS[stamp & 0xFF]
    return time_ns or None, clock | DOUBTFUL if time_ns > arrival_ns + AHEAD_NS else clock


def _general(octets: bytes, position: int) -> tuple[int, int, AccessResult]:
    """Tag, end and value of the element at `position`."""
    tag = octets[position]
    length, content = length_at(octets, position + 1)
    return tag, content + length, access_result(tag, octets[content : content + length])


def _skipped(octets: bytes, position: int, count: int) -> int:
    fields = Fields(octets, position)
    for _ in range(count):
        fields.text("data-reference")
    return fields.position
