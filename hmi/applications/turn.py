"""How each application goes on, as the unit's status tells it: mode, last decision, and why there is none since."""

from __future__ import annotations

from dataclasses import dataclass

from hmi.applications.told import Told
from hmi.words import duration_text, time_text

LATE_PERIODS = 3
LEAST_LATE_S = 30.0
"""A decision that is older than so many periods, and than this, is told as stale."""


@dataclass(frozen=True, slots=True)
class Turn:
    """evaluated_ns: of the image of the last decision (UTC), 0: none yet. trouble: why there is none since, else ''."""

    mode: str = ""
    evaluated_ns: int = 0
    took_s: float = 0.0
    period_s: float = 0.0
    trouble: str = ""

    @property
    def is_off(self) -> bool:
        return self.mode == "off"

    def is_stale(self, now_ns: int) -> bool:
        late_s = max(LATE_PERIODS * self.period_s, LEAST_LATE_S)
        return not self.is_off and self.evaluated_ns > 0 and now_ns - self.evaluated_ns > late_s * 1e9

    def words(self, now_ns: int) -> tuple[str, bool]:
        """In one line, and whether it is abnormal."""
        if self.is_off:
            return "", False
        if not self.evaluated_ns:
            return (f"NO DECISION YET: {self.trouble}", True) if self.trouble else ("no decision yet", False)
        age = duration_text(now_ns - self.evaluated_ns)
        if self.trouble:
            return f"NO DECISION since {time_text(self.evaluated_ns)} UTC ({age}): {self.trouble}", True
        if self.is_stale(now_ns):
            return f"STALE: decided {age} ago, expected every {_seconds(self.period_s)}; see the event list", True
        decided = f"decided {time_text(self.evaluated_ns).partition('.')[0]} UTC, {age} ago"
        return f"{decided}; every {_seconds(self.period_s)}; took {_seconds(self.took_s)}", False


def turns_from(value: object) -> dict[str, Turn]:
    """By application; empty where an older unit tells none."""
    return {
        name: Turn(
            each.text("mode"),
            each.whole("evaluated_ns") or 0,
            each.number("took_s") or 0.0,
            each.number("period_s") or 0.0,
            each.text("trouble"),
        )
        for name, each in Told({"applications": value}).named("applications").items()
    }


def _seconds(seconds: float) -> str:
    return duration_text(round(seconds * 1e9)) if seconds >= 1 else f"{seconds * 1e3:.0f} ms"
