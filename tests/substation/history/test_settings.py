"""The section [history]: what is wrong in it is said with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.config import read_toml
from models.errors import ConfigError, StorageError
from substation.cipher_key import CipherKey
from substation.history.postgres_engine import PostgresEngine
from substation.history.settings import HistorySettings, KeepDays, read_history
from substation.history.sqlite_engine import SqliteEngine

KEY = "00ff" * 16


def read(text: str, folder: Path = Path("/etc/unit")) -> HistorySettings:
    root = read_toml(f"schema = 1\n[history]\n{text}", "unit.toml")
    return read_history(root.table("history"), folder)


def test_without_a_section_it_is_a_plain_file(tmp_path: Path) -> None:
    settings = read("")
    assert settings == HistorySettings()
    assert settings.key() is None
    engine = settings.open(tmp_path, "MV1")
    assert isinstance(engine, SqliteEngine)
    assert engine.path == tmp_path / "history.sqlite"


def test_everything_can_be_said(tmp_path: Path) -> None:
    settings = read(
        'engine = "postgresql"\ndatabase = "postgresql://ringmain@db:5433/history"\npassword_env = "PW"\n'
        'encryption = "sqlcipher"\nkey_file = "key"\ncache_mb = 2\nkeep_days = {measurands = 7, quarters = 0}'
    )
    assert settings.keep_days == KeepDays(measurands=7, quarters=0)
    assert settings.key_file == Path("/etc/unit/key")
    assert settings.password({"PW": "x"}) == "x"
    with pytest.raises(StorageError, match="PW is not set"):
        settings.password({})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PW", "word")
        engine = settings.open(tmp_path, "MV1")
    assert isinstance(engine, PostgresEngine)
    assert engine.place == "db:5433/history, schema MV1"
    engine.close()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('engine = "oracle"', "unit.toml:3: engine 'oracle' is unknown; one of sqlite, postgresql"),
        ('engine = "postgresql"', "'database' and the engine 'postgresql' go together"),
        ('database = "postgresql://a@b/c"', "unit.toml:3: 'database' and the engine"),
        ('engine = "postgresql"\ndatabase = "sqlite:///x"', "unit.toml:4: 'database' is not the URL of a PostgreSQL"),
        ('engine = "postgresql"\ndatabase = "postgresql://a:hush@b/c"', "unit.toml:4: a password stands in 'database'"),
        ('engine = "postgresql"\ndatabase = "%%%"', "unit.toml:4: 'database' is no URL"),
        ('encryption = "sqlcipher"', "encryption needs one key; give key_file or key_env"),
        ('key_env = "K"', "a key without encryption"),
        ("cache_mb = 0", "unit.toml:3: 'cache_mb' is 0; 1 to 16384"),
        ("keep_days = {events = -1}", "unit.toml:3: 'events' is -1; days from 1 to 36500, or 0 for ever"),
        ("keep_days = {years = 1}", "unknown key"),
        ("size = 1", "unit.toml:3: unknown key 'history.size'"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert problem in str(caught.value)
    assert "hush" not in str(caught.value)


def test_a_key_comes_from_a_file_that_nobody_else_reads(tmp_path: Path) -> None:
    file = tmp_path / "key"
    settings = read('encryption = "sqlcipher"\nkey_file = "key"', tmp_path)
    with pytest.raises(StorageError, match="the key cannot be read"):
        settings.key()
    file.write_text(KEY + "\n")
    file.chmod(0o640)
    with pytest.raises(StorageError, match=r"others may read this key \(mode 0640\); chmod 600 it"):
        settings.key()
    file.chmod(0o600)
    assert settings.key() == CipherKey(KEY, "")
    file.write_text("short")
    with pytest.raises(StorageError, match="64 hexadecimal digits") as caught:
        settings.key()
    assert "short" not in str(caught.value)
    assert KEY not in repr(CipherKey(KEY, ""))


def test_a_key_comes_from_the_environment() -> None:
    settings = read('encryption = "sqlcipher"\nkey_env = "UNIT_KEY"')
    assert settings.key({"UNIT_KEY": KEY}) == CipherKey(KEY, "")
    with pytest.raises(StorageError, match="UNIT_KEY is not set"):
        settings.key({})
