"""A calendar month in UTC, its indices, and how they are told: as plain data and as lines for people."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from models.errors import AlgorithmError
from substation.application import Plain
from substation.reliability.indices import Indices, Period, indices
from substation.reliability.interruption import UNPLANNED, Cause, Interruption

KINDS: dict[str, Collection[Cause]] = {"unplanned": UNPLANNED, "planned": (Cause.PLANNED,), "all": tuple(Cause)}
_MONTH = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """`2026-11`; in UTC."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """AlgorithmError when it is no month."""
        found = _MONTH.fullmatch(text)
        if found is None or not 1 <= int(found[2]) <= 12 or not 1970 <= int(found[1]) <= 2200:
            raise AlgorithmError(f"'{text}' is no month; write one as 2026-11")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, time_ns: int) -> Month:
        moment = datetime.fromtimestamp(time_ns // 10**9, UTC)
        return cls(moment.year, moment.month)

    @property
    def before(self) -> Month:
        return Month(self.year - 1, 12) if self.month == 1 else Month(self.year, self.month - 1)

    @property
    def after(self) -> Month:
        return Month(self.year + 1, 1) if self.month == 12 else Month(self.year, self.month + 1)

    def period(self, now_ns: int) -> Period:
        """The whole month, or what has passed of it. AlgorithmError for one that has not begun."""
        start_ns = self.first_ns
        if now_ns <= start_ns:
            raise AlgorithmError(f"{self} has not begun; ask for an earlier month")
        return Period(start_ns, min(self.after.first_ns, now_ns))

    @property
    def first_ns(self) -> int:
        """Its first moment, UTC ns."""
        return round(datetime(self.year, self.month, 1, tzinfo=UTC).timestamp()) * 10**9

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02d}"


def by_kind(events: Sequence[Interruption], served: int, period: Period, short_s: float) -> dict[str, Indices]:
    """Indices of unplanned and of planned interruptions, and of all. AlgorithmError when nobody is served."""
    return {kind: indices(events, served, period, causes, short_s) for kind, causes in KINDS.items()}


def plain_indices(found: Indices) -> dict[str, Plain]:
    """With their units in the names; energy in kWh."""
    return {
        "interruptions": found.interruptions,
        "customer_interruptions": found.sustained,
        "momentary_customer_interruptions": found.momentary,
        "customer_minutes": found.customer_seconds / 60.0,
        "saifi": found.saifi,
        "saidi_min": found.saidi_min,
        "caidi_min": found.caidi_min,
        "maifi": found.maifi,
        "asai": found.asai,
        "energy_not_supplied_kwh": found.energy_wh / 1e3,
    }
