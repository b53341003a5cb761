"""What is agreed about file transfer on one link, in either role."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from models.errors import LocalProtocolError
from protocols.iec104.files.units import LARGEST_FILE, LONGEST_SEGMENT


@dataclass(frozen=True, slots=True)
class OfferSettings:
    """Controlled station. section: octets of a section; segment: of a segment; timeout_s: without any progress."""

    section: int = 65_536
    segment: int = LONGEST_SEGMENT
    timeout_s: float = 30.0

    def __post_init__(self) -> None:
        if not (1 <= self.segment <= LONGEST_SEGMENT and self.segment <= self.section <= LARGEST_FILE):
            raise LocalProtocolError(
                f"section of {self.section}, segment of {self.segment} octets: a segment has 1..{LONGEST_SEGMENT}, "
                f"a section at most {LARGEST_FILE}"
            )
        if not self.timeout_s > 0:
            raise LocalProtocolError(f"time-out of file transfer {self.timeout_s} s: give a number above 0")


class Fetch(Enum):
    """Which files of a device are fetched."""

    NEVER = "never"
    ANNOUNCED = "announced"  # what the device announces by itself
    ALL = "all"  # its directory is read after every start, too


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """Controlling station. delete: files are deleted in the device once they are stored here.

    timeout_s: without any progress; most_octets: larger files are left where they are.
    """

    fetch: Fetch = Fetch.ANNOUNCED
    delete: bool = False
    timeout_s: float = 30.0
    most_octets: int = LARGEST_FILE
