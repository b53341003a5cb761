"""History in PostgreSQL: one schema per unit, COPY for new rows, samples and documents in partitions by time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import cast

import psycopg
import sqlalchemy as sa

from models.errors import StorageError
from substation.history.engine import Engine, Row, Slice
from substation.history.partitions import LOCK_WAIT, Partitioned
from substation.history.schema import documents, metadata, newest_samples, samples

_EVENTS, _MEASURANDS = Partitioned("sample_event", 30), Partitioned("sample_measurand", 1)
_DOCUMENTS = Partitioned("document", 30)

_SAMPLE = (
    "handle integer NOT NULL, time_ns bigint NOT NULL, sequence bigint NOT NULL, has_source_time boolean NOT NULL,"
    " arrival_ns bigint NOT NULL, value numeric, quality integer NOT NULL"
)
_DOCUMENT = (
    "handle integer NOT NULL, time_ns bigint NOT NULL, sequence bigint NOT NULL, arrival_ns bigint NOT NULL,"
    " value bytea NOT NULL, quality integer NOT NULL, origin integer NOT NULL"
)
# Events are kept longer than measurands, so each has partitions of its own; who reads does not see the difference.
_PARTITIONED = (
    f"CREATE TABLE sample ({_SAMPLE}, lossless boolean NOT NULL, PRIMARY KEY (handle, time_ns, sequence, lossless))"
    " PARTITION BY LIST (lossless)",
    "CREATE TABLE sample_event PARTITION OF sample (lossless DEFAULT true) FOR VALUES IN (true)"
    " PARTITION BY RANGE (time_ns)",
    "CREATE TABLE sample_measurand PARTITION OF sample (lossless DEFAULT false) FOR VALUES IN (false)"
    " PARTITION BY RANGE (time_ns)",
    "CREATE TABLE sample_event_default PARTITION OF sample_event (lossless DEFAULT true) DEFAULT",
    "CREATE TABLE sample_measurand_default PARTITION OF sample_measurand (lossless DEFAULT false) DEFAULT",
    "CREATE INDEX ON sample USING brin (time_ns)",
    f"CREATE TABLE document ({_DOCUMENT}, PRIMARY KEY (handle, time_ns, sequence)) PARTITION BY RANGE (time_ns)",
    "CREATE TABLE document_default PARTITION OF document DEFAULT",
    "CREATE INDEX ON document USING brin (time_ns)",
)
_CONNECT: dict[str, str | int] = {
    "connect_timeout": 5, "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3,
    "tcp_user_timeout": 10_000, "application_name": "ringmain",
}  # fmt: skip
"""A server that has gone silently is noticed within about ten seconds."""


class PostgresEngine(Engine):
    """unit: its name becomes the schema. url: postgresql://USER@HOST:PORT/DATABASE; the password stands apart from it.

    ConfigError is the reader's business (substation.history.settings): here the URL is taken as it is.
    """

    remedy = "see to the database server, its address and rights"
    relief = "see to the database server"
    failures = (sa.exc.SQLAlchemyError, psycopg.Error)
    unfit = (sa.exc.IntegrityError, sa.exc.DataError, psycopg.IntegrityError, psycopg.DataError, ArithmeticError,
             TypeError, ValueError)  # fmt: skip
    mark = "%s"

    def __init__(self, url: str, unit: str, password: str | None = None, kept: int = 3) -> None:
        parsed = sa.make_url(url).set(drivername="postgresql+psycopg")
        if password is not None:
            parsed = parsed.set(password=password)
        self._schema, self._password = unit, parsed.password
        self.place = f"{parsed.host}:{parsed.port or 5432}/{parsed.database}, schema {unit}"
        super().__init__(
            sa.create_engine(parsed, pool_size=kept, max_overflow=10, pool_pre_ping=True, connect_args=_CONNECT)
        )
        sa.event.listen(self.sql, "connect", self._enter_schema)

    def _enter_schema(self, connection: psycopg.Connection[tuple[object, ...]], _record: object) -> None:
        path = psycopg.sql.SQL("SET search_path TO {}").format(psycopg.sql.Identifier(self._schema))
        connection.execute(path)
        connection.commit()

    def present(self) -> None:
        with self.told(), self.sql.connect() as connection:
            if not sa.inspect(connection).has_table("document"):
                raise StorageError(f"{self.place} is not there; the unit has not run yet")

    def prepare(self, now_ns: int) -> None:
        with self.told(), self.sql.begin() as connection:
            quoted = connection.dialect.identifier_preparer.quote_identifier(self._schema)
            connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {quoted}")
            metadata.create_all(connection, [t for t in metadata.sorted_tables if t not in (samples, documents)])
            if not sa.inspect(connection).has_table("document"):
                for statement in _PARTITIONED:
                    connection.exec_driver_sql(statement)
        self.make_ahead(now_ns)

    def make_ahead(self, now_ns: int) -> None:
        with self.told(), self.sql.begin() as connection:
            connection.exec_driver_sql(LOCK_WAIT)
            for partitioned in (_EVENTS, _MEASURANDS, _DOCUMENTS):
                partitioned.make_ahead(connection, now_ns)

    @contextlib.contextmanager
    def writing(self, durable: bool = True) -> Iterator[sa.Connection]:
        with self.sql.connect() as connection:
            try:
                if not durable:
                    connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
                yield connection
                connection.commit()
            except psycopg.OperationalError as error:  # from COPY, of which SQLAlchemy does not know
                connection.invalidate(error)
                raise

    def insert(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
        columns = self.statements(table).columns
        with _cursor(connection).copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(self.plain(table, row))

    def insert_samples(self, connection: sa.Connection, rows: Sequence[Row], lossless: bool) -> None:
        target = _EVENTS if lossless else _MEASURANDS
        exact = [row if type(row[5]) is float and row[5] == row[5] else self.plain(samples, row) for row in rows]
        with _cursor(connection).copy(f"COPY {target.table} ({self.statements(samples).columns}) FROM STDIN") as copy:
            for row in sorted(exact):  # by point, time, sequence: never further
                copy.write_row(row)

    def insert_once(self, connection: sa.Connection, table: sa.Table, row: Row, lossless: bool) -> None:
        if table is samples:
            once = self.statements(samples).insert_once
            target = (_EVENTS if lossless else _MEASURANDS).table
            connection.exec_driver_sql(once.replace('"sample"', target, 1), self.plain(table, row))
        else:
            super().insert_once(connection, table, row, lossless)

    def attempt(self, connection: sa.Connection) -> contextlib.AbstractContextManager[object]:
        return connection.begin_nested()

    def plain(self, table: sa.Table, row: Row) -> Row:
        """Numbers exactly: floats as decimals, and a number that is none is NULL, as in SQLite."""
        if table in (samples, newest_samples):
            return (*row[:5], _exact(row[5]), int(cast(int, row[6])))
        return tuple(_exact(item) if type(item) is float else item for item in row)

    def cause(self, error: BaseException) -> str:
        text = super().cause(error)
        return text.replace(self._password, "...") if self._password else text

    def old_samples(self, lossless: bool, cutoff_ns: int) -> Iterator[Slice]:
        return self._old(_EVENTS if lossless else _MEASURANDS, cutoff_ns)

    def old_documents(self, cutoff_ns: int) -> Iterator[Slice]:
        return self._old(_DOCUMENTS, cutoff_ns)

    def _old(self, partitioned: Partitioned, cutoff_ns: int) -> Iterator[Slice]:
        with self.reading() as connection:
            starts = partitioned.starts(connection)
        return partitioned.old(starts, cutoff_ns)


def _text(value: object) -> str:
    if type(value) is float:
        return repr(value) if value == value else "\\N"
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is no number")
    if not -(2**63) <= value < 2**63:
        raise OverflowError("a number of more than 64 bits")
    return str(int(value))


def _exact(value: object) -> Decimal | None:
    return Decimal(_text(value)) if value is not None and value == value else None


def _cursor(connection: sa.Connection) -> psycopg.Cursor[tuple[object, ...]]:
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise StorageError("the connection to the database is not one of psycopg")
    return driver.cursor()
