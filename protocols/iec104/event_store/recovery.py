"""What a buffer's files hold when it is opened, after a clean end, a kill, a power cut or damage."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from time import time_ns

from protocols.iec104.controlled_station.events.buffer import Contents
from protocols.iec104.controlled_station.events.records import point_of, split
from protocols.iec104.event_store.frames import Frame, Kind, frames, read_beginning, read_state
from protocols.iec104.event_store.segments import segments

_REMEMBERED = (Kind.LAST, Kind.EVENTS, Kind.PICTURE)


@dataclass(slots=True)
class Recovered:
    """first: first event number per segment. last: newest record per point. damage: one line each, for people."""

    contents: Contents = Contents()
    since_ns: int | None = None
    first: dict[int, int] = field(default_factory=dict)
    last: dict[bytes, bytes] = field(default_factory=dict)
    damage: list[str] = field(default_factory=list)


def recover(folder: Path) -> Recovered:
    """Read everything once. A write that did not end is cut off; other damage stays where it is, and is told.

    A file that cannot be read is set aside. OSError where the folder cannot be used.
    """
    return _Recovery(folder).result()


class _Recovery:
    def __init__(self, folder: Path) -> None:
        self._recovered = Recovered()
        self._acknowledged = self._lost = self._end = 0
        self._runs: list[tuple[int, int, int]] = []  # first number, number after the last, octets
        self._remembered: list[bytes] = []
        found = segments(folder)
        for segment, file in found.items():
            self._scan(segment, file, segment == max(found))

    def _scan(self, segment: int, file: Path, is_last: bool) -> None:
        octets, at = self._octets(file), 0
        if octets is None:
            return
        gaps: list[tuple[int, int]] = []  # where no record stands: first octet, octets
        self._recovered.first[segment] = self._end
        for found in frames(octets):
            if found.at != at:
                gaps.append((at, found.at - at))
            at = found.end
            self._take(segment, found)
        if at != len(octets):
            gaps.append((at, len(octets) - at))
            if is_last:
                with file.open("r+b") as stream:
                    stream.truncate(at)
        self._tell(file, gaps)

    def _octets(self, file: Path) -> bytes | None:
        """None where nothing can be read: what is called so is set aside, since no new segment can take its place."""
        try:
            octets = file.read_bytes() if file.is_file() else None
            reason = "it is no file"
        except OSError as error:
            octets, reason = None, str(error.strerror)
        if octets is None:
            aside = file.rename(file.with_suffix(f".{time_ns()}.unreadable"))
            self._recovered.damage.append(f"{file.name} cannot be read ({reason}), it is called {aside.name} now")
        elif not octets:
            file.unlink()
            self._recovered.damage.append(f"{file.name} is empty (unfinished or damaged)")
            return None
        return octets

    def _tell(self, file: Path, gaps: list[tuple[int, int]]) -> None:
        if gaps:
            octets, places = sum(size for _, size in gaps), f" in {len(gaps)} places" if len(gaps) > 1 else ""
            text = f"{file.name}: {octets} octets{places} from {gaps[0][0]} on are no record (unfinished or damaged)"
            self._recovered.damage.append(text)

    def _take(self, segment: int, found: Frame) -> None:
        if found.kind is Kind.BEGINNING:
            head = read_beginning(found)
            self._recovered.since_ns = head.since_ns
            self._recovered.first[segment] = found.first
            self._passed(head.acknowledged, head.lost)
        elif found.kind is Kind.STATE:
            self._passed(*read_state(found))
        elif found.kind in (Kind.EVENTS, Kind.DROPPED):
            self._take_numbers(found)
        if found.kind in _REMEMBERED:
            self._remember(found)

    def _passed(self, acknowledged: int, lost: int) -> None:
        self._acknowledged, self._lost = max(self._acknowledged, acknowledged), max(self._lost, lost)

    def _take_numbers(self, found: Frame) -> None:
        end = found.first + found.number
        if end <= self._end:
            return  # written twice
        octets = len(found.payload) if found.kind is Kind.EVENTS else 0
        self._runs.append((max(found.first, self._end), end, octets))
        self._end = end

    def _remember(self, found: Frame) -> None:
        """The newest state of every point: as the newest segment began, and what came after it."""
        if found.kind is Kind.LAST:
            self._remembered.clear()
        self._remembered.append(found.payload)

    def result(self) -> Recovered:
        end = max(self._end, self._acknowledged)
        begin = min(self._acknowledged, end)
        octets = sum(size for _, last, size in self._runs if last > begin)
        self._recovered.contents = Contents(begin, end, octets, self._lost)
        self._tell_missing(begin)
        for octets_of_one in self._remembered:
            self._read_last(octets_of_one)
        return self._recovered

    def _tell_missing(self, begin: int) -> None:
        gaps: list[tuple[int, int]] = []
        for first, last, _ in self._runs:
            if first > begin:
                gaps.append((begin, first))
            begin = max(begin, last)
        if gaps:
            events, places = sum(end - first for first, end in gaps), f", {len(gaps)} gaps" if len(gaps) > 1 else ""
            text = f"{events} events ({gaps[0][0]} to {gaps[-1][1] - 1}{places}) are missing"
            self._recovered.damage.append(text)

    def _read_last(self, payload: bytes) -> None:
        try:
            records = split(payload)
        except ValueError as error:
            self._recovered.damage.append(str(error))
            return
        self._recovered.last.update(zip(map(point_of, records), records, strict=True))
