"""`ringmain authority DIR new|issue|revoke|crl|show`: the utility's own certificate authority in a folder."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from models.errors import ConfigError, RingmainError
from protocols.tls.certificate import is_name
from substation.config import read_unit
from substation.exchange.access import Role
from substation.exchange.key_files import UNIT_PUBLIC, unit_key
from substation.level import Level
from substation.trust.authority import LIST_DAYS, REASONS, Authority, read_public_key
from substation.trust.builder import ALGORITHMS, PublicKey, Wish
from substation.trust.der import DerError
from substation.trust.user_roles import UserRoles

AUTHORITY_DAYS, HOLDER_DAYS = 3650, 365
TLS_ONLY = "TLS"


def run(arguments: Sequence[str]) -> int:
    """Exit status 0; a RingmainError in one line when it cannot be done."""
    given = _parser().parse_args(arguments)
    actions = {"new": _new, "issue": _issue, "revoke": _revoke, "crl": _crl, "show": _show}
    actions[given.action](given)
    return 0


def _new(given: argparse.Namespace) -> None:
    authority = Authority.create(given.folder, _name(given.name), given.algorithm, given.days, time.time_ns)
    print(f"authority {authority.name} made; trust {given.folder / 'authority.pem'}, keep the folder off the units")


def _issue(given: argparse.Namespace) -> None:
    authority, name = Authority(given.folder, time.time_ns), _name(given.name)
    if sum((given.key is not None, given.unit is not None, given.new)) != 1:
        remedy = "give --key FILE (its public half is enough), --unit UNIT.toml, or --new"
        raise ConfigError("command line", None, "one key is expected", remedy)
    roles = None if given.role == TLS_ONLY else UserRoles(Role(given.role), tuple(given.area or ("*",)))
    key, key_file = _key(given, authority, name)
    wish = Wish(name, key, given.days, roles, given.level, tuple(given.host or ()))
    try:
        file = authority.issue(wish, given.beside)
    except RingmainError as error:
        if given.new:
            key_file.unlink()  # a key without its certificate would only be in the way
        if isinstance(error, DerError):
            raise ConfigError("command line", None, f"--area: {error}", "shorten or drop areas") from error
        raise
    print(f"{name} ({given.role}): certificate {file}" + (f", private key {key_file}" if given.new else ""))


def _key(given: argparse.Namespace, authority: Authority, name: str) -> tuple[PublicKey, Path]:
    if given.new:
        return authority.make_key(name, given.algorithm, given.beside)
    if given.unit is not None:
        data = read_unit(given.unit).data
        unit_key(data)  # made now when the unit has not run yet
        return read_public_key(data / UNIT_PUBLIC), data / UNIT_PUBLIC
    return read_public_key(given.key), given.key


def _revoke(given: argparse.Namespace) -> None:
    for each in Authority(given.folder, time.time_ns).revoke(given.who, given.reason):
        print(f"{each.name}: certificate {each.serial} revoked ({given.reason})")
    print(f"copy {given.folder / 'crl.pem'} to every unit")


def _crl(given: argparse.Namespace) -> None:
    file = Authority(given.folder, time.time_ns).write_list(given.days)
    print(f"revocation list {file}, good for {given.days} days")


def _show(given: argparse.Namespace) -> None:
    authority = Authority(given.folder, time.time_ns)
    print(f"authority {authority.name}")
    for each in authority.issued:
        until = datetime.fromtimestamp(each.valid_until_ns // 1_000_000_000, UTC)
        level, areas = each.level or "-", ",".join(each.areas) or "-"
        state = each.state(time.time_ns())
        print(f"{each.serial:40} {each.name:20} {each.role or TLS_ONLY:8} {level:6} {areas:12} {until:%F} {state}")


def _name(text: str) -> str:
    if not is_name(text) or text.startswith("."):
        raise ConfigError(
            "command line", None, f"name {text!r} is not usable", "1 to 64 characters, no '*', '/' or '\"'"
        )
    return text


def _days(text: str) -> int:
    days = int(text)
    if not 1 <= days <= 36500:
        raise ValueError(text)
    return days


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringmain authority", description="A utility's certificate authority.")
    parser.add_argument("folder", type=Path, metavar="DIR", help="the authority's folder")
    actions = parser.add_subparsers(dest="action", required=True, metavar="new|issue|revoke|crl|show")
    new = actions.add_parser("new", help="make an authority")
    new.add_argument("--name", required=True, help="name of the authority, such as the utility's")
    new.add_argument("--days", type=_days, default=AUTHORITY_DAYS)
    _add_algorithm(new)
    _add_issue(actions.add_parser("issue", help="make a certificate for a person, a service or a unit"))
    revoke = actions.add_parser("revoke", help="revoke a certificate and write the revocation list")
    revoke.add_argument("who", metavar="NAME|SERIAL", help="all certificates of a name, or one by its serial number")
    revoke.add_argument("--reason", choices=sorted(REASONS), default="unspecified")
    crl = actions.add_parser("crl", help="write the revocation list anew, before it runs out")
    crl.add_argument("--days", type=_days, default=LIST_DAYS, help=f"until its next update ({LIST_DAYS})")
    actions.add_parser("show", help="list what was issued")
    return parser


def _add_issue(issue: argparse.ArgumentParser) -> None:
    issue.add_argument("name", metavar="NAME", help="who holds it: stakeholder or unit, exactly as units call it")
    roles = [role.value for role in Role]
    issue.add_argument("--role", required=True, choices=[*roles, TLS_ONLY], help=f"{TLS_ONLY}: no login, only TLS")
    issue.add_argument(
        "--area", action="append", metavar="PATTERN", help="area of responsibility; more than one is fine"
    )
    issue.add_argument("--level", choices=[level.value for level in Level], help="of a unit")
    issue.add_argument("--host", action="append", metavar="NAME|IP", help="where it listens; more than one is fine")
    issue.add_argument("--days", type=_days, default=HOLDER_DAYS)
    issue.add_argument("--key", type=Path, metavar="FILE", help="the holder's key: its public half is enough")
    issue.add_argument("--unit", type=Path, metavar="UNIT.toml", help="the key of a unit on this machine")
    issue.add_argument("--new", action="store_true", help="make a key here")
    issue.add_argument("--beside", action="store_true", help="although another key has a certificate of that name")
    _add_algorithm(issue)


def _add_algorithm(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--algorithm", choices=sorted(ALGORITHMS), default="ed25519", help="of a new key; p256 for windows' TLS"
    )
