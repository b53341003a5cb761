"""What a device reports about a disturbance record: RDRE.RcdMade, FltNum, or a trip (IEC 61850-7-4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from models.driver import Sink
from models.point import Handle, PointSpec, SampleBatch
from models.record import Record

_TELLS = re.compile(r"/[^/.]*(RDRE\d*\.(RcdMade|FltNum)|PTRC\d*\.(Tr|Op))$", re.ASCII)
"""Devices that have RDRE in no data set still tell that they have tripped."""


class RecordTriggers:
    """A sink in front of another: `made` is called for events of the points that tell of records."""

    def __init__(self, sink: Sink, handles: frozenset[Handle], made: Callable[[], None]) -> None:
        self._sink, self._handles, self._made = sink, handles, made
        self.measurands, self.connected = sink.measurands, sink.connected
        self.notice, self.differences = sink.notice, sink.differences

    async def events(self, batch: SampleBatch) -> None:
        if not self._handles.isdisjoint(batch.handles):
            self._made()
        await self._sink.events(batch)

    async def record(self, record: Record) -> None:
        await self._sink.record(record)


def with_triggers(sink: Sink, points: Iterable[tuple[Handle, PointSpec]], made: Callable[[], None]) -> Sink:
    """The sink itself where no point of the link tells of records."""
    handles = frozenset(handle for handle, spec in points if _TELLS.search(spec.reference))
    return RecordTriggers(sink, handles, made) if handles else sink
