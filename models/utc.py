"""Times in documents: integer nanoseconds UTC as xsd:dateTime with nine decimals, without loss in both directions."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_SECOND_NS = 1_000_000_000
_PATTERN = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z")


def to_text(time_ns: int) -> str:
    """`2026-11-20T09:56:30.000000001Z`."""
    seconds, fraction_ns = divmod(time_ns, _SECOND_NS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction_ns:09d}Z"


def from_text(text: str) -> int:
    """The inverse; ValueError when the text is no UTC time of this form."""
    found = _PATTERN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"'{text}' is no UTC time: YYYY-MM-DDThh:mm:ss[.fraction]Z is expected")
    whole = datetime.strptime(found[1] + "+0000", "%Y-%m-%dT%H:%M:%S%z")
    return int(whole.timestamp()) * _SECOND_NS + int((found[2] or "").ljust(9, "0"))
