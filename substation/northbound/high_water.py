"""How far each event buffer had come, kept in the control database: files that vanish whole leave no other trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from protocols.iec104.controlled_station.memory import Kept, Memory

_KEY = "event buffers"
Span = tuple[int, int]
"""Numbers of events: the oldest that is not acknowledged, and the one behind the newest on the disk."""


class HighWater:
    """spans: per buffer, now. memory lags by one `keep`, so what is told to be missing is the least that is."""

    def __init__(self, memory: Memory, spans: Mapping[str, Span]) -> None:
        self._memory = memory
        self._before, self._kept = _read(memory.load(_KEY)), dict(spans)

    def missing(self) -> Iterator[tuple[str, int]]:
        """Buffers that had more events waiting before this start than they can have lost by acknowledgement."""
        for name, (begin, end) in self._before.items():
            if name in self._kept and (reached := self._kept[name][1]) < end:
                yield name, end - max(begin, reached)

    def keep(self, spans: Mapping[str, Span]) -> None:
        """Called every few seconds; writes where something has changed."""
        if spans != self._kept or self._before:
            self._before, self._kept = {}, dict(spans)
            self._memory.save(_KEY, {name: list(span) for name, span in spans.items()})


def _read(state: Kept) -> dict[str, Span]:
    found: dict[str, Span] = {}
    for name, span in state.items() if isinstance(state, dict) else ():
        match span:
            case [int(begin), int(end)]:
                found[name] = begin, end
    return found
