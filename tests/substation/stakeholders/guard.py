"""A register, a gatekeeper with cheap passwords, and clocks that a test moves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from models.wire.keys import SigningKey
from models.wire.server_session import LoggedIn
from substation.exchange.access import Role
from substation.exchange.gatekeeper import Peer
from substation.stakeholders.gatekeeper import Certifier, RegisterGatekeeper
from substation.stakeholders.register import StakeholderRegister
from substation.stakeholders.settings import SecuritySettings

START_NS = 1_795_000_000_000_000_000
CHEAP = SecuritySettings(argon2_memory_kib=64, argon2_passes=1, argon2_lanes=1)
"""Hashes of less than a millisecond; unit.toml does not allow them."""
GOOD = "correct horse battery"
OLGA, FRESH = SigningKey.from_seed(bytes([21]) * 32), SigningKey.from_seed(bytes([22]) * 32)
NEAR = Peer("127.0.0.1:50000", encrypted=False, local=True)
FAR = Peer("192.0.2.7:50000", encrypted=False, local=False)
TLS = replace(FAR, encrypted=True)


@dataclass
class Clocks:
    now_ns: int = START_NS
    timer_s: float = 0.0

    def clock(self) -> int:
        return self.now_ns

    def timer(self) -> float:
        return self.timer_s

    def wait(self, duration_s: float) -> None:
        self.timer_s += duration_s
        self.now_ns += int(duration_s * 1e9)


class Guard:
    """Olga is enrolled with a key and, on request, with a password."""

    def __init__(
        self,
        data: Path,
        settings: SecuritySettings = CHEAP,
        certifier: Certifier | None = None,
        refusal_s: float = 1e-4,
    ) -> None:
        self.clocks = Clocks()
        self.register = StakeholderRegister(data, self.clocks.clock)
        self.gatekeeper = RegisterGatekeeper(
            self.register, settings, self.clocks.clock, certifier, self.clocks.timer, refusal_s
        )
        self.register.enrol(OLGA.public, "Olga", Role.OPERATOR, START_NS, approves=True)
        self.locked: list[tuple[str, str]] = []
        self.gatekeeper.locked = lambda name, address: self.locked.append((name, address))

    async def with_password(self, password: str = GOOD, name: str = "Olga") -> None:
        hashed = await self.gatekeeper.passwords.hash(password, name)
        self.register.set_password(name, hashed, START_NS, "test")


def by_key(key: SigningKey = OLGA) -> LoggedIn:
    return LoggedIn(key.key_id, key.public, "hmi", "desk 1")


def by_password(password: str, user: str = "Olga", key: SigningKey = FRESH) -> LoggedIn:
    return LoggedIn(key.key_id, key.public, "hmi", "", user, password)
