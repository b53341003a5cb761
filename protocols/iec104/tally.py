"""What all connections of one link, or of one listening socket, have counted together; and why the last one ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from protocols.iec104.link.closing import Closing

OPENED = "connections"
CLOSED = "closed: "
"""Followed by the reason (Closing) in the name of its counter."""


class Tally:
    """Counters of connections that are gone; those of living ones are added when asked."""

    def __init__(self) -> None:
        self._gone: Counter[str] = Counter()
        self.last_reason = ""
        self.beside: Callable[[], Mapping[str, int]] = dict
        """What is counted below the connections: handshakes of TLS."""

    def opened(self) -> None:
        self._gone[OPENED] += 1

    def counted(self, counters: Mapping[str, int]) -> None:
        """A connection has ended that had counted this."""
        self._gone.update(counters)

    def ended(self, closing: Closing, reason: str) -> None:
        self._gone[CLOSED + closing.value] += 1
        self.last_reason = reason

    def counters(self, living: Iterable[Mapping[str, int]] = ()) -> dict[str, int]:
        """Everything that is not zero, by speaking name."""
        together = Counter(self._gone)
        together.update(self.beside())
        for counters in living:
            together.update(counters)
        return {name: number for name, number in together.items() if number}
