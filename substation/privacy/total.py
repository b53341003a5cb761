"""What becomes of a period's contributions that are all in: added and passed on, or, at the key holder, decrypted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from sqlalchemy import Connection

from models.driver import Clock
from models.privacy.announcement import SHORTEST_S
from models.privacy.contribution import Contribution
from models.privacy.sum_key import PrivateSumKey
from models.privacy.tally import Tally
from protocols.arithmetic.pool import Arithmetic
from substation.privacy.ledger import Ledger, Total, closing

Upward = Callable[[Contribution, Callable[[Connection], None]], Awaitable[None]]
"""Give a sum to the unit above; it is on our disk, together with what the second argument writes, when it returns."""


class Outcome(Protocol):
    """RemoteProtocolError, AlgorithmError: there is no sum. ArithmeticFailedError, StorageError: try again."""

    def ready(self) -> bool:
        """Whether another sum may be made now."""

    async def make(self, tally: Tally) -> Contribution | Total:
        """The period is over on the disk when it returns."""


class PassedOn:
    """At an aggregator: the encrypted sum, to the unit above."""

    def __init__(self, arithmetic: Arithmetic, upward: Upward, clock: Clock) -> None:
        self._arithmetic, self._upward, self._clock = arithmetic, upward, clock

    def ready(self) -> bool:
        return True

    async def make(self, tally: Tally) -> Contribution:
        total = await added(self._arithmetic, tally)
        await self._upward(total, closing(total.period, self._clock()))
        return total


class Decrypted:
    """At the key holder: one decryption for each period, of the whole sum alone, and at most one a minute."""

    def __init__(self, arithmetic: Arithmetic, key: PrivateSumKey, ledger: Ledger, clock: Clock) -> None:
        self._arithmetic, self._key, self._ledger, self._clock = arithmetic, key, ledger, clock
        self._not_before_ns = 0

    def ready(self) -> bool:
        return self._clock() >= self._not_before_ns

    async def make(self, tally: Tally) -> Total:
        self._not_before_ns = self._clock() + SHORTEST_S * 10**9
        whole = await added(self._arithmetic, tally)
        energy_wh = await self._arithmetic.decrypt(self._key, whole.cipher, len(whole.participants))
        total = Total(whole.period, energy_wh, whole.participants)
        await self._ledger.total(total, self._clock())
        return total


async def added(arithmetic: Arithmetic, tally: Tally) -> Contribution:
    """All contributions of a period in one."""
    cipher = await arithmetic.add(tally.key, [part.cipher for part in tally.contributions.values()])
    return Contribution(tally.period, tally.key.fingerprint, tally.participants, cipher)
