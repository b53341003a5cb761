"""Passwords as argon2id hashes (RFC 9106), computed in a thread, one at a time, with the same work for every name."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from models.errors import RingmainError
from substation.stakeholders.password_rules import MAX_OCTETS, fault_of, normal
from substation.stakeholders.settings import SecuritySettings

T = TypeVar("T")

MOST_WAITING = 16


class PasswordError(RingmainError):
    """A password that the rules refuse, or more logins at once than are worked on."""


class Passwords:
    """One per unit. Each hash takes the memory of the settings for as long as it is computed."""

    def __init__(self, settings: SecuritySettings) -> None:
        self._least_length = settings.password_length
        self._hasher = PasswordHasher(settings.argon2_passes, settings.argon2_memory_kib, settings.argon2_lanes)
        self._one = asyncio.Semaphore(1)
        self._waiting = 0
        self._nobody = ""

    def check(self, password: str, name: str) -> None:
        """PasswordError when the rules refuse it."""
        if fault := fault_of(password, name, self._least_length):
            raise PasswordError(fault)

    def hash_now(self, password: str, name: str) -> str:
        """PHC string; PasswordError when the rules refuse it. Blocks for some 100 ms."""
        self.check(password, name)
        return self._hasher.hash(normal(password))

    async def hash(self, password: str, name: str) -> str:
        """As hash_now, in a thread."""
        self.check(password, name)
        return await self._in_turn(self._hasher.hash, normal(password))

    async def hash_known(self, password: str) -> str:
        """Of a password that is in use already, whatever the rules of today say about it."""
        return await self._in_turn(self._hasher.hash, normal(password))

    async def fits(self, password: str, hashed: str) -> bool:
        """hashed: empty for a name without one: the work is the same, the answer is no."""
        return await self._in_turn(self._verify, hashed, normal(password))

    def outdated(self, hashed: str) -> bool:
        """Made with other costs than those of the settings."""
        return self._hasher.check_needs_rehash(hashed)

    async def _in_turn(self, work: Callable[..., T], *given: str) -> T:
        if self._waiting >= MOST_WAITING:
            raise PasswordError("too many logins at once; try again")
        self._waiting += 1
        try:
            async with self._one:
                return await asyncio.to_thread(work, *given)
        finally:
            self._waiting -= 1

    def _verify(self, hashed: str, password: str) -> bool:
        if not self._nobody:
            self._nobody = self._hasher.hash(secrets.token_hex(16))
        if len(password.encode(errors="replace")) > MAX_OCTETS:
            password, hashed = "", ""
        try:
            return self._hasher.verify(hashed or self._nobody, password) and bool(hashed)
        except (Argon2Error, InvalidHashError):
            return False
