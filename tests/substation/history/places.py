"""The engines that hold a history, each with a disk that can be full at will."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path

import psycopg
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection

from substation.cipher_key import CipherKey
from substation.history.engine import Engine
from substation.history.postgres_engine import PostgresEngine
from substation.history.sqlite_engine import SqliteEngine
from substation.history.store import History

KEY = CipherKey("0123456789abcdef" * 4, "the test")
_numbers = itertools.count(1)


class Place(ABC):
    """Where a history lies; every `engine` opens the same one again."""

    full_reason: str

    @abstractmethod
    def engine(self) -> Engine: ...

    @abstractmethod
    def disk(self, history: History) -> Disk: ...


class Disk(ABC):
    """`full` and `free` take effect with the next transaction."""

    @abstractmethod
    def full(self) -> None: ...

    @abstractmethod
    def free(self) -> None: ...


class File(Place):
    """A file of SQLite, or of SQLCipher."""

    full_reason = "database or disk is full; free or replace the disk"

    def __init__(self, path: Path, key: CipherKey | None = None) -> None:
        self.path, self._key = path, key

    def engine(self) -> Engine:
        return SqliteEngine(self.path, key=self._key)

    def disk(self, history: History) -> Disk:
        return PageLimit(history)


class PageLimit(Disk):
    """SQLite itself refuses, by its page limit."""

    def __init__(self, history: History) -> None:
        self._pages = 2**30
        event.listen(history.engine.sql, "checkout", self._limit)

    def _limit(self, connection: DBAPIConnection, *_: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA max_page_count={self._pages}")
        cursor.close()

    def full(self) -> None:
        self._pages = 1  # SQLite takes the present size for what is below it

    def free(self) -> None:
        self._pages = 2**30


class Schema(Place):
    """A schema of its own on a server."""

    full_reason = "could not extend file: No space left on device"

    def __init__(self, url: str) -> None:
        self.url, self.unit = url, f"LV-{next(_numbers)}"

    def engine(self) -> Engine:
        return PostgresEngine(self.url, self.unit)

    def disk(self, history: History) -> Disk:
        return Refusal(self)

    def execute(self, *statements: str) -> list[tuple[object, ...]]:
        """In the schema; the rows of the last one."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f'SET search_path TO "{self.unit}"')
            for statement in statements:
                cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []


class Refusal(Disk):
    """The server refuses every new row with the error of a full disk (SQLSTATE 53100)."""

    TABLES = ("sample_event", "sample_measurand", "event_line", "document", "application_state")

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def full(self) -> None:
        raised = "RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'"
        function = (
            f"CREATE OR REPLACE FUNCTION full() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN {_doubled(raised)}; END'"
        )
        triggers = [
            f"CREATE TRIGGER full_disk BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION full()"
            for table in self.TABLES
        ]
        self._schema.execute(function, *triggers)

    def free(self) -> None:
        for table in self.TABLES:
            self._free(table)

    def _free(self, table: str) -> None:
        """The unit goes on trying meanwhile; of two that wait for each other the server ends one."""
        for _ in range(10):
            with suppress(psycopg.errors.DeadlockDetected):
                self._schema.execute(f"DROP TRIGGER full_disk ON {table}")
                return
        raise AssertionError(f"the trigger of {table} cannot be dropped")


def _doubled(text: str) -> str:
    return text.replace("'", "''")
