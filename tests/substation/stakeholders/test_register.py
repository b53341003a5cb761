"""The register of stakeholders: keys, names, numbers that are never given out twice, files of earlier versions."""

from __future__ import annotations

import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from models.wire.keys import SigningKey
from substation.exchange.access import Role
from substation.exchange.key_files import read_verify_key, unit_key
from substation.stakeholders.blocks import BLOCK
from substation.stakeholders.register import StakeholderRegister
from substation.stakeholders.schema import FILE_NAME, RegisterError

ONE, TWO, THREE = (SigningKey.from_seed(bytes([number]) * 32) for number in (1, 2, 3))


def test_enrol_find_change_remove(tmp_path: Path) -> None:
    with closing(StakeholderRegister(tmp_path)) as register:
        assert register.find(ONE.key_id) is None
        register.enrol(ONE.public, "Olga", Role.OPERATOR, 1)
        found = register.find(ONE.key_id)
        assert found is not None
        assert found.raw == ONE.public.raw
        register.enrol(ONE.public, "Olga", Role.VIEWER, 2)
        assert [str(each) for each in register.stakeholders()] == ["Olga (VIEWER)"]
        with pytest.raises(RegisterError, match="belongs to another key"):
            register.enrol(TWO.public, "Olga", Role.VIEWER, 3)
        assert register.remove_key(ONE.key_id)
        assert not register.remove_key(ONE.key_id)
        assert register.identity(ONE.key_id) is None


def test_numbers_are_never_given_out_twice(tmp_path: Path) -> None:
    with closing(StakeholderRegister(tmp_path)) as register:
        register.enrol(ONE.public, "Olga", Role.OPERATOR, 1)
        taken: list[int] = []
        threads = [
            threading.Thread(target=lambda: taken.extend(register.reserve(ONE.key_id) for _ in range(5)))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        register.remove_key(ONE.key_id)
    with closing(StakeholderRegister(tmp_path)) as register:  # restarted, and the key withdrawn and admitted again
        register.enrol(ONE.public, "Olga", Role.OPERATOR, 1)
        taken.append(register.reserve(ONE.key_id))
    assert sorted(taken) == [BLOCK * (index + 1) for index in range(21)]


def test_private_files_are_private(tmp_path: Path) -> None:
    data = tmp_path / "data"
    key = unit_key(data)
    assert unit_key(data).key_id == key.key_id
    assert read_verify_key(data / "unit.pub").key_id == key.key_id
    with closing(StakeholderRegister(data)):
        pass
    for name in ("unit.key", FILE_NAME):
        assert stat.S_IMODE((data / name).stat().st_mode) == 0o600


def test_a_broken_register_is_one_line(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a database at all, but long enough to be read as one" * 20)
    with pytest.raises(RegisterError, match="keys.sqlite: the key register fails"):
        StakeholderRegister(tmp_path)


def _of_before(data: Path, approval: bool) -> None:
    """A register as earlier versions have left it: with or without the columns of the last one before stakeholders."""
    more = ", approves INTEGER NOT NULL DEFAULT 0, areas TEXT NOT NULL DEFAULT '[\"*\"]'" if approval else ""
    with closing(sqlite3.connect(data / FILE_NAME)) as database, database:
        database.execute(
            "CREATE TABLE keys (key_id BLOB PRIMARY KEY, public BLOB NOT NULL, name TEXT NOT NULL UNIQUE,"
            f" role TEXT NOT NULL, enrolled_ns INTEGER NOT NULL{more}) STRICT"
        )
        database.execute("CREATE TABLE sequences (key_id BLOB PRIMARY KEY, next INTEGER NOT NULL) STRICT")
        for key, name, role in ((ONE, "Olga", "OPERATOR"), (TWO, "Vito", "VIEWER")):
            row = (bytes(key.key_id), key.public.raw, name, role, 7)
            database.execute("INSERT INTO keys (key_id, public, name, role, enrolled_ns) VALUES (?, ?, ?, ?, ?)", row)
        if approval:
            database.execute("""UPDATE keys SET approves = 1, areas = '["ST1/*"]' WHERE name = 'Olga'""")
        database.execute("INSERT INTO sequences VALUES (?, ?)", (bytes(ONE.key_id), 5 * BLOCK))


@pytest.mark.parametrize("approval", [False, True])
def test_registers_of_before_are_taken_over(tmp_path: Path, approval: bool) -> None:
    _of_before(tmp_path, approval)
    for _ in range(2):
        with closing(StakeholderRegister(tmp_path)) as register:
            olga, vito = register.stakeholders()
            assert (str(olga), olga.approves, olga.areas) == (
                "Olga (OPERATOR)",
                True,
                ("ST1/*",) if approval else ("*",),
            )
            assert (str(vito), vito.approves, vito.holds(TWO.key_id)) == ("Vito (VIEWER)", False, True)
    with closing(StakeholderRegister(tmp_path)) as register:
        assert register.reserve(bytes(ONE.key_id)) == 5 * BLOCK


def test_a_register_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(RegisterError, match="made by a later version of Ringmain"):
        StakeholderRegister(tmp_path)


def test_several_keys_of_one(tmp_path: Path) -> None:
    with closing(StakeholderRegister(tmp_path)) as register:
        register.enrol(ONE.public, "Olga", Role.OPERATOR, 1)
        register.enrol(THREE.public, "Vito", Role.VIEWER, 1)
        register.add_key("Olga", TWO.public, 2, "test")
        assert [register.holder(key.key_id) and str(register.holder(key.key_id)) for key in (ONE, TWO)] == [
            "Olga (OPERATOR)"
        ] * 2
        with pytest.raises(RegisterError, match="belongs to 'Vito'; remove it there first"):
            register.add_key("Olga", THREE.public, 2, "test")
        register.enrol(TWO.public, "Olga N.", Role.OPERATOR, 3)  # a new name for both
        assert register.named("Olga") is None
        assert register.changes()[-1].what.endswith(", Olga so far")
        assert register.identity(ONE.key_id) == register.named("Olga N.").identity(ONE.key_id)  # type: ignore[union-attr]
        register.withdraw("Olga N.", 4, "test")
        assert register.find(ONE.key_id) is None
        assert [change.what for change in register.changes()][-1] == "withdraws Olga N."
        register.forget_changes(register.changes()[-2].number)
        assert len(register.changes()) == 1


def test_a_subject_is_of_one_stakeholder(tmp_path: Path) -> None:
    with closing(StakeholderRegister(tmp_path)) as register:
        register.enrol(ONE.public, "Olga", Role.OPERATOR, 1, subject="Olga N.")
        with pytest.raises(RegisterError, match="certificates of 'Olga N.' are taken as Olga already"):
            register.enrol(TWO.public, "Vito", Role.VIEWER, 1, subject="Olga N.")
        assert register.named("Vito") is None
        holder = register.of_subject("Olga N.")
        assert holder is not None
        assert holder.name == "Olga"


@pytest.mark.parametrize("name", ["", "a/b", "a*", " a", "a\n", "x" * 65, 'a"'])
def test_names_that_are_not_usable(tmp_path: Path, name: str) -> None:
    with closing(StakeholderRegister(tmp_path)) as register, pytest.raises(RegisterError, match="the name"):
        register.enrol(ONE.public, name, Role.VIEWER, 1)


def test_expired_keys_are_nobody(tmp_path: Path) -> None:
    with closing(StakeholderRegister(tmp_path, lambda: 10)) as register:
        register.enrol(ONE.public, "Olga", Role.OPERATOR, 1, valid_until_ns=10)
        register.enrol(TWO.public, "Vito", Role.VIEWER, 1, valid_until_ns=11)
        assert register.identity(ONE.key_id) is None
        assert register.identity(TWO.key_id) is not None
