"""Encryption at rest: nothing readable in any file, one clear line for a wrong key, and a change of keys."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from models.errors import StorageError
from models.point import Cdc, Handle, PointName
from ringmain import main
from substation.cipher_key import CipherKey
from substation.control.database import Database
from substation.data_lock import locked
from substation.history.document import Document
from substation.history.sqlite_engine import SqliteEngine
from substation.history.store import History
from tests.substation.history.disk import line, sample

ONE, OTHER = CipherKey("1" * 64, "one"), CipherKey("2" * 64, "other")
TEXT = "breaker of Hauptstrasse 7 tripped"
PLACE = PointName("Hauptstrasse", "Strategy")


def _contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(folder.glob("*.sqlite*")):
        yield file.name, file.read_bytes()


async def _filled(data: Path, key: CipherKey | None, look: bool = False) -> None:
    """A unit's two databases with something in them; look: while they are open, at file and log."""
    history = History(SqliteEngine(data / "history.sqlite", key=key))
    (handle,) = history.series_handles([PLACE])
    history.record(line(TEXT))
    await history.append_documents([Document(handle, TEXT.encode(), 0, 1, 1, "household Meier")])
    await history.append([sample(1, number, number) for number in range(1000)])
    await history.flush()
    database = await Database.open(data / "control.sqlite", key=key)
    await database.run(lambda connection: connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS kept (text)"))
    await database.run(lambda connection: connection.exec_driver_sql("INSERT INTO kept VALUES (?)", (TEXT,)))
    if look:
        found = dict(_contents(data))
        assert found["history.sqlite-wal"]
        assert found["control.sqlite-wal"]
        for name, content in found.items():
            shown = [part for part in (b"Hauptstrasse", b"Meier", b"CREATE TABLE", b"SQLite format") if part in content]
            assert shown == [], name
    await database.close()
    history.close()


def _kept(data: Path, key: CipherKey | None) -> list[str]:
    """What is in both."""

    async def texts() -> list[str]:
        with closing(History(SqliteEngine(data / "history.sqlite", key=key))) as history:
            found = [event.text for _, event in history.lines()]
            assert len(history.series(Handle(1), Cdc.INS, 0, 2**62)) == 1000
            assert history.series_handles([PLACE, PointName("new", "new")]) == [1, 2]
        database = await Database.open(data / "control.sqlite", key=key)
        try:
            rows = await database.run(
                lambda connection: connection.execute(sa.text("SELECT text FROM kept")).fetchall()
            )
        finally:
            await database.close()
        return [*found, *(row.text for row in rows)]

    return asyncio.run(texts())


def test_nothing_is_readable_in_file_or_log(tmp_path: Path) -> None:
    asyncio.run(_filled(tmp_path, ONE, look=True))
    for name, content in _contents(tmp_path):
        assert TEXT.encode() not in content, name
    assert _kept(tmp_path, ONE) == [TEXT, TEXT]


def test_a_look_at_plain_files_finds_it(tmp_path: Path) -> None:
    """So the test before would fail without encryption."""
    asyncio.run(_filled(tmp_path, None))
    assert all(TEXT.encode() in content for name, content in _contents(tmp_path) if name.endswith(".sqlite"))


WRONG_KEY = "the key is wrong, or the file is not encrypted"


@pytest.mark.parametrize(
    ("kept", "tried", "hint"),
    [(ONE, OTHER, WRONG_KEY), (None, ONE, WRONG_KEY), (ONE, None, "damaged, or encrypted")],
    ids=["wrong key", "plain file", "no key"],
)
def test_a_wrong_key_is_one_clear_line(
    tmp_path: Path, kept: CipherKey | None, tried: CipherKey | None, hint: str, capfd: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(_filled(tmp_path, kept))
    with pytest.raises(StorageError, match=hint) as caught:
        History(SqliteEngine(tmp_path / "history.sqlite", key=tried))
    assert "\n" not in str(caught.value)
    assert "2222" not in str(caught.value)
    assert capfd.readouterr().err == ""
    assert _kept(tmp_path, kept) == [TEXT, TEXT]


def _unit(folder: Path, keys: dict[str, CipherKey], key_file: str | None) -> Path:
    for name, key in keys.items():
        (folder / name).write_text(key.literal()[3:-2])
        (folder / name).chmod(0o600)
    section = f'[history]\nencryption = "sqlcipher"\nkey_file = "{key_file}"\n' if key_file else ""
    file = folder / "unit.toml"
    file.write_text(f'schema = 1\n[unit]\nname = "MV1"\nlevel = "MVGMU"\n{section}')
    return file


def test_files_are_put_under_a_key_and_under_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    data.mkdir()
    asyncio.run(_filled(data, None))
    unit = _unit(tmp_path, {"one": ONE, "other": OTHER}, "one")
    with locked(data):
        assert main(["history", str(unit), "encrypt"]) == 1
    assert "is in use by a unit that runs" in capsys.readouterr().err
    assert main(["history", str(unit), "encrypt"]) == 0
    assert all(TEXT.encode() not in content for _, content in _contents(data))
    assert _kept(data, ONE) == [TEXT, TEXT]
    unit = _unit(tmp_path, {}, "other")
    assert main(["history", str(unit), "rekey"]) == 1
    assert "--old-key FILE" in capsys.readouterr().err
    assert main(["history", str(unit), "rekey", "--old-key", str(tmp_path / "one")]) == 0
    assert main(["history", str(unit), "rekey", "--old-key", str(tmp_path / "one")]) == 0  # as after a crash in between
    assert capsys.readouterr().out.count("has that key already") == 2
    assert _kept(data, OTHER) == [TEXT, TEXT]
    assert [file.name for file in data.glob("*.new")] == []
    (tmp_path / "one").write_text("3" * 64)
    unit = _unit(tmp_path, {}, "one")
    assert main(["history", str(unit), "rekey", "--old-key", str(tmp_path / "one")]) == 1
    assert "neither the old nor the new key opens it; nothing was changed" in capsys.readouterr().err
    assert _kept(data, OTHER) == [TEXT, TEXT]


def test_check_tells_what_is_there_and_what_is_damaged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    data.mkdir()
    unit = _unit(tmp_path, {"one": ONE}, "one")
    assert main(["history", str(unit), "check"]) == 1
    assert "is not there; the unit has not run yet" in capsys.readouterr().err
    asyncio.run(_filled(data, ONE))
    assert main(["history", str(unit), "check"]) == 0
    said = capsys.readouterr().out
    assert "1000 samples from 1970-01-01T00:00:00.000000000Z" in said
    assert "1 documents" in said
    file = data / "history.sqlite"
    content = bytearray(file.read_bytes())
    content[-3000] ^= 0xFF
    file.write_bytes(content)
    assert main(["history", str(unit), "check"]) == 1
    captured = capsys.readouterr()
    assert "damaged: " in captured.out or "history.sqlite: " in captured.err
