"""One period's contributions at one place: who is in, who is refused and why, and what goes further."""

from __future__ import annotations

from collections.abc import Mapping

from models.errors import RemoteProtocolError
from models.privacy.cipher import check
from models.privacy.contribution import Contribution, Period
from models.privacy.sum_key import PublicSumKey, short


class Tally:
    """Takes contributions of one period under one key. Nobody's reading is in it twice, whoever sends it."""

    def __init__(self, period: Period, key: PublicSumKey) -> None:
        self.period, self.key = period, key
        self._of_sender: dict[str, Contribution] = {}
        self._sender_of: dict[str, str] = {}

    @property
    def participants(self) -> tuple[str, ...]:
        """Whose readings are in, rising."""
        return tuple(sorted(self._sender_of))

    @property
    def contributions(self) -> Mapping[str, Contribution]:
        """By sender."""
        return self._of_sender

    def take(self, sender: str, contribution: Contribution) -> bool:
        """False when exactly this one is in already (an answer was lost: nothing to do).

        RemoteProtocolError with the reason when it is not for this period and key, malformed, or doubled.
        """
        if contribution.period != self.period:
            raise RemoteProtocolError("the contribution is for another period")
        if contribution.key != self.key.fingerprint:
            text = f"the contribution is under key {short(contribution.key)}; the sums have key {self.key}"
            raise RemoteProtocolError(text)
        if sender in self._of_sender:
            if self._of_sender[sender] == contribution:
                return False
            raise RemoteProtocolError(f"{sender} has contributed to this period already, something else")
        if twice := next((name for name in contribution.participants if name in self._sender_of), None):
            raise RemoteProtocolError(f"the reading of {twice} is in already, from {self._sender_of[twice]}")
        check(self.key, contribution.cipher)
        self._of_sender[sender] = contribution
        self._sender_of.update(dict.fromkeys(contribution.participants, sender))
        return True
