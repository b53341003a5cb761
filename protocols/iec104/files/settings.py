"""What is agreed about file transfer on one link, in either role."""

from __future__ import annotations

import math
from collections.abc import Mapping
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


FETCHED = "fetched_files"
"""Not for people: what the driver told last time (Driver.resume_points)."""
FETCH_KEYS = ("fetch_files", "delete_files", "file_timeout_s", "largest_file", FETCHED)


def read_fetch(settings: Mapping[str, int | float | bool | str]) -> FetchSettings:
    """From the settings of a link. LocalProtocolError for a value that is none."""
    fetch = settings.get("fetch_files", Fetch.ANNOUNCED.value)
    delete, timeout_s = settings.get("delete_files", False), settings.get("file_timeout_s", 30.0)
    most = settings.get("largest_file", LARGEST_FILE)
    if fetch not in [each.value for each in Fetch]:
        choices = ", ".join(each.value for each in Fetch)
        raise LocalProtocolError(f"fetch_files = {fetch!r}: one of {choices} is allowed")
    if not isinstance(delete, bool):
        raise LocalProtocolError(f"delete_files = {delete!r}: true or false is allowed")
    if isinstance(timeout_s, bool | str) or not 0 < timeout_s < math.inf:
        raise LocalProtocolError(f"file_timeout_s = {timeout_s!r}: a number above 0 is allowed")
    if isinstance(most, bool) or not isinstance(most, int) or not 0 < most <= LARGEST_FILE:
        raise LocalProtocolError(f"largest_file = {most!r}: 1..{LARGEST_FILE} octets are allowed")
    return FetchSettings(Fetch(fetch), delete, float(timeout_s), most)
