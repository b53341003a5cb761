"""A disturbance record that a device has finished."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """bay: where; time_ns: of the trigger, UTC; content: a COMTRADE file."""

    bay: str
    time_ns: int
    content: bytes
