"""Types within types multiply: a few lines of a file can describe more attributes than there is memory for."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

MOST = 20_000
"""Attributes of a data object, with all that its types hold; the reader of a unit refuses as many."""
_LEVELS = 30
"""Deeper than any device; the builder follows types by recursion."""


class TypeSizes:
    """How many attributes each DOType and DAType makes, counted once per type and never beyond MOST."""

    def __init__(self, root: ET.Element) -> None:
        self._types = {(_kind(each), each.get("id", "")): each for each in root.iter() if _kind(each) in _HOLDERS}
        self._known: dict[tuple[str, str], int] = {}

    def cut(self) -> Iterator[str]:
        """Takes out what makes a data object too large, in words."""
        for (kind, name), holder in self._types.items():
            for each in list(holder):
                if self.of(each) > MOST:
                    holder.remove(each)
                    yield (
                        f"{kind} '{name}': '{each.get('name')}' left out: it has more than {MOST} attributes or"
                        f" {_LEVELS} levels, types within types"
                    )

    def of(self, element: ET.Element, level: int = 0) -> int:
        """Of a DA, BDA or SDO with its array; above MOST where it has more, no end, or too many levels."""
        elements = int(element.get("count", "")) if element.get("count", "").isdecimal() else 1
        return max(elements, 1) * self._of_type((_MEMBERS.get(_kind(element), ""), element.get("type", "")), level)

    def _of_type(self, key: tuple[str, str], level: int) -> int:
        holder = self._types.get(key)
        if holder is None:
            return 1
        if level > _LEVELS:
            return MOST + 1
        if key not in self._known:
            self._known[key] = MOST + 1  # of one that contains itself
            total = sum(self.of(each, level + 1) for each in holder)
            self._known[key] = min(total, MOST + 1)
        return self._known[key]


_HOLDERS = ("DOType", "DAType")
_MEMBERS = {"DA": "DAType", "BDA": "DAType", "SDO": "DOType"}


def _kind(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]
