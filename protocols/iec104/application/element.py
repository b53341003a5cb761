"""What an information element of a monitored object is: its octets and two pure functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from protocols.iec104.application.asdu import ElementValue

Reading = tuple[ElementValue, int]
"""Value and Quality bits."""

Fields = tuple[int | float, ...]
"""What struct packs."""


class Element(NamedTuple):
    """format: struct codes (little-endian, unpadded). read: raw fields -> (value, Quality bits). write: the reverse.

    Which information elements of IEC 60870-5-101 these are, says the table of types (AsduType.elements).
    """

    format: str
    read: Callable[..., Reading]
    write: Callable[[ElementValue, int], Fields]
