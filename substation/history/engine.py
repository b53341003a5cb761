"""The seam between history and the database that holds it. Two engines: SQLite and PostgreSQL."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import cache

import sqlalchemy as sa

from models.errors import StorageError
from substation.history.schema import Statements

Row = tuple[object, ...]
Slice = Callable[[sa.Connection], bool]
"""Work of one short transaction; True: no more of this kind is left."""


class Engine(ABC):
    """One database. All calls block: writing is done in the writer's thread alone, reading in any.

    place: where it is, in words without secrets. remedy: what to do when it cannot be used, relief:
    when it cannot be written. failures: what a
    database raises that refuses or has gone, to be tried again. unfit: it is well, but a row is not: the others are
    kept without it.
    """

    place: str
    remedy: str
    relief: str
    failures: tuple[type[Exception], ...]
    unfit: tuple[type[Exception], ...]
    mark: str

    def __init__(self, sql: sa.Engine) -> None:
        self.sql = sql
        self.statements = cache(lambda table: Statements(table, self.mark))

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """StorageError, in one line, for whatever goes wrong inside."""
        with self.told(), self.sql.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def told(self, what: str = "") -> Iterator[None]:
        """What goes wrong inside is a StorageError in words."""
        told: tuple[type[Exception], ...] = (*self.failures, OSError)
        try:
            yield
        except told as error:
            raise StorageError(f"{self.place}{what}: {self.cause(error)}; {self.hint(error)}") from error

    @abstractmethod
    def writing(self, durable: bool = True) -> contextlib.AbstractContextManager[sa.Connection]:
        """One transaction; raises the failures and unfit as they are. not durable: a power cut may take it along."""

    @abstractmethod
    def insert(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
        """Many new rows, as fast as the database can."""

    @abstractmethod
    def insert_samples(self, connection: sa.Connection, rows: Sequence[Row], lossless: bool) -> None:
        """As insert, of samples. lossless: they are events, which retention keeps longer."""

    @abstractmethod
    def attempt(self, connection: sa.Connection) -> contextlib.AbstractContextManager[object]:
        """Around one statement whose failure must not spoil the transaction."""

    def insert_once(self, connection: sa.Connection, table: sa.Table, row: Row, lossless: bool) -> None:
        """One row; nothing where it is already, since a commit may have succeeded without our hearing of it."""
        connection.exec_driver_sql(self.statements(table).insert_once, self.plain(table, row))

    def replace(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
        """Rows that take the place of those with the same key."""
        if rows:
            connection.exec_driver_sql(self.statements(table).replace, [self.plain(table, row) for row in rows])

    def plain(self, table: sa.Table, row: Row) -> Row:
        """The row as the driver takes it."""
        return row

    def cause(self, error: BaseException) -> str:
        """One line, without secrets."""
        return " ".join(str(getattr(error, "orig", None) or error).split())

    def hint(self, error: BaseException) -> str:
        """What to do about it."""
        return self.remedy

    @abstractmethod
    def present(self) -> None:
        """For those who only read. StorageError when there is no history yet."""

    @abstractmethod
    def prepare(self, now_ns: int) -> None:
        """Make the tables, and room for the time to come (make_ahead). StorageError when that cannot be done."""

    @abstractmethod
    def make_ahead(self, now_ns: int) -> None:
        """Room for the time to come."""

    @abstractmethod
    def old_samples(self, lossless: bool, cutoff_ns: int) -> Iterator[Slice]:
        """Slices that clear samples of events (lossless) or measurands that are older and came before the cutoff."""

    @abstractmethod
    def old_documents(self, cutoff_ns: int) -> Iterator[Slice]:
        """Slices that clear documents."""

    def close(self) -> None:
        self.sql.dispose()
