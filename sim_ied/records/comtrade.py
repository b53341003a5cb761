"""A disturbance record as one file of IEC 60255-24:2013 / IEEE C37.111-2013 (COMTRADE, `.cff`), data in binary.

Sections CFG, INF, HDR and DAT BINARY follow one another; lines end with CR LF, samples are little-endian: number and
time stamp in 32 bits, each analogue channel in 16, the status channels as words of 16 bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_FULL_SCALE = 32767
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Analogue:
    """A channel of measured values. samples: primary values in `unit`."""

    name: str
    phase: str
    circuit: str
    unit: str
    samples: Floats


@dataclass(frozen=True, slots=True)
class Status:
    """A channel of one bit."""

    name: str
    circuit: str
    samples: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Recording:
    """All channels have the same number of samples, taken at rate_hz from start_ns (UTC) on. header: free text."""

    station: str
    device: str
    frequency_hz: float
    rate_hz: float
    start_ns: int
    trigger_ns: int
    analogues: Sequence[Analogue]
    statuses: Sequence[Status]
    header: str


def write(recording: Recording) -> bytes:
    """The file's octets. Names have no commas: the format knows no quotes."""
    scales = [_scale(channel.samples) for channel in recording.analogues]
    data = _data(recording, scales)
    parts = (
        b"--- file type: CFG ---\r\n",
        _lines(_configuration(recording, scales)),
        b"--- file type: INF ---\r\n",
        b"--- file type: HDR ---\r\n",
        _lines(recording.header.splitlines()),
        f"--- file type: DAT BINARY: {len(data)} ---\r\n".encode(),
        data,
    )
    return b"".join(parts)


def _configuration(recording: Recording, scales: Sequence[float]) -> list[str]:
    analogues, statuses = recording.analogues, recording.statuses
    count = len(analogues[0].samples)
    return [
        f"{_plain(recording.station)},{_plain(recording.device)},2013",
        f"{len(analogues) + len(statuses)},{len(analogues)}A,{len(statuses)}D",
        *(_analogue(number, *pair) for number, pair in enumerate(zip(analogues, scales, strict=True), 1)),
        *(f"{number},{_plain(each.name)},,{_plain(each.circuit)},0" for number, each in enumerate(statuses, 1)),
        f"{recording.frequency_hz:g}",
        "1",
        f"{recording.rate_hz:g},{count}",
        _time(recording.start_ns),
        _time(recording.trigger_ns),
        "BINARY",
        "1",
        "0,0",  # time code and local code: UTC
        "0,3",  # the clock is locked; leap seconds are not looked at
    ]


def _analogue(number: int, channel: Analogue, scale: float) -> str:
    names = f"{number},{_plain(channel.name)},{channel.phase},{_plain(channel.circuit)},{channel.unit}"
    return f"{names},{scale:.9g},0,0,{-_FULL_SCALE},{_FULL_SCALE},1,1,P"


def _data(recording: Recording, scales: Sequence[float]) -> bytes:
    count = len(recording.analogues[0].samples)
    words = -(-len(recording.statuses) // 16)
    layout = [("number", "<u4"), ("time", "<u4"), ("analogue", "<i2", (len(scales),)), ("status", "<u2", (words,))]
    rows = np.zeros(count, layout)
    rows["number"] = np.arange(1, count + 1)
    rows["time"] = np.round(np.arange(count) * 1e6 / recording.rate_hz)
    for number, (channel, scale) in enumerate(zip(recording.analogues, scales, strict=True)):
        rows["analogue"][:, number] = np.round(channel.samples / scale)
    for number, status in enumerate(recording.statuses):
        rows["status"][:, number // 16] |= status.samples.astype(np.uint16) << (number % 16)
    return rows.tobytes()


def _scale(samples: Floats) -> float:
    """Primary units per count, as the configuration will say it."""
    most = float(np.max(np.abs(samples), initial=0.0))
    return float(f"{max(most, 1.0) * 1.0001 / _FULL_SCALE:.9g}")


def _time(time_ns: int) -> str:
    return (_EPOCH + timedelta(microseconds=time_ns // 1000)).strftime("%d/%m/%Y,%H:%M:%S.%f")


def _plain(name: str) -> str:
    return name.replace(",", " ")


def _lines(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode()
