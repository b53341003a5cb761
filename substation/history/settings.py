"""The section [history] of unit.toml: which engine holds the history, how it is encrypted, how long it is kept."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from models.config import Table
from models.errors import StorageError
from substation.cipher_key import CipherKey, key_of_environment, key_of_file
from substation.history.engine import Engine
from substation.history.sqlite_engine import SqliteEngine

HISTORY_FILE, CONTROL_FILE = "history.sqlite", "control.sqlite"
SQLITE, POSTGRESQL = "sqlite", "postgresql"
MOST_DAYS = 36_500
NONE, SQLCIPHER = "none", "sqlcipher"


@dataclass(frozen=True, slots=True)
class KeepDays:
    """How many days everything is kept; 0: for ever. minutes, quarters: roll-ups of measurands over 1 and 15 min."""

    measurands: int = 90
    events: int = 3650
    documents: int = 400
    lines: int = 3650
    minutes: int = 400
    quarters: int = 3650


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """database: URL without password, for PostgreSQL. Secrets stand in files or environment variables, never here."""

    engine: str = SQLITE
    database: str = ""
    password_file: Path | None = None
    password_env: str | None = None
    encryption: str = NONE
    key_file: Path | None = None
    key_env: str | None = None
    cache_mb: int = 64
    keep_days: KeepDays = field(default_factory=KeepDays)

    def key(self, environment: Mapping[str, str] = os.environ) -> CipherKey | None:
        """The key of the unit's databases; StorageError when it cannot be had."""
        if self.encryption == NONE:
            return None
        return key_of_file(self.key_file) if self.key_file else key_of_environment(self.key_env or "", environment)

    def password(self, environment: Mapping[str, str] = os.environ) -> str | None:
        """The password of the database server; None: it asks for none. StorageError when it cannot be had."""
        if self.password_env is not None:
            if self.password_env not in environment:
                raise StorageError(f"the environment variable {self.password_env} is not set; it holds the password")
            return environment[self.password_env]
        try:
            return None if self.password_file is None else self.password_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise StorageError(f"{self.password_file}: the password cannot be read: {error}") from error

    def open(self, data: Path, unit: str, shared: bool = False) -> Engine:
        """The engine; nothing is opened yet. shared: with many units in a process, so few connections stay open."""
        kept = 1 if shared else 3
        if self.engine == SQLITE:
            return SqliteEngine(data / HISTORY_FILE, self.cache_mb, self.key(), kept)
        try:
            from substation.history.postgres_engine import PostgresEngine
        except ImportError as error:
            text = (
                "the engine 'postgresql' needs psycopg; install the extra 'postgres' (pip install ringmain[postgres])"
            )
            raise StorageError(text) from error
        return PostgresEngine(self.database, unit, self.password(), kept)


def read_history(table: Table, folder: Path) -> HistorySettings:
    """ConfigError with line and remedy. folder: of unit.toml; paths are relative to it."""
    engine = _one_of(table, "engine", SQLITE, POSTGRESQL)
    encryption = _one_of(table, "encryption", NONE, SQLCIPHER)
    cache_mb = table.take("cache_mb", int, 64)
    if not 1 <= cache_mb <= 16_384:
        raise table.error("cache_mb", f"'cache_mb' is {cache_mb}", "1 to 16384")
    settings = HistorySettings(
        engine=engine,
        database=_database(table, engine),
        password_file=_path(table, "password_file", folder),
        password_env=table.optional("password_env", str),
        encryption=encryption,
        key_file=_path(table, "key_file", folder),
        key_env=table.optional("key_env", str),
        cache_mb=cache_mb,
        keep_days=_keep_days(table.table("keep_days")),
    )
    table.done()
    _consistent(table, settings)
    return settings


def _one_of(table: Table, key: str, *known: str) -> str:
    """The first is the default."""
    name = table.take(key, str, known[0])
    if name not in known:
        raise table.error(key, f"{key} {name!r} is unknown", f"one of {', '.join(known)}")
    return name


def _path(table: Table, key: str, folder: Path) -> Path | None:
    text = table.optional(key, str)
    return None if text is None else (folder / text).resolve()


def _database(table: Table, engine: str) -> str:
    text = table.take("database", str, "")
    if (engine == POSTGRESQL) != bool(text):
        raise table.error("database" if text else None, "'database' and the engine 'postgresql' go together", _EXAMPLE)
    if not text:
        return ""
    try:
        url = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        raise table.error("database", "'database' is no URL", _EXAMPLE) from None
    if url.get_backend_name() != "postgresql" or not url.host or not url.database or url.query:
        raise table.error("database", "'database' is not the URL of a PostgreSQL database", _EXAMPLE)
    if url.password is not None:
        raise table.error("database", "a password stands in 'database'", "use password_file or password_env")
    return text


_EXAMPLE = 'database = "postgresql://USER@HOST:5432/DATABASE"'


def _consistent(table: Table, settings: HistorySettings) -> None:
    if settings.password_file and settings.password_env:
        raise table.error("password_env", "the password is given twice", "password_file or password_env")
    if settings.encryption == NONE:
        if settings.key_file or settings.key_env:
            raise table.error(None, "a key without encryption", 'add encryption = "sqlcipher", or leave the key out')
    elif bool(settings.key_file) == bool(settings.key_env):
        raise table.error("encryption", "encryption needs one key", "give key_file or key_env")


def _keep_days(table: Table) -> KeepDays:
    defaults = KeepDays()
    days = {}
    for name in KeepDays.__dataclass_fields__:
        days[name] = table.take(name, int, getattr(defaults, name))
        if not 0 <= days[name] <= MOST_DAYS:
            raise table.error(name, f"'{name}' is {days[name]}", f"days from 1 to {MOST_DAYS}, or 0 for ever")
    table.done()
    return KeepDays(**days)
