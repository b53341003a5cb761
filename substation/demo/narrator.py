"""Tells the person at the terminal what happens, with the time since the fault."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TextIO


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline; t_s counts from the fault."""

    t_s: float
    source: str
    text: str


class Narrator:
    """Every line goes to the timeline and to the stream."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._zero_ns: int | None = None
        self.lines: list[tuple[int, str, str]] = []

    def fault_at(self, time_ns: int) -> None:
        """From now on times count from the fault (UTC ns)."""
        self._zero_ns = time_ns

    def count_from_now(self) -> None:
        """Times count from now on."""
        self.fault_at(time.time_ns())

    def say(self, source: str, text: str, time_ns: int | None = None) -> None:
        time_ns = time.time_ns() if time_ns is None else time_ns
        self.lines.append((time_ns, source, text))
        since = "         " if self._zero_ns is None else f"{(time_ns - self._zero_ns) / 1e9:+8.2f} s"
        print(f"{since}  {source:<10} {text}", file=self._stream, flush=True)

    def progress(self, text: str) -> None:
        """Overwrites itself on a terminal; kept out of the timeline."""
        if self._stream.isatty():
            print(f"\r\033[K{text}", end="", file=self._stream, flush=True)

    def timeline(self) -> list[Line]:
        """All lines in the order of time, from the fault on."""
        zero_ns = self._zero_ns or 0
        told = sorted(line for line in self.lines if line[0] >= zero_ns)
        return [Line((time_ns - zero_ns) / 1e9, source, text) for time_ns, source, text in told]
