"""Events that a full buffer has dropped: told to people at once, then in totals; to control centres by a point."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from models.driver import Clock
from protocols.iec104.controlled_station.group import Group
from protocols.iec104.controlled_station.image import Update
from protocols.iec104.controlled_station.points import OutstationPoint
from protocols.iec104.controlled_station.settings import GroupSettings

ANNOUNCED_NS = 60_000_000_000
_OVERFLOW_TYPE = 30


@dataclass(slots=True)
class _Account:
    """told: losses that people know of. is_full: what the overflow point says."""

    group: Group
    seen: int
    told: int
    told_at_ns: int | None = None
    is_full: bool = False


def overflow_points(groups: Iterable[GroupSettings]) -> list[OutstationPoint]:
    """A single point of each group that has one: true from the first loss until all that was kept is acknowledged."""
    return [OutstationPoint(*settings.overflow, _OVERFLOW_TYPE) for settings in groups if settings.overflow is not None]


class Losses:
    def __init__(self, groups: Iterable[Group], clock: Clock) -> None:
        self._clock = clock
        self._accounts = [_Account(group, group.lost, group.lost) for group in groups]
        self.are_due = False  # events were lost, and not all that is to be said of it has been said
        for account in self._accounts:
            for queue in account.group.queues:
                queue.on_loss = self._fall_due

    def _fall_due(self) -> None:
        self.are_due = True

    def changed(self) -> list[Update]:
        """What the overflow points say now, where it has changed."""
        updates: list[Update] = []
        for account in self._accounts:
            lost = account.group.lost
            is_full = lost > account.seen or (account.is_full and len(account.group) > 0)
            account.seen = lost
            overflow = account.group.settings.overflow
            if is_full is not account.is_full and overflow is not None:
                updates.append((*overflow, is_full, 0, self._clock()))
            account.is_full = is_full
        return updates

    def texts(self) -> list[str]:
        """Lines that are due: the first loss at once, further ones as a total once a minute."""
        found = []
        for account in self._accounts:
            lost = account.group.lost
            if lost == account.told or not self._is_due(account):
                continue
            group = account.group
            found.append(
                f"event buffer of control centre {group.name} has lost {lost - account.told} events, {lost} in all: "
                f"it keeps {group.settings.events} events or {group.settings.event_octets // 1_000_000} MB of a class; "
                "see to the connection, the disk, or [control_centre.buffer]"
            )
            account.told, account.told_at_ns = lost, self._clock()
        self.are_due = any(account.is_full or account.told < account.group.lost for account in self._accounts)
        return found

    def _is_due(self, account: _Account) -> bool:
        return account.told_at_ns is None or not 0 <= self._clock() - account.told_at_ns < ANNOUNCED_NS
