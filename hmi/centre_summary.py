"""Control centres in one line for the banner: who is away for too long, who lost events that nobody has seen yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from hmi.reports import CentreHealth
from hmi.words import duration_text, moment_text

LONGEST = 40
"""Characters; the tip has everything."""


class SeenLosses:
    """What this window's operator has marked as seen. Losses of before the unit's start are no news."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def unseen(self, centre: CentreHealth) -> int:
        """Events that were lost and not marked as seen."""
        return max(0, centre.lost - self._seen.setdefault(centre.name, centre.lost if centre.lost_ns == 0 else 0))

    def mark(self, centres: Collection[CentreHealth]) -> None:
        self._seen.update((centre.name, centre.lost) for centre in centres)


def in_one_line(centres: Mapping[str, CentreHealth], losses: SeenLosses, now_ns: int) -> tuple[str, str]:
    """Words and their tone."""
    late = sorted((each for each in centres.values() if each.late), key=lambda each: each.since_ns)
    lost = [each for each in centres.values() if losses.unseen(each)]
    up = sum(each.up for each in centres.values())
    parts = [_late(late, len(centres), now_ns)] if late else []
    if lost:
        parts.append(
            f"{lost[0].name} lost {losses.unseen(lost[0]):,}" if len(lost) == 1 else f"{len(lost)} lost events"
        )
    if parts:
        return _shortened(", ".join(parts)), "alarm"
    return f"centres: {up} of {len(centres)} up", "muted" if up == len(centres) else "title"


def _late(late: list[CentreHealth], count: int, now_ns: int) -> str:
    away = duration_text(now_ns - late[0].since_ns)
    return f"{late[0].name} away {away}" if len(late) == 1 else f"{len(late)} of {count} centres away, {away}"


def in_detail(centres: Mapping[str, CentreHealth], now_ns: int) -> str:
    """One line each, for a tip."""
    return "\n".join(
        f"{each.name}: {each.state} for {duration_text(now_ns - each.since_ns)}, {each.waiting:,} events wait"
        + lost_words(each)
        for each in sorted(centres.values(), key=lambda each: (not each.late, each.up, each.name))
    )


def lost_words(centre: CentreHealth) -> str:
    """`, 12 lost, the last 2026-11-20 09:56:30`; '' where none is."""
    if not centre.lost:
        return ""
    last = f"the last {moment_text(centre.lost_ns)}" if centre.lost_ns else "all before the unit's last start"
    return f", {centre.lost:,} lost, {last}"


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
