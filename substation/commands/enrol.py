"""`ringmain enrol UNIT.toml KEY --role ROLE`: admit a public key to a unit. A running unit notices without restart."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from models.errors import ConfigError
from models.wire.keys import SigningKey, VerifyKey
from substation.config import read_unit
from substation.exchange.access import EVERYWHERE, Role
from substation.exchange.key_files import UNIT_PUBLIC, read_verify_key, unit_key, write_key_pair
from substation.stakeholders.register import StakeholderRegister


def run(arguments: Sequence[str]) -> int:
    """Exit status 0; ConfigError or RegisterError in one line when the key cannot be admitted."""
    given = _parser().parse_args(arguments)
    data = read_unit(given.unit).data
    key = _key(given.key, given.new)
    unit_key(data)  # so that its public half is there to be pinned before the unit first runs
    with closing(StakeholderRegister(data)) as register:
        identity = register.enrol(
            key,
            given.name or _default_name(given),
            Role(given.role),
            time.time_ns(),
            approves=given.approve,
            areas=tuple(given.area or EVERYWHERE),
        )
    print(f"{identity} admitted with key {key.key_id.hex()[:16]}; the unit's own public key: {data / UNIT_PUBLIC}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ringmain enrol", description="Admit a key to a unit's data interface, or change its role or name."
    )
    parser.add_argument("unit", type=Path, metavar="UNIT.toml")
    parser.add_argument(
        "key", type=Path, nargs="?", metavar="KEY", help="public key file (Ed25519, PEM or 64 hex digits)"
    )
    parser.add_argument("--new", type=Path, metavar="PATH", help="make a key pair: PATH (private) and PATH.pub")
    parser.add_argument("--role", required=True, choices=[role.value for role in Role])
    parser.add_argument("--approve", action="store_true", help="may approve switching orders (OPERATOR, ENGINEER)")
    parser.add_argument(
        "--area", action="append", metavar="PATTERN", help="responsible for these locations; repeatable"
    )
    parser.add_argument("--name", help="who holds the key; without it the name of the key file")
    return parser


def _key(public: Path | None, new: Path | None) -> VerifyKey:
    if (public is None) == (new is None):
        raise ConfigError("command line", None, "one key is expected", "give a public key file, or --new PATH")
    if public is not None:
        return read_verify_key(public)
    key = SigningKey.generate()
    private = Path(str(new))
    write_key_pair(key, private, private.with_name(private.name + ".pub"))
    return key.public


def _default_name(given: argparse.Namespace) -> str:
    file: Path = given.key or given.new
    return file.name.split(".")[0]
