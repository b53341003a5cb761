"""What the processes of the demonstration use: memory and processor time, of each and of those it has started."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

_PROCESSES = Path("/proc")
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
DEMONSTRATION = "demonstration"


@dataclass(frozen=True, slots=True)
class Usage:
    """cpu_s: since its start. memory_mb: resident; most of it while it was looked at."""

    name: str
    process: int
    cpu_s: float
    memory_mb: float


@dataclass(frozen=True, slots=True)
class _Found:
    parent: int
    cpu_s: float


class Census:
    """`take` now and then. most: processes that were there at the same time."""

    def __init__(self) -> None:
        self._usages: dict[int, Usage] = {}
        self.most = 0

    def take(self, named: Mapping[int, str], apart: Collection[str] = ()) -> None:
        """named: names of our processes by id; what they have started is called after them. Nothing without /proc.

        apart: names of those that do not count in `most`.
        """
        found = _found()
        names = {os.getpid(): DEMONSTRATION, **named}
        ours = {process: name for process in found if (name := _name(process, found, names))}
        for process, name in ours.items():
            before = self._usages.get(process)
            memory_mb = max(_memory_mb(process), 0.0 if before is None else before.memory_mb)
            self._usages[process] = Usage(name, process, round(found[process].cpu_s, 1), memory_mb)
        self.most = max(self.most, sum(name not in apart for name in ours.values()))

    @property
    def usages(self) -> list[Usage]:
        """Of all processes ever seen, by name; those that have ended as they were seen last."""
        return sorted(self._usages.values(), key=lambda usage: (usage.name, usage.process))


def _name(process: int, found: Mapping[int, _Found], names: Mapping[int, str]) -> str:
    """'' when it is none of ours."""
    if process in names:
        return names[process]
    parent = found[process].parent
    above = _name(parent, found, names) if parent in found and parent != os.getpid() else ""
    return above and f"{above}: arithmetic"


def _found() -> dict[int, _Found]:
    found = {}
    for folder in _PROCESSES.glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if fields[0] != "Z":
            found[int(folder.name)] = _Found(int(fields[1]), (int(fields[11]) + int(fields[12])) * _TICK_S)
    return found


def _memory_mb(process: int) -> float:
    try:
        pages = int((_PROCESSES / str(process) / "statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)
