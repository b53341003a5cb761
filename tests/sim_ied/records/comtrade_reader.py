"""A strict reader of COMTRADE in one file (IEC 60255-24:2013, `.cff`, data in binary), apart from our own writer."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime


class NoComtradeError(Exception):
    """What is wrong with the file."""


@dataclass
class Channel:
    name: str
    phase: str
    circuit: str
    unit: str
    values: list[float] = field(default_factory=list)


@dataclass
class Comtrade:
    station: str
    device: str
    frequency_hz: float
    rate_hz: float
    start: datetime
    trigger: datetime
    analogues: list[Channel]
    statuses: list[Channel]
    header: str
    times_us: list[int] = field(default_factory=list)


_SECTION = re.compile(rb"--- file type: (CFG|INF|HDR|DAT BINARY: (\d+)) ---\r\n")


def read(content: bytes) -> Comtrade:
    """NoComtradeError for whatever the standard does not allow, to the last octet."""
    sections: dict[str, bytes] = {}
    at = 0
    while at < len(content):
        match = _SECTION.match(content, at)
        if match is None:
            raise NoComtradeError(f"no section at octet {at}")
        start = match.end()
        if match.group(2) is not None:
            end = start + int(match.group(2))
            sections["DAT"] = content[start:end]
            if len(sections["DAT"]) != int(match.group(2)):
                raise NoComtradeError("data are cut off")
        else:
            following = _SECTION.search(content, start)
            end = following.start() if following is not None else len(content)
            sections[match.group(1).decode()] = content[start:end]
        at = end
    if list(sections) != ["CFG", "INF", "HDR", "DAT"]:
        raise NoComtradeError(f"sections {list(sections)}")
    made, scales, count = _configuration(sections["CFG"].decode("utf-8"))
    made.header = sections["HDR"].decode("utf-8")
    _data(made, scales, count, sections["DAT"])
    return made


def _configuration(text: str) -> tuple[Comtrade, list[tuple[float, float, int, int]], int]:
    if not text.endswith("\r\n") or "\n" in text.replace("\r\n", ""):
        raise NoComtradeError("lines end with CR LF")
    lines = iter(text.split("\r\n")[:-1])
    station, device, year = _fields(next(lines), 3)
    if year != "2013":
        raise NoComtradeError(f"revision {year}")
    total, analogue, status = _fields(next(lines), 3)
    if not analogue.endswith("A") or not status.endswith("D"):
        raise NoComtradeError("numbers of channels")
    counts = int(analogue[:-1]), int(status[:-1])
    if int(total) != sum(counts):
        raise NoComtradeError("total of channels")
    analogues, scales = [], []
    for number in range(1, counts[0] + 1):
        index, name, phase, circuit, unit, a, b, skew, low, high, primary, secondary, side = _fields(next(lines), 13)
        if int(index) != number or side not in ("P", "S") or float(skew) != 0 or float(primary) != float(secondary):
            raise NoComtradeError(f"analogue channel {number}")
        analogues.append(Channel(name, phase, circuit, unit))
        scales.append((float(a), float(b), int(low), int(high)))
    statuses = []
    for number in range(1, counts[1] + 1):
        index, name, phase, circuit, normal = _fields(next(lines), 5)
        if int(index) != number or normal not in ("0", "1"):
            raise NoComtradeError(f"status channel {number}")
        statuses.append(Channel(name, phase, circuit, ""))
    frequency_hz = float(next(lines))
    if next(lines) != "1":
        raise NoComtradeError("one sampling rate is expected")
    rate, last = _fields(next(lines), 2)
    start, trigger = _time(next(lines)), _time(next(lines))
    rest = list(lines)
    if rest[:2] != ["BINARY", "1"] or rest[2:] != ["0,0", "0,3"]:
        raise NoComtradeError(f"end of the configuration: {rest}")
    made = Comtrade(station, device, frequency_hz, float(rate), start, trigger, analogues, statuses, "")
    return made, scales, int(last)


def _fields(line: str, count: int) -> list[str]:
    fields = line.split(",")
    if len(fields) != count:
        raise NoComtradeError(f"{len(fields)} fields instead of {count}: {line}")
    return fields


def _time(line: str) -> datetime:
    return datetime.strptime(line, "%d/%m/%Y,%H:%M:%S.%f").replace(tzinfo=UTC)


def _data(made: Comtrade, scales: list[tuple[float, float, int, int]], count: int, octets: bytes) -> None:
    words = -(-len(made.statuses) // 16)
    row = struct.Struct(f"<II{len(scales)}h{words}H")
    if len(octets) != row.size * count:
        raise NoComtradeError(f"{len(octets)} octets of data instead of {row.size * count}")
    for number, (index, time_us, *samples) in enumerate(row.iter_unpack(octets), 1):
        if index != number:
            raise NoComtradeError(f"sample {index} instead of {number}")
        made.times_us.append(time_us)
        for channel, (a, b, low, high), raw in zip(made.analogues, scales, samples, strict=False):
            if not low <= raw <= high:
                raise NoComtradeError(f"sample {number} of {channel.name}: {raw}")
            channel.values.append(a * raw + b)
        for position, channel in enumerate(made.statuses):
            channel.values.append(samples[len(scales) + position // 16] >> position % 16 & 1)
