"""Times of files: GeneralizedTime of a directory (ISO 8824), and the trigger of a COMTRADE record (IEC 60255-24).

What a device says without a zone is taken in the link's. A time that cannot be is none; none is never invented.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_GENERALIZED = re.compile(r"(\d{14})(?:[.,](\d{1,9}))?(Z|[+-]\d{2}(?:\d{2})?)?", re.ASCII)
_DATE = re.compile(r"\s*(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})\s*,\s*(\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?\s*", re.ASCII)
_TIME_CODE = re.compile(r"\s*([+-]?)(\d{1,2})(?:h(\d{1,2}))?\s*", re.ASCII)
_MOST_LINES = 5000
_OCTETS = 512 * 1024
_YEARS = range(1970, 2200)
_REVISION_OF_1991 = "1991"


def generalized_ns(text: str, zone: tzinfo) -> int | None:
    """UTC ns of a GeneralizedTime."""
    found = _GENERALIZED.fullmatch(text.strip())
    if found is None:
        return None
    try:
        naive = datetime.strptime(found[1], "%Y%m%d%H%M%S")
        return _ns(naive, found[2] or "", _offset(found[3], zone))
    except (ValueError, OverflowError):
        return None


def _offset(text: str | None, zone: tzinfo) -> tzinfo:
    if text is None:
        return zone
    if text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[3:5] or 0)))


def trigger_ns(configuration: bytes, zone: tzinfo) -> int | None:
    """UTC ns of the trigger in a COMTRADE configuration file (or a `.cff` that begins with one)."""
    lines = configuration[:_OCTETS].decode("latin-1").splitlines()[:_MOST_LINES]
    if lines and lines[0].startswith("---"):
        lines = lines[1:]
    if not lines:
        return None
    revision = (lines[0].split(",") + ["", ""])[2].strip() or _REVISION_OF_1991
    stamps = [number for number, line in enumerate(lines) if _DATE.fullmatch(line)]
    if len(stamps) < 2:
        return None
    trigger = stamps[1]
    try:
        return _stamp_ns(lines[trigger], revision, _time_code(lines[trigger + 1 :], zone))
    except (ValueError, OverflowError):
        return None


def _stamp_ns(line: str, revision: str, zone: tzinfo) -> int | None:
    found = _DATE.fullmatch(line)
    if found is None:
        return None
    first, second, year, *clock = found.groups()
    day, month = (second, first) if revision == _REVISION_OF_1991 else (first, second)
    full = int(year) + (0 if len(year) == 4 else 2000 if int(year) < 70 else 1900)
    hour, minute, second_of_minute = (int(part) for part in clock[:3])
    naive = datetime(full, int(month), int(day), hour, minute, second_of_minute)
    return _ns(naive, clock[3] or "", zone)


def _time_code(after: list[str], zone: tzinfo) -> tzinfo:
    """Edition 2013 says the zone of its time stamps two lines below the file type: `+1,+1`, `-5h30,x`, `0,0`."""
    if len(after) < 3:
        return zone
    found = _TIME_CODE.fullmatch(after[2].split(",")[0])
    if found is None:
        return zone
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(-offset if found[1] == "-" else offset)


def _ns(naive: datetime, fraction: str, zone: tzinfo) -> int | None:
    if naive.year not in _YEARS:
        return None
    seconds = round(naive.replace(tzinfo=zone).timestamp())
    return seconds * 1_000_000_000 + int(f"{fraction:0<9}"[:9])
