"""The register of stakeholders, `keys.sqlite` of the unit's data directory.

`ringmain enrol` writes it while the unit runs; the unit sees a change at its next look, without restart. Every change
leaves a line about itself in the same transaction, which the unit takes over into its audit log.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from models.driver import Clock
from models.wire.keys import KeyId, VerifyKey
from substation.exchange.access import EVERYWHERE, Identity, Role
from substation.stakeholders import blocks, rows
from substation.stakeholders.schema import FILE_NAME, changing, prepare, told
from substation.stakeholders.stakeholder import Kind, Stakeholder


@dataclass(frozen=True, slots=True)
class Change:
    """One line about a change of the register. who: who made it."""

    number: int
    time_ns: int
    who: str
    what: str


class StakeholderRegister:
    """Questions belong to the loop's thread; changes may come from any thread, and are on the disk when they return."""

    def __init__(self, data: Path, clock: Clock = time.time_ns) -> None:
        self._file, self._clock = data / FILE_NAME, clock
        self._database = prepare(self._file)
        self._version: int | None = None
        self._looked_s = 0.0
        self._by_name: dict[str, Stakeholder] = {}
        self._by_key: dict[KeyId, tuple[VerifyKey, str]] = {}

    def close(self) -> None:
        self._database.close()

    # -- questions

    def find(self, key_id: KeyId) -> VerifyKey | None:
        """The public key of an admitted key id."""
        self._look()
        entry = self._by_key.get(key_id)
        return None if entry is None else entry[0]

    def holder(self, key_id: KeyId, age_s: float = 0.0) -> Stakeholder | None:
        """Who holds the key now. age_s: what was read less than this ago is good enough."""
        self._look(age_s)
        entry = self._by_key.get(key_id)
        return None if entry is None else self._by_name[entry[1]]

    def named(self, name: str, age_s: float = 0.0) -> Stakeholder | None:
        """Who is enrolled under this name. age_s: as for holder."""
        self._look(age_s)
        return self._by_name.get(name)

    def of_subject(self, subject: str) -> Stakeholder | None:
        """Whose certificates bear this common name."""
        self._look()
        return next((each for each in self._by_name.values() if subject and each.subject == subject), None)

    def stakeholders(self) -> list[Stakeholder]:
        """By name."""
        self._look()
        return [self._by_name[name] for name in sorted(self._by_name)]

    def identity(self, key_id: KeyId) -> Identity | None:
        """Who acts with an admitted key; None when it has been withdrawn, or the enrolment has expired."""
        holder = self.holder(key_id)
        return None if holder is None or holder.expired(self._clock()) else holder.identity(key_id)

    def changes(self, after: int = 0) -> list[Change]:
        """Those that have not been forgotten, in their order."""
        with told(self._file):
            found = self._database.execute("SELECT * FROM changes WHERE number > ? ORDER BY number", (after,))
            return [Change(*row) for row in found]

    # -- changes

    def enrol(
        self,
        key: VerifyKey | None,
        name: str,
        role: Role,
        now_ns: int,
        *,
        approves: bool = False,
        areas: tuple[str, ...] = EVERYWHERE,
        kind: Kind = Kind.PERSON,
        valid_until_ns: int | None = None,
        subject: str = "",
        by: str = "",
    ) -> Stakeholder:
        """Make a stakeholder, or make the one who holds this key (or, without a key, has this name) as given.

        RegisterError when another one has the name or the subject.
        """
        wanted = Stakeholder(name, role, kind, approves, areas, valid_until_ns, subject)
        rows.fit(wanted)
        with changing(self._file) as database:
            present = rows.present(database, key, name)
            if present is None:
                rows.insert(database, wanted, now_ns)
            else:
                rows.overwrite(database, present, wanted)
            if key is not None:
                rows.admit(database, key, name)
            renamed = "" if present in (None, name) else f", {present} so far"
            rows.note(database, now_ns, by, f"enrols {rows.described(wanted)}{rows.shown(key)}{renamed}")
            return rows.required(database, name)

    def change_role(self, name: str, role: Role, approves: bool, areas: tuple[str, ...], now_ns: int, by: str) -> None:
        """RegisterError when there is nobody of this name."""
        with changing(self._file) as database:
            before = rows.required(database, name)
            wanted = replace(before, role=role, approves=approves, areas=areas)
            rows.fit(wanted)
            rows.overwrite(database, name, wanted)
            rows.note(database, now_ns, by, f"changes {rows.described(before)} to {rows.described(wanted)}")

    def set_password(self, name: str, hashed: str, now_ns: int, by: str, what: str = "sets the password of") -> None:
        """hashed: PHC string, empty to take it away. Wrong tries are forgotten."""
        with changing(self._file) as database:
            rows.required(database, name)
            database.execute(
                "UPDATE stakeholders SET password = ?, failed = 0, locked_until_ns = 0 WHERE name = ?", (hashed, name)
            )
            rows.note(database, now_ns, by, f"{what} {name}")

    def failed(self, name: str, most: int, lock_ns: int, now_ns: int) -> bool:
        """Count a wrong password; True when this one locks the name. most: in a row."""
        with changing(self._file) as database:
            row = database.execute(
                "UPDATE stakeholders SET failed = failed + 1 WHERE name = ? RETURNING failed", (name,)
            ).fetchone()
            if row is None or row[0] < most:
                return False
            until_ns = now_ns + lock_ns
            database.execute("UPDATE stakeholders SET failed = 0, locked_until_ns = ? WHERE name = ?", (until_ns, name))
            rows.note(database, now_ns, "the unit", f"locks the password of {name} after {most} wrong ones")
        return True

    def succeeded(self, name: str) -> None:
        """Forget the wrong passwords."""
        with changing(self._file) as database:
            database.execute("UPDATE stakeholders SET failed = 0 WHERE name = ?", (name,))

    def unlock(self, name: str, now_ns: int, by: str) -> None:
        with changing(self._file) as database:
            rows.required(database, name)
            database.execute("UPDATE stakeholders SET failed = 0, locked_until_ns = 0 WHERE name = ?", (name,))
            rows.note(database, now_ns, by, f"unlocks {name}")

    def withdraw(self, name: str, now_ns: int, by: str) -> None:
        """The stakeholder and its keys; the sequence numbers stay used."""
        with changing(self._file) as database:
            rows.required(database, name)
            database.execute("DELETE FROM stakeholders WHERE name = ?", (name,))
            rows.note(database, now_ns, by, f"withdraws {name}")

    def add_key(self, name: str, key: VerifyKey, now_ns: int, by: str) -> None:
        """RegisterError when another stakeholder holds it."""
        with changing(self._file) as database:
            rows.required(database, name)
            rows.admit(database, key, name)
            rows.note(database, now_ns, by, f"admits for {name}{rows.shown(key)}")

    def remove_key(self, key_id: KeyId, now_ns: int = 0, by: str = "") -> bool:
        """False when it was not there."""
        with changing(self._file) as database:
            row = database.execute(
                "DELETE FROM admitted_keys WHERE key_id = ? RETURNING name", (bytes(key_id),)
            ).fetchone()
            if row is not None:
                rows.note(database, now_ns, by, f"removes the key {key_id.hex()[:16]} of {row[0]}")
        return row is not None

    def forget_changes(self, until: int) -> None:
        """Changes up to this number are safe elsewhere."""
        with changing(self._file) as database:
            database.execute("DELETE FROM changes WHERE number <= ?", (until,))

    def reserve(self, holder: bytes) -> int:
        """First number of a block, see blocks."""
        return blocks.reserve(self._file, holder)

    # --

    def _look(self, age_s: float = 0.0) -> None:
        """Read again only when another connection or process has changed the file."""
        now_s = time.monotonic()
        if self._version is not None and now_s - self._looked_s < age_s:
            return
        self._looked_s = now_s
        with told(self._file):
            version = int(self._database.execute("PRAGMA data_version").fetchone()[0])
            if version == self._version:
                return
            self._by_name = {each.name: each for each in rows.read(self._database)}
            self._version = version
        self._by_key = {key.key_id: (key, each.name) for each in self._by_name.values() for key in each.keys}
