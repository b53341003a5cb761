"""What a control centre was told of each point before the station was started again.

After a start the first value of every point comes from the field. It is an event only where the control centre does not
know it: another value or quality, or an operation with a time tag of its own. The rest it gets from its interrogation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from protocols.iec104.application.asdu import ElementValue
from protocols.iec104.controlled_station.events.records import address_of, point_of, state_of, time_of, value_of


class Told:
    """last: newest record per point. since_ns: when the buffer was made; what happened before is nobody's event."""

    def __init__(self, last: Mapping[bytes, bytes], since_ns: int) -> None:
        self._last, self._since_ns = last, since_ns

    def is_news(self, record: bytes) -> bool:
        known, time_ns = self._last.get(point_of(record)), time_of(record)
        if known is None:
            return time_ns is not None and time_ns > self._since_ns
        return state_of(record) != state_of(known) or (time_ns is not None and time_ns != time_of(known))

    def values(self) -> Iterator[tuple[tuple[int, int], ElementValue]]:
        """Common and object address of each point, and the value that was told last."""
        return ((address_of(record), value_of(record)) for record in self._last.values())

    def knows(self, record: bytes) -> bool:
        """The point has been seen before this start."""
        return point_of(record) in self._last
