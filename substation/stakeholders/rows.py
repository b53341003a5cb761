"""Rows of the register: the statements, inside a transaction that somebody else has begun."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from models.wire.keys import VerifyKey
from substation.exchange.access import EVERYWHERE, Role
from substation.stakeholders.schema import RegisterError
from substation.stakeholders.stakeholder import Kind, Stakeholder, fault_of

_COLUMNS = "name, role, kind, approves, areas, valid_until_ns, subject, password, failed, locked_until_ns"


def read(database: sqlite3.Connection) -> Iterable[Stakeholder]:
    keys: dict[str, list[VerifyKey]] = {}
    for public, name in database.execute("SELECT public, name FROM admitted_keys ORDER BY rowid"):
        keys.setdefault(name, []).append(VerifyKey(public))
    rows = database.execute(f"SELECT {_COLUMNS} FROM stakeholders").fetchall()  # noqa: S608 - no input
    return [_stakeholder(row, tuple(keys.get(row[0], ()))) for row in rows]


def _stakeholder(
    row: tuple[str, str, str, int, str, int | None, str, str, int, int], keys: tuple[VerifyKey, ...]
) -> Stakeholder:
    name, role, kind, approves, areas, valid_until_ns, subject, password, failed, locked_until_ns = row
    return Stakeholder(
        name, Role(role), Kind(kind), bool(approves), tuple(json.loads(areas)), valid_until_ns, subject, password,
        failed, locked_until_ns, keys,
    )  # fmt: skip


def required(database: sqlite3.Connection, name: str) -> Stakeholder:
    row = database.execute(f"SELECT {_COLUMNS} FROM stakeholders WHERE name = ?", (name,)).fetchone()  # noqa: S608
    if row is None:
        raise RegisterError(f"nobody is enrolled as {name!r}; `ringmain stakeholders` lists who is")
    keys = database.execute("SELECT public FROM admitted_keys WHERE name = ? ORDER BY rowid", (name,))
    return _stakeholder(row, tuple(VerifyKey(public) for (public,) in keys))


def present(database: sqlite3.Connection, key: VerifyKey | None, name: str) -> str | None:
    """Name of the one to be changed; None when a new one is made."""
    by_name = database.execute("SELECT name FROM stakeholders WHERE name = ?", (name,)).fetchone()
    if key is None:
        return None if by_name is None else name
    by_key = database.execute("SELECT name FROM admitted_keys WHERE key_id = ?", (bytes(key.key_id),)).fetchone()
    if by_name is not None and by_key is None and not required(database, name).keys:
        return name
    if by_name is not None and by_key != by_name:
        raise RegisterError(
            f"the name {name!r} belongs to another key; choose another --name, or give them this key too with --add"
        )
    return None if by_key is None else str(by_key[0])


def insert(database: sqlite3.Connection, wanted: Stakeholder, now_ns: int) -> None:
    _unlike(database, wanted, wanted.name)
    row = (*_values(wanted), "", 0, 0, now_ns)
    database.execute(f"INSERT INTO stakeholders ({_COLUMNS}, enrolled_ns) VALUES ({_marks(len(row))})", row)  # noqa: S608


def overwrite(database: sqlite3.Connection, name: str, wanted: Stakeholder) -> None:
    """Everything but password, keys and counters."""
    _unlike(database, wanted, name)
    database.execute(
        "UPDATE stakeholders SET name = ?, role = ?, kind = ?, approves = ?, areas = ?, valid_until_ns = ?, subject = ?"
        " WHERE name = ?",
        (*_values(wanted), name),
    )


def _unlike(database: sqlite3.Connection, wanted: Stakeholder, name: str) -> None:
    other = database.execute(
        "SELECT name FROM stakeholders WHERE subject = ? AND subject <> '' AND name <> ?", (wanted.subject, name)
    ).fetchone()
    if other is not None:
        raise RegisterError(f"certificates of {wanted.subject!r} are taken as {other[0]} already")


def _values(wanted: Stakeholder) -> tuple[object, ...]:
    areas = json.dumps(wanted.areas, ensure_ascii=False)
    return (
        wanted.name, wanted.role.value, wanted.kind.value, int(wanted.approves), areas, wanted.valid_until_ns,
        wanted.subject,
    )  # fmt: skip


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def admit(database: sqlite3.Connection, key: VerifyKey, name: str) -> None:
    row = database.execute("SELECT name FROM admitted_keys WHERE key_id = ?", (bytes(key.key_id),)).fetchone()
    if row is not None and row[0] != name:
        raise RegisterError(f"the key {key.key_id.hex()[:16]} belongs to {row[0]!r}; remove it there first")
    database.execute("INSERT OR IGNORE INTO admitted_keys VALUES (?, ?, ?)", (bytes(key.key_id), key.raw, name))


def fit(wanted: Stakeholder) -> None:
    if fault := fault_of(wanted.name, wanted.role, wanted.approves, wanted.areas):
        raise RegisterError(fault)


def note(database: sqlite3.Connection, now_ns: int, by: str, what: str) -> None:
    database.execute("INSERT INTO changes (time_ns, who, what) VALUES (?, ?, ?)", (now_ns, by or "console", what))


def described(wanted: Stakeholder) -> str:
    approval = ", approves" if wanted.approves else ""
    areas = "" if wanted.areas == EVERYWHERE else f", areas {' '.join(wanted.areas)}"
    return f"{wanted}{approval}{areas}"


def shown(key: VerifyKey | None) -> str:
    return "" if key is None else f" with the key {key.key_id.hex()[:16]}"
