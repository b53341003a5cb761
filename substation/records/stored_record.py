"""A disturbance record in the store: what is known of it, and the table that keeps that."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, select

from models.record import Record
from substation.control.database import METADATA, add_row

RECORDS = Table(
    "disturbance_records",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("link", String, nullable=False),
    Column("name", String, nullable=False),
    Column("time_ns", BigInteger),
    Column("arrival_ns", BigInteger, nullable=False),
    Column("octets", Integer, nullable=False),
    Column("sha256", String, nullable=False),
    Column("file", String, nullable=False),
    sqlite_autoincrement=True,
)

_SUFFIXES = ((b"--- file type: CFG", ".cff"), (b"PK\x03\x04", ".zip"))


class StoredRecord(NamedTuple):
    """number: never used twice. name: how the device calls it. time_ns: of the device, None where it gave none.

    file: below the folder of records; nothing of it but our own characters comes from outside.
    """

    number: int
    link: str
    name: str
    time_ns: int | None
    arrival_ns: int
    octets: int
    sha256: str
    file: str

    @property
    def made_ns(self) -> int:
        """When the device made it, or else when it came."""
        return self.arrival_ns if self.time_ns is None else self.time_ns

    @property
    def made(self) -> str:
        return datetime.fromtimestamp(self.made_ns / 1e9, UTC).isoformat(" ", "milliseconds")[:23] + " UTC"


def folder_of(link: str) -> str:
    """A link's folder: the link's name, everything unusual written as %XX, so that none leads elsewhere."""
    return quote(link, safe="").replace(".", "%2E")[:200] or "%00"


def file_of(link: str, number: int, content: bytes) -> str:
    """COMTRADE in one file (IEC 60255-24) is told by its first line; what is not known stays `.rec`."""
    suffix = next((suffix for start, suffix in _SUFFIXES if content.startswith(start)), ".rec")
    return f"{folder_of(link)}/{number:08d}{suffix}"


def load(connection: Connection) -> list[StoredRecord]:
    """All, by number."""
    return [StoredRecord(*row) for row in connection.execute(select(RECORDS).order_by(RECORDS.c.number))]


def add(connection: Connection, link: str, record: Record, sha256: str, arrival_ns: int) -> StoredRecord:
    """A new row, with its number."""
    new = StoredRecord(0, link, record.name, record.time_ns, arrival_ns, len(record.content), sha256, "")
    columns = {name: value for name, value in new._asdict().items() if name != "number"}
    key = add_row(connection, RECORDS, columns)
    file = file_of(link, key, record.content)
    connection.execute(RECORDS.update().where(RECORDS.c.number == key).values(file=file)).close()
    return new._replace(number=key, file=file)
