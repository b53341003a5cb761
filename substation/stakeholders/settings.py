"""`[security]` of unit.toml: lockout, idle time-out, passwords, sessions."""

from __future__ import annotations

from dataclasses import dataclass

from models.config import Table

LEAST_MEMORY_KIB = 19 * 1024
"""Below this, argon2id with two passes no longer slows a guesser down enough."""


@dataclass(frozen=True, slots=True)
class SecuritySettings:
    """Defaults are the ones of unit.toml.

    lockout_failures: wrong passwords in a row until a name's password is locked for lockout_s. address_failures: failed
    logins of one address within a minute, before it has to wait. idle_timeout_s: sessions of people without a request;
    0: never. argon2_*: cost of a password (RFC 9106 section 4, second choice).
    """

    lockout_failures: int = 5
    lockout_s: float = 900.0
    address_failures: int = 20
    idle_timeout_s: float = 1800.0
    sessions_per_stakeholder: int = 16
    password_length: int = 12
    argon2_memory_kib: int = 65536
    argon2_passes: int = 3
    argon2_lanes: int = 4


def read_security(table: Table) -> SecuritySettings:
    """ConfigError with line and remedy."""
    default = SecuritySettings()
    settings = SecuritySettings(
        lockout_failures=_whole(table, "lockout_failures", default.lockout_failures, 1, 100),
        lockout_s=_seconds(table, "lockout_s", default.lockout_s, 1.0),
        address_failures=_whole(table, "address_failures", default.address_failures, 1, 10_000),
        idle_timeout_s=_seconds(table, "idle_timeout_s", default.idle_timeout_s, 0.0),
        sessions_per_stakeholder=_whole(table, "sessions_per_stakeholder", default.sessions_per_stakeholder, 1, 1000),
        password_length=_whole(table, "password_length", default.password_length, 12, 128),
        argon2_memory_kib=_whole(table, "argon2_memory_kib", default.argon2_memory_kib, LEAST_MEMORY_KIB, 2**21),
        argon2_passes=_whole(table, "argon2_passes", default.argon2_passes, 2, 100),
        argon2_lanes=_whole(table, "argon2_lanes", default.argon2_lanes, 1, 64),
    )
    table.done()
    return settings


def _whole(table: Table, key: str, default: int, least: int, most: int) -> int:
    value = table.take(key, int, default)
    if not least <= value <= most:
        raise table.error(key, f"'{key}' is {value}", f"give a number from {least} to {most}")
    return value


def _seconds(table: Table, key: str, default: float, least: float) -> float:
    value = table.take(key, float, default)
    if not least <= value <= 7 * 86400:
        raise table.error(key, f"'{key}' is {value:g}", f"give seconds from {least:g} to {7 * 86400}")
    return value
