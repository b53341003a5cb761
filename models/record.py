"""A disturbance record as a device gives it: any file (COMTRADE of IEC 60255-24, or whatever the device writes)."""

from __future__ import annotations

from dataclasses import dataclass

MOST_OCTETS = 100 * 1024 * 1024
"""What a driver may deliver; IEC 60870-5-104 ends at 16 MB, IEC 61850 has no such bound."""
MOST_NAME = 200


@dataclass(frozen=True, slots=True)
class Record:
    """name: how the device calls it, at most MOST_NAME characters; it never becomes the name of a file of ours.

    time_ns: when the device made it, UTC; None where it does not say.
    """

    name: str
    time_ns: int | None
    content: bytes
