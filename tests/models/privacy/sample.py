"""Sum keys of the tests: made once per run, since primes of 1536 bit take a moment."""

from __future__ import annotations

from functools import lru_cache

from models.privacy.cipher import encrypt, noise
from models.privacy.contribution import Contribution, Period
from models.privacy.sum_key import PrivateSumKey

MINUTE = 60 * 10**9
PERIOD = Period(28_000_000 * MINUTE, MINUTE)


def sum_key(number: int = 0) -> PrivateSumKey:
    """Another pair for each number."""
    return _made(number)


@lru_cache
def _made(_number: int) -> PrivateSumKey:
    return PrivateSumKey.generate()


@lru_cache
def reading(energy_wh: int, meter: str, number: int = 0) -> Contribution:
    """One meter's contribution to PERIOD under `sum_key(number)`."""
    key = sum_key(number).public
    return Contribution(PERIOD, key.fingerprint, (meter,), encrypt(key, energy_wh, noise(key)))
