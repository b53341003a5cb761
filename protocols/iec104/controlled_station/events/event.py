"""One change as it will be sent spontaneously."""

from __future__ import annotations

from typing import NamedTuple

from models.quality import Quality
from protocols.iec104.application.asdu import ElementValue
from protocols.iec104.application.cause import Cause

_TEST = int(Quality.TEST)


class Event(NamedTuple):
    """cause: 3 spontaneous, 11 or 12 return information of a remote or local command, 1 periodic, 2 background scan.

    quality: bits of models.quality.Quality. time_ns: UTC, None where the value has no time of its own.
    """

    type_id: int
    common_address: int
    object_address: int
    value: ElementValue
    quality: int
    time_ns: int | None
    cause: int = int(Cause.SPONTANEOUS)

    @property
    def is_test(self) -> bool:
        return bool(self.quality & _TEST)
