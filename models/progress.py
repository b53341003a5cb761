"""A bar for what takes long, on one line of a terminal."""

from __future__ import annotations

from typing import TextIO

LARGE_OCTETS = 5_000_000
"""Files below are read before anybody could wonder."""

_WIDTH = 40


class ProgressBar:
    """Called with the share that is done, 0 to 1. The line is wiped when all is."""

    def __init__(self, stream: TextIO, what: str) -> None:
        self._stream, self._what = stream, what
        self._percent = -1

    def __call__(self, share: float) -> None:
        percent = int(100 * min(max(share, 0.0), 1.0))
        if percent == self._percent:
            return
        self._percent = percent
        filled = _WIDTH * percent // 100
        line = f"{self._what} [{'#' * filled}{'.' * (_WIDTH - filled)}] {percent:3d} %"
        self._stream.write(f"\r{line}" if percent < 100 else f"\r{' ' * len(line)}\r")
        self._stream.flush()


def bar_for(stream: TextIO, what: str, octets: int) -> ProgressBar | None:
    """None where nobody watches, or where it is not worth the while."""
    return ProgressBar(stream, what) if octets >= LARGE_OCTETS and stream.isatty() else None
