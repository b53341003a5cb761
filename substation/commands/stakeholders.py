"""`ringmain stakeholders UNIT.toml`: who is enrolled at a unit; withdraw, unlock, take a key or a password away."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from models.errors import ConfigError
from models.wire.keys import KeyId
from substation.commands.console import who
from substation.config import read_unit
from substation.exchange.access import APPROVERS, PERMISSIONS, RIGHTS, Right, Role
from substation.stakeholders.register import StakeholderRegister
from substation.stakeholders.stakeholder import Stakeholder


def run(arguments: Sequence[str]) -> int:
    """Exit status 0; RegisterError in one line when somebody is not enrolled."""
    given = _parser().parse_args(arguments)
    if given.roles:
        print(_table(_role_rows()))
        return 0
    with closing(StakeholderRegister(read_unit(given.unit).data)) as register:
        for option, act in _ACTS.items():
            if (wanted := getattr(given, option)) is not None:
                act(register, wanted)
        now_ns = time.time_ns()
        rows = [_row(each, now_ns) for each in register.stakeholders()]
    print(json.dumps(rows, indent=1) if given.json else _table(rows))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ringmain stakeholders", description="List who is enrolled at a unit, after doing what is asked for."
    )
    parser.add_argument("unit", type=Path, metavar="UNIT.toml")
    parser.add_argument("--withdraw", metavar="NAME", help="with all keys; sessions end within a second")
    parser.add_argument("--unlock", metavar="NAME", help="let the password open again after wrong ones")
    parser.add_argument("--remove-key", metavar="ID", help="the first digits of one key's id")
    parser.add_argument("--remove-password", metavar="NAME")
    parser.add_argument("--roles", action="store_true", help="print what each role may do, and nothing else")
    parser.add_argument("--json", action="store_true")
    return parser


def _withdraw(register: StakeholderRegister, name: str) -> None:
    register.withdraw(name, time.time_ns(), who())


def _unlock(register: StakeholderRegister, name: str) -> None:
    register.unlock(name, time.time_ns(), who())


def _remove_password(register: StakeholderRegister, name: str) -> None:
    register.set_password(name, "", time.time_ns(), who(), "takes away the password of")


def _remove_key(register: StakeholderRegister, digits: str) -> None:
    keys = [key.key_id for each in register.stakeholders() for key in each.keys]
    fitting = [key_id for key_id in keys if digits and key_id.hex().startswith(digits.lower())]
    if len(fitting) != 1:
        problem = f"{len(fitting)} keys begin with {digits!r}"
        raise ConfigError("command line", None, problem, "give as many digits of one of them as `--json` shows")
    register.remove_key(KeyId(fitting[0]), time.time_ns(), who())


_ACTS: dict[str, Callable[[StakeholderRegister, str], None]] = {
    "withdraw": _withdraw,
    "unlock": _unlock,
    "remove_key": _remove_key,
    "remove_password": _remove_password,
}


def _row(each: Stakeholder, now_ns: int) -> dict[str, object]:
    return {
        "name": each.name,
        "role": each.role.value,
        "kind": each.kind.value,
        "approves": each.approves,
        "areas": list(each.areas),
        "keys": [key.key_id.hex() for key in each.keys],
        "password": bool(each.password),
        "subject": each.subject,
        "valid_until": _date(each.valid_until_ns),
        "state": "expired" if each.expired(now_ns) else "password locked" if each.locked(now_ns) else "",
    }


def _role_rows() -> list[dict[str, object]]:
    """One row per right: what it is in IEC 62351-8, and which roles have it."""
    return [
        {
            "right": right.value,
            **{role.value: _granted(role, right) for role in Role},
            "IEC 62351-8": ", ".join(PERMISSIONS[right]),
        }
        for right in Right
    ]


def _granted(role: Role, right: Right) -> str:
    if right in RIGHTS[role]:
        return "yes"
    return "given" if right is Right.APPROVE and role in APPROVERS else "no"


def _date(time_ns: int | None) -> str:
    return "" if time_ns is None else f"{datetime.fromtimestamp(time_ns // 10**9, UTC):%Y-%m-%d %H:%M}Z"


def _table(rows: Sequence[dict[str, object]]) -> str:
    texts = [list(rows[0])] if rows else [["nobody is enrolled; `ringmain enrol` admits somebody"]]
    texts += [[_cell(value) for value in row.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in texts)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return " ".join(each[:16] for each in value) if isinstance(value, list) else str(value)
