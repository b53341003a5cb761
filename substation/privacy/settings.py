"""`[meter_sums]` of unit.toml: what the unit does for sums of encrypted meter readings; without it, nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from models.config import Table
from models.errors import ConfigError
from models.privacy.announcement import LONGEST_S, SHORTEST_S


class SumRole(Enum):
    AGGREGATOR = "aggregator"  # adds and passes on, reads nothing
    KEY_HOLDER = "key holder"  # decrypts sums, and never sees a meter's contribution


@dataclass(frozen=True, slots=True)
class SumSettings:
    """meters, units: who contributes; a meter its own reading, a unit its sum. at_least: participants of a sum that may
    leave, or be decrypted. wait_s: after the end of a period, how long a contribution is waited for. period_s: key
    holder alone. key_holder, key_holder_key: aggregators alone, whose announcement of the key is believed. passphrase:
    file with the one that protects the private key.
    """

    role: SumRole
    meters: tuple[str, ...]
    units: tuple[str, ...]
    at_least: int
    wait_s: float
    period_s: int = SHORTEST_S
    key_holder: str = ""
    key_holder_key: Path | None = None
    passphrase: Path | None = None

    @property
    def senders(self) -> frozenset[str]:
        return frozenset((*self.meters, *self.units))


LEAST_PARTICIPANTS, DEFAULT_WAIT_S = 5, 20.0
LONGEST_WAIT_S = 3600.0


def read_sums(table: Table, folder: Path) -> SumSettings | None:
    """None for an empty table. folder: of unit.toml, paths are relative to it. ConfigError with line and remedy."""
    if not list(table):
        return None
    role = _role(table)
    settings = SumSettings(
        role=role,
        meters=tuple(table.take_list("meters", str, [])),
        units=tuple(table.take_list("units", str, [])),
        at_least=_within(table, "at_least", LEAST_PARTICIPANTS, 2, 1000),
        wait_s=_wait(table),
        period_s=_period(table) if role is SumRole.KEY_HOLDER else SHORTEST_S,
        key_holder=table.take("key_holder", str) if role is SumRole.AGGREGATOR else "",
        key_holder_key=folder / table.take("key_holder_key", str) if role is SumRole.AGGREGATOR else None,
        passphrase=_passphrase(table, folder) if role is SumRole.KEY_HOLDER else None,
    )
    table.done()
    _check_senders(table, settings)
    return settings


def _role(table: Table) -> SumRole:
    name = table.take("role", str)
    for role in SumRole:
        if role.value == name:
            return role
    allowed = " or ".join(f'"{role.value}"' for role in SumRole)
    raise table.error("role", f"role {name!r} is unknown", f"write {allowed}")


def _check_senders(table: Table, settings: SumSettings) -> None:
    if settings.role is SumRole.KEY_HOLDER and settings.meters:
        remedy = "let an aggregator collect them: whoever has the key must never see a single meter's contribution"
        raise table.error("meters", "a key holder takes no contributions of meters", remedy)
    if not settings.senders:
        raise table.error(None, "nobody contributes", "name 'meters' or 'units'")
    if len(settings.senders) != len(settings.meters) + len(settings.units):
        raise table.error("meters", "a name occurs twice in 'meters' and 'units'", "give each once")


def _within(table: Table, key: str, default: int, low: int, high: int) -> int:
    number = table.take(key, int, default)
    if not low <= number <= high:
        raise table.error(key, f"'{key}' is {number}", f"give {low} to {high}")
    return number


def _period(table: Table) -> int:
    seconds = _within(table, "period_s", 900, SHORTEST_S, LONGEST_S)
    if 86_400 % seconds:
        raise table.error("period_s", f"a day has no whole number of {seconds} s", "give 60, 300, 900, 3600 or alike")
    return seconds


def _wait(table: Table) -> float:
    seconds = table.take("wait_s", float, DEFAULT_WAIT_S)
    if not 0 <= seconds <= LONGEST_WAIT_S:
        raise table.error("wait_s", f"'wait_s' is {seconds:g}", f"give 0 to {LONGEST_WAIT_S:g}")
    return seconds


def _passphrase(table: Table, folder: Path) -> Path | None:
    name = table.optional("passphrase_file", str)
    return None if name is None else folder / name


def read_passphrase(file: Path | None) -> str | None:
    """The first line of the file, or None without one. ConfigError when it cannot be read or is empty."""
    if file is None:
        return None
    try:
        words = file.read_text(encoding="utf-8").partition("\n")[0]
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(file), None, f"cannot be read: {error}", "give the file of the passphrase") from error
    if not words:
        raise ConfigError(str(file), 1, "holds no passphrase", "write it into the first line")
    return words
