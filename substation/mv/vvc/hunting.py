"""Watches each regulator: its steps, whether it follows; locks what hunts until a person releases it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from models.alarm import Category, Event, Severity
from substation.image import ProcessImage
from substation.mv.vvc.regulators import Regulator
from substation.mv.vvc.settings import VvcSettings
from substation.mv.vvc.state import HOUR_NS, Watched

SAME_V = 1.0
"""Set-points that differ by less are the same: a float's way over the wire."""
_NEAR_TAPS = 1
"""The regulator's own band may end it one tap before."""


def reversals(directions: Sequence[int]) -> int:
    """How often the direction has changed."""
    return sum(one != other for one, other in zip(directions, directions[1:], strict=False))


@dataclass(slots=True)
class Watch:
    """One look at all of them; `events` gathers what people have to know."""

    image: ProcessImage
    settings: VvcSettings
    released: Mapping[str, int]
    events: list[Event] = field(default_factory=list)

    def look(self, regulator: Regulator, before: Watched) -> Watched:
        """What is remembered of it now."""
        since_ns = self.image.time_ns - HOUR_NS
        now = replace(
            before,
            tap=before.tap if regulator.tap is None else regulator.tap,
            steps=tuple(each for each in (*before.steps, *self._stepped(regulator, before)) if each[0] > since_ns),
            commands_ns=tuple(each for each in before.commands_ns if each > since_ns),
        )
        return self._judged(self._followed(regulator, self._unlocked(now)))

    def _stepped(self, regulator: Regulator, before: Watched) -> tuple[tuple[int, int], ...]:
        if regulator.tap is None or before.tap is None:
            return ()
        moved = regulator.tap - before.tap
        return ((self.image.time_ns, 1 if moved > 0 else -1),) * abs(moved)

    def _unlocked(self, watched: Watched) -> Watched:
        """What was counted before a person has looked at it counts no longer."""
        if not watched.locked or self.released.get(watched.id, 0) <= watched.locked_ns:
            return watched
        self.tell(watched.id, Severity.INFORMATION, f"voltage control goes on: released (was: {watched.locked})")
        return replace(watched, locked="", locked_ns=0, steps=(), commands_ns=(), followed=True)

    def _followed(self, regulator: Regulator, watched: Watched) -> Watched:
        if watched.followed or regulator.tap is None or regulator.set_point_v is None:
            return watched
        if abs(regulator.set_point_v - watched.sent_v) > SAME_V:
            return replace(watched, followed=True)  # refused, or somebody has set another one
        apart = abs(regulator.tap - watched.expected_tap)
        if apart <= _NEAR_TAPS:
            return replace(watched, followed=True)
        if self.image.time_ns - watched.sent_ns <= self.settings.follow_s * 1e9:
            return watched
        place = f"tap {regulator.tap}, {watched.expected_tap} was expected"
        return self._lock(watched, f"its regulator does not follow the set-point of {watched.sent_v:.0f} V: {place}")

    def _judged(self, watched: Watched) -> Watched:
        directions = [direction for _, direction in watched.steps]
        turns = reversals(directions)
        if watched.locked:
            return watched
        if watched.id in self.image.unmoved:
            return self._lock(watched, f"its last step was not carried out: {self.image.unmoved[watched.id]}")
        if turns >= self.settings.reversals_per_hour:
            return self._lock(watched, f"hunting: {turns} changes of direction within an hour")
        if len(directions) > self.settings.steps_per_hour:
            return self._lock(watched, f"hunting: {len(directions)} tap steps within an hour")
        return watched

    def _lock(self, watched: Watched, why: str) -> Watched:
        self.tell(watched.id, Severity.HIGH, f"voltage control is locked: {why}; release it with VVC.Release")
        return replace(watched, locked=why, locked_ns=self.image.time_ns, followed=True)

    def tell(self, location: str, severity: Severity, text: str) -> None:
        now_ns = self.image.time_ns
        self.events.append(Event(now_ns, now_ns, Category.AUTOMATION, severity, location, text))
