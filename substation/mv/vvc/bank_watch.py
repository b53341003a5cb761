"""Watches each capacitor bank: what it switched within a day; locks one that does not move, or hunts."""

from __future__ import annotations

from dataclasses import replace

from models.alarm import Severity
from substation.mv.vvc.banks import BankNow
from substation.mv.vvc.hunting import Watch, reversals
from substation.mv.vvc.state import DAY_NS, HOUR_NS, WatchedBank


def look_at_bank(watch: Watch, now: BankNow, before: WatchedBank) -> WatchedBank:
    """What is remembered of it now; `watch` gathers what people have to know."""
    now_ns = watch.image.time_ns
    stepped: tuple[tuple[int, int], ...] = ()
    if now.steps is not None and before.steps is not None and now.steps != before.steps:
        stepped = ((now_ns, 1 if now.steps > before.steps else -1),) * abs(now.steps - before.steps)
    kept = replace(
        before,
        steps=before.steps if now.steps is None else now.steps,
        switchings=tuple(each for each in (*before.switchings, *stepped) if each[0] > now_ns - DAY_NS),
    )
    return _judged(watch, _unlocked(watch, kept))


def _unlocked(watch: Watch, bank: WatchedBank) -> WatchedBank:
    if not bank.locked or watch.released.get(bank.id, 0) <= bank.locked_ns:
        return bank
    watch.tell(bank.id, Severity.INFORMATION, f"voltage control goes on: released (was: {bank.locked})")
    return replace(bank, locked="", locked_ns=0)


def _judged(watch: Watch, bank: WatchedBank) -> WatchedBank:
    if bank.locked:
        return bank
    if bank.id in watch.image.unmoved:
        return _lock(watch, bank, f"its last step was not carried out: {watch.image.unmoved[bank.id]}")
    since_ns = max(watch.image.time_ns - HOUR_NS, watch.released.get(bank.id, 0))
    turns = reversals([direction for at_ns, direction in bank.switchings if at_ns > since_ns])
    if turns >= watch.settings.reversals_per_hour:
        return _lock(watch, bank, f"hunting: {turns} changes of direction within an hour")
    return bank


def _lock(watch: Watch, bank: WatchedBank, why: str) -> WatchedBank:
    watch.tell(bank.id, Severity.HIGH, f"voltage control is locked: {why}; release it with VVC.Release")
    return replace(bank, locked=why, locked_ns=watch.image.time_ns)
