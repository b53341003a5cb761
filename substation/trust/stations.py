"""`[tls.iec104]`, `[tls.iec61850]` of unit.toml: certificate and rules for a protocol where they differ from `[tls]`.

Field devices and control centres often know neither Ed25519 nor the authority of the data interface.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TypeVar

from models.config import Table
from protocols.tls.parameters import MAX_SESSION_S, Expired, TlsParameters, Version
from protocols.tls.store import CrlExpired

_E = TypeVar("_E", bound=Enum)

FILES = ("certificate", "key", "authorities", "revocations")


def read_stations(table: Table, base: TlsParameters, folder: Path) -> TlsParameters:
    """What is not given is as in `base`. ConfigError with line and remedy."""
    made = replace(
        with_files(table, base, folder),
        crl_expired=_choice(table, "crl_expired", CrlExpired, base.crl_expired),
        minimum=_choice(table, "minimum", Version, base.minimum),
        expired=_choice(table, "expired", Expired, base.expired),
        max_session_s=3600.0 * _hours(table, base.max_session_s / 3600.0),
    )
    table.done()
    return made


def with_files(table: Table, base: TlsParameters, folder: Path) -> TlsParameters:
    """The files that a section names in place of the ones it would have; paths are relative to `folder`."""
    given = {key: (folder / text).resolve() for key in FILES if (text := table.optional(key, str)) is not None}
    if ("certificate" in given) is not ("key" in given):
        one, missing = ("certificate", "key") if "certificate" in given else ("key", "certificate")
        raise table.error(one, f"'{one}' without '{missing}'", "give both: they belong together")
    # A list of other authorities would not fit.
    revocations = None if "authorities" in given else base.revocations
    return replace(
        base,
        certificate=given.get("certificate", base.certificate),
        key=given.get("key", base.key),
        authorities=given.get("authorities", base.authorities),
        revocations=given.get("revocations", revocations),
    )


def _choice(table: Table, key: str, kind: type[_E], default: _E) -> _E:
    name = table.take(key, str, str(default.value))
    known = {str(each.value): each for each in kind}
    if name not in known:
        raise table.error(key, f"'{key}' is {name!r}", f"one of {', '.join(known)}")
    return known[name]


def _hours(table: Table, default: float) -> float:
    hours = table.take("session_h", float, default)
    if not 0.1 <= hours <= MAX_SESSION_S / 3600.0:
        raise table.error("session_h", f"'session_h' is {hours:g}", "0.1 to 24 hours (IEC 62351-3)")
    return hours
