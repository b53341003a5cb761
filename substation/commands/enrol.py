"""`ringmain enrol UNIT.toml KEY --role ROLE`: admit somebody to a unit. A running unit notices without restart."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from models.errors import ConfigError
from models.wire.keys import SigningKey, VerifyKey
from substation.commands.console import new_password, who
from substation.config import read_unit
from substation.exchange.access import EVERYWHERE, Role
from substation.exchange.key_files import UNIT_PUBLIC, read_verify_key, unit_key, write_key_pair
from substation.stakeholders.passwords import Passwords
from substation.stakeholders.register import StakeholderRegister
from substation.stakeholders.schema import RegisterError
from substation.stakeholders.settings import SecuritySettings
from substation.stakeholders.stakeholder import Kind, Stakeholder

ROLES = [role.value for role in Role]


def run(arguments: Sequence[str]) -> int:
    """Exit status 0; ConfigError, PasswordError or RegisterError in one line when somebody cannot be admitted."""
    given = _parser().parse_args(arguments)
    config = read_unit(given.unit)
    key = _key(given)
    name = given.name or _default_name(given)
    expires_ns = _expiry(given.expires)
    hashed = _hashed(name, config.security) if given.password else ""
    unit_key(config.data)  # so that its public half is there to be pinned before the unit first runs
    with closing(StakeholderRegister(config.data)) as register:
        before = None if key is None else register.holder(key.key_id)
        try:
            admitted = _add(register, name, key) if given.add else _enrol(register, given, name, key, expires_ns)
        except RegisterError:
            if given.new is not None:  # else the path would be taken at the next try
                for file in _pair(given.new):
                    file.unlink(missing_ok=True)
            raise
        if hashed:
            register.set_password(name, hashed, time.time_ns(), who())
    with_key = "" if key is None else f" with key {key.key_id.hex()[:16]}"
    renamed = f" ({before.name} so far)" if before is not None and before.name != name else ""
    print(f"{admitted} admitted{with_key}{renamed}; the unit's own public key: {config.data / UNIT_PUBLIC}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ringmain enrol",
        description="Admit a stakeholder to a unit's data interface, or make one who is enrolled as given here.",
    )
    parser.add_argument("unit", type=Path, metavar="UNIT.toml")
    parser.add_argument(
        "key", type=Path, nargs="?", metavar="KEY", help="public key file (Ed25519, PEM or 64 hex digits)"
    )
    parser.add_argument("--new", type=Path, metavar="PATH", help="make a key pair: PATH (private) and PATH.pub")
    role = parser.add_mutually_exclusive_group(required=True)
    role.add_argument("--role", choices=ROLES)
    role.add_argument("--add", action="store_true", help="one more key for somebody who is enrolled; nothing else")
    parser.add_argument("--name", help="who it is; without it the name of the key file")
    parser.add_argument("--approve", action="store_true", help="may approve switching orders (OPERATOR, ENGINEER)")
    parser.add_argument(
        "--area", action="append", metavar="PATTERN", help="acts in these locations only, 'ST103/*'; repeatable"
    )
    parser.add_argument("--agent", action="store_true", help="a unit or service: its sessions do not end when idle")
    parser.add_argument("--expires", metavar="DATE", help="last day (UTC), as 2027-06-30")
    parser.add_argument("--subject", default="", metavar="NAME", help="take certificates of this name as this person")
    parser.add_argument("--password", action="store_true", help="ask for a password, for logins without a key")
    return parser


def _key(given: argparse.Namespace) -> VerifyKey | None:
    """None for somebody who comes with a password or a certificate alone."""
    public, new = given.key, given.new
    without = given.name and (given.password or given.subject)
    if (public is not None and new is not None) or (public is None and new is None and not without):
        remedy = "give a public key file, or --new PATH, or --name with --password or --subject"
        raise ConfigError("command line", None, "one key is expected", remedy)
    if public is not None:
        return read_verify_key(public)
    if new is None:
        return None
    key = SigningKey.generate()
    write_key_pair(key, *_pair(new))
    return key.public


def _pair(private: Path) -> tuple[Path, Path]:
    return private, private.with_name(private.name + ".pub")


def _default_name(given: argparse.Namespace) -> str:
    file: Path = given.key or given.new
    return file.name.split(".")[0]


def _expiry(text: str | None) -> int | None:
    """The end of that day, UTC ns."""
    if text is None:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise ConfigError("command line", None, f"--expires {text!r} is no date", "write it as 2027-06-30") from error
    return int((day + timedelta(days=1)).timestamp()) * 1_000_000_000


def _hashed(name: str, settings: SecuritySettings) -> str:
    passwords = Passwords(settings)
    return passwords.hash_now(new_password(name), name)


def _enrol(
    register: StakeholderRegister, given: argparse.Namespace, name: str, key: VerifyKey | None, expires_ns: int | None
) -> Stakeholder:
    return register.enrol(
        key,
        name,
        Role(given.role),
        time.time_ns(),
        approves=given.approve,
        areas=tuple(given.area or EVERYWHERE),
        kind=Kind.AGENT if given.agent else Kind.PERSON,
        valid_until_ns=expires_ns,
        subject=given.subject,
        by=who(),
    )


def _add(register: StakeholderRegister, name: str, key: VerifyKey | None) -> Stakeholder | str:
    if key is None:
        raise ConfigError("command line", None, "--add without a key", "give a public key file, or --new PATH")
    register.add_key(name, key, time.time_ns(), who())
    return register.named(name) or name
