"""Backup of a unit that runs, restored: orders, tags, journal, history, event list; old frames stay refused."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from models.errors import RingmainError
from models.point import Dbpos
from models.wire.keys import SigningKey
from substation.cipher_key import CipherKey
from substation.commands import backup as backup_command
from substation.commands import restore as restore_command
from substation.config import read_unit
from substation.durable_file import sqlite_module
from substation.exchange.access import Role
from substation.exchange.key_files import UNIT_KEY, read_verify_key, unit_key
from substation.maintenance.backup import make
from substation.maintenance.errors import BackupError
from substation.maintenance.leap import LEAP
from substation.maintenance.restore import restore
from substation.maintenance.seal import TAG_OCTETS
from substation.stakeholders.register import StakeholderRegister
from substation.tags import TagKind
from tests.substation.commands.small_site import small_site
from tests.substation.control.world import order
from tests.substation.maintenance.bench import ERNA, NOW_NS, OLGA
from tests.substation.maintenance.node_bench import SWITCH
from tests.substation.unit_bench import running

PASSPHRASE = "correct horse battery staple"


def backed_up(folder: Path, passphrase: str | None = None) -> Path:
    out = folder / "unit.backup"
    config = read_unit(folder / "unit.toml")
    make(config, unit_key(config.data), None, passphrase, out, NOW_NS)
    return out


def rewritten(file: Path, at: int) -> Path:
    octets = bytearray(file.read_bytes())
    octets[at] ^= 1
    bad = file.with_suffix(".bad")
    bad.write_bytes(octets)
    return bad


def sequences(data: Path) -> dict[bytes, int]:
    with closing(sqlite3.connect(data / "keys.sqlite")) as database:
        return dict(database.execute("SELECT key_id, next FROM sequences"))


def test_a_restored_unit_goes_on(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
        small_site(folder)

    async def main() -> None:
        async with running(old) as made:
            await made.station.desk.propose(order())
            await made.station._tags.place(TagKind.CAUTION, ("OBR1/K1/E04/Q0",), "Olga", NOW_NS, "")  # noqa: SLF001
            await made.field.tell(SWITCH, Dbpos.ON)
            await made.unit.parts.stores.history.flush()
            out = await asyncio.to_thread(backed_up, old, PASSPHRASE)
            lines = made.texts()
        header = restore(
            out, new / "data", PASSPHRASE, read_verify_key(old / "data/unit.pub"), tmp_path / "config", NOW_NS
        )
        assert header.unit == "OBR"
        async with running(new) as again:
            assert again.station.desk.orders["FDIR-1"].state.value == "proposed"
            assert [tag.kind for tag in again.station._tags.tags] == [TagKind.CAUTION]  # noqa: SLF001
            assert set(lines) <= set(again.texts())
            assert not [text for text in again.texts() if "audit" in text]
            assert again.unit.parts.stores.history.newest(
                (handle, spec.cdc) for handle, spec in again.unit.parts.image.register.items()
            )

    asyncio.run(main())
    assert (new / "data" / UNIT_KEY).read_bytes() == (old / "data" / UNIT_KEY).read_bytes()
    assert {file.name for file in (tmp_path / "config").iterdir()} == {"unit.toml", "network.json", "scd.xml"}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A unit that has a key and two stakeholders, of whom one has had two sessions."""
    small_site(tmp_path)
    data = tmp_path / "data"
    unit_key(data)
    with closing(StakeholderRegister(data)) as register:
        for name, key, role in (("Erna", ERNA, Role.ENGINEER), ("Olga", OLGA, Role.OPERATOR)):
            register.enrol(key.public, name, role, NOW_NS)
        for _ in range(2):
            register.reserve(ERNA.key_id)
    return tmp_path


def test_numbers_given_out_after_the_backup_never_come_again(site: Path) -> None:
    """Each session has a block of its own; a frame of any block before the restoration is void after it."""
    out = backed_up(site)
    with closing(StakeholderRegister(site / "data")) as register:
        lost = [register.reserve(key.key_id) for key in (ERNA, OLGA) for _ in range(3)]
    restore(out, site / "again", None, None, None, NOW_NS)
    with closing(StakeholderRegister(site / "again")) as register:
        first = [register.reserve(key.key_id) for key in (ERNA, OLGA)]
        assert min(first) > max(lost)
        assert [str(person.name) for person in register.stakeholders()] == ["Erna", "Olga"]
    with closing(sqlite3.connect(site / "data/control.sqlite")) as database, database:
        database.execute("CREATE TABLE link_numbers (neighbour PRIMARY KEY, next, value_octets, dropped)")
        database.executemany("INSERT INTO link_numbers VALUES (?, ?, 0, 0)", [("TL", 5), ("X", NOW_NS + 9)])
    out.unlink()
    out = backed_up(site)
    restore(out, site / "third", None, None, None, NOW_NS)
    assert all(next_one >= LEAP for next_one in sequences(site / "third").values())
    with closing(sqlite3.connect(site / "third/control.sqlite")) as database:
        assert database.execute("SELECT next FROM link_numbers").fetchall() == [(NOW_NS,), (NOW_NS + 9,)]


def test_plain_backups_hold_no_private_key(site: Path) -> None:
    (site / "data/other.pem").write_text(SigningKey.generate().to_text())
    out = backed_up(site)
    assert b"PRIVATE" not in out.read_bytes()
    header = restore(out, site / "again", None, None, None, NOW_NS)
    assert not {"data/unit.key", "data/other.pem"} & {file.name for file in header.files}
    assert (site / "again/unit.pub").exists()
    assert out.stat().st_mode & 0o077 == 0


def test_every_altered_octet_of_a_sealed_backup_is_seen(site: Path) -> None:
    out = backed_up(site, PASSPHRASE)
    assert b"PRIVATE" not in out.read_bytes()
    assert b"SQLite format" not in out.read_bytes()
    size, known = out.stat().st_size, read_verify_key(site / "data/unit.pub")
    places = [5, 20, 60, 300, size // 2, size - TAG_OCTETS, size - 1]
    for place in places:
        with pytest.raises(BackupError):
            restore(rewritten(out, place), site / "again", PASSPHRASE, known, None, NOW_NS)
    with pytest.raises(BackupError, match="passphrase is wrong"):
        restore(out, site / "again", "another passphrase", known, None, NOW_NS)
    with pytest.raises(BackupError, match="is sealed"):
        restore(out, site / "again", None, known, None, NOW_NS)
    with pytest.raises(BackupError, match="not known"):
        restore(out, site / "again", PASSPHRASE, ERNA.public, None, NOW_NS)
    for cut in (0, 10, 100, size // 2, size - 1):
        os.truncate(rewritten(out, 0), cut)
        with pytest.raises(BackupError):
            restore(out.with_suffix(".bad"), site / "again", PASSPHRASE, known, None, NOW_NS)
    assert not (site / "again").exists()
    assert not list(site.glob("*.restoring"))


def test_nothing_is_overwritten(site: Path) -> None:
    out = backed_up(site)
    with pytest.raises(BackupError, match="holds data already"):
        restore(out, site / "data", None, None, None, NOW_NS)
    with pytest.raises(BackupError, match="exists already"):
        backed_up(site)
    (site / "config").mkdir()
    (site / "config/mine").write_text("x")
    with pytest.raises(BackupError, match="is not empty"):
        restore(out, site / "again", None, None, site / "config", NOW_NS)


def test_encrypted_databases_stay_so(site: Path) -> None:
    key = CipherKey("ab" * 32, "test")
    file = site / "data/control.sqlite"
    with closing(sqlite_module(key).connect(file)) as database:
        database.execute(f"PRAGMA key = {key.literal()}")
        database.execute("CREATE TABLE t (x)")
        database.execute("INSERT INTO t VALUES ('hidden')")
        database.execute("CREATE TABLE link_numbers (neighbour PRIMARY KEY, next)")
        database.execute("INSERT INTO link_numbers VALUES ('TL', 5)")
        database.commit()
    config = read_unit(site / "unit.toml")
    with pytest.raises(BackupError, match="is encrypted"):
        backed_up(site)
    make(config, unit_key(config.data), key, None, site / "out", NOW_NS)
    with pytest.raises(BackupError, match="names its key"):
        restore(site / "out", site / "again", None, None, None, NOW_NS)
    with pytest.raises(BackupError, match="the right one"):
        restore(site / "out", site / "again", None, None, None, NOW_NS, CipherKey("cd" * 32, "test"))
    restore(site / "out", site / "again", None, None, None, NOW_NS, key)
    assert b"SQLite" not in (site / "again/control.sqlite").read_bytes()[:16]
    with closing(sqlite_module(key).connect(site / "again/control.sqlite")) as database:
        database.execute(f"PRAGMA key = {key.literal()}")
        assert database.execute("SELECT x FROM t").fetchall() == [("hidden",)]
        assert database.execute("SELECT next FROM link_numbers").fetchall() == [(NOW_NS,)]


def test_a_database_that_is_written_meanwhile_is_consistent(site: Path) -> None:
    with closing(sqlite3.connect(site / "data/busy.sqlite", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE t (a, b)")
        database.execute("INSERT INTO t VALUES (1, 1)")
        database.execute("BEGIN")
        database.execute("UPDATE t SET a = 2")  # not committed: must not be in the backup
        out = backed_up(site)
        database.execute("COMMIT")
    restore(out, site / "again", None, None, None, NOW_NS)
    with closing(sqlite3.connect(site / "again/busy.sqlite")) as database:
        assert database.execute("SELECT a, b FROM t").fetchall() == [(1, 1)]


def test_the_commands(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    passphrase = site / "passphrase"
    passphrase.write_text(PASSPHRASE + "\n")
    unit, out = str(site / "unit.toml"), str(site / "out")
    assert backup_command.run([unit, out, "--passphrase-file", str(passphrase)]) == 0
    (site / "data").rename(site / "lost")
    given = [out, unit, "--passphrase-file", str(passphrase), "--unit-key", str(site / "lost/unit.pub")]
    assert restore_command.run(given) == 0
    assert "sealed, with private keys" in capsys.readouterr().out
    assert sequences(site / "data")
    passphrase.write_text("short")
    with pytest.raises(BackupError, match="fewer than 12"):
        backup_command.run([unit, str(site / "other"), "--passphrase-file", str(passphrase)])
    with pytest.raises(RingmainError, match="either UNIT"):
        restore_command.run([out])
