"""The variable `Record.Content`: the octets of a disturbance record, part by part, at `<unit>/records/<number>/<part>`.

A part fits into one message whatever the record's size; whoever asks puts the parts together and compares the SHA-256
that each part tells. Nothing is kept between two questions: a download that is broken off costs nothing.
"""

from __future__ import annotations

from models.errors import StorageError
from models.wire.cbor import WireValue
from models.wire.instance import Instance
from models.wire.messages import Code
from substation.exchange.access import Identity
from substation.exchange.variables import Cancel, RefusedError, Selection, Subscriber, WriteResult
from substation.records.store import RecordStore
from substation.records.stored_record import StoredRecord

VARIABLE = "Record.Content"
PART_OCTETS = 128 * 1024
"""Of every part but the last; well below what any message may have."""


class RecordContent:
    """Read-only; one part of one record for each query."""

    def __init__(self, unit: str, store: RecordStore) -> None:
        self._prefix, self._store = f"{unit}/records/", store

    @property
    def locations(self) -> str:
        """Pattern of those that it serves."""
        return f"{self._prefix}*"

    async def read(self, selection: Selection) -> list[Instance]:
        record, part = self._named(selection)
        offset = part * PART_OCTETS
        try:
            content = await self._store.read_part(record, offset, min(PART_OCTETS, record.octets - offset))
        except StorageError as error:
            if self._store.get(record.number) is None:
                raise _gone(record.number) from error
            raise RefusedError(Code.FAILED, str(error)) from error
        value: dict[str, WireValue] = {
            "number": record.number,
            "part": part,
            "parts": parts_of(record),
            "octets": record.octets,
            "sha256": record.sha256,
            "content": content,
        }
        return [Instance(VARIABLE, selection.location, value, record.made_ns)]

    def _named(self, selection: Selection) -> tuple[StoredRecord, int]:
        if selection.variable != VARIABLE:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"a record has no variable {selection.variable}, but {VARIABLE}")
        number, _, part = selection.location.removeprefix(self._prefix).partition("/")
        if not (_is_number(number) and _is_number(part)):
            text = f"{VARIABLE} is asked for part by part, at {self._prefix}NUMBER/PART, the first part 0"
            raise RefusedError(Code.BAD_REQUEST, text)
        record = self._store.get(int(number))
        if record is None:
            raise _gone(int(number))
        if int(part) >= parts_of(record):
            text = f"record {number} has {parts_of(record)} parts, the last is {parts_of(record) - 1}"
            raise RefusedError(Code.BAD_REQUEST, text)
        return record, int(part)

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        raise RefusedError(Code.NOT_ALLOWED, f"{VARIABLE} never changes; query it, and subscribe to Records")

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        raise RefusedError(Code.NOT_ALLOWED, f"{variable} is what a device wrote and cannot be written")


def parts_of(record: StoredRecord) -> int:
    """A record without any octet has one empty part."""
    return max(1, -(-record.octets // PART_OCTETS))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def _gone(number: int) -> RefusedError:
    return RefusedError(
        Code.UNKNOWN_VARIABLE, f"there is no disturbance record {number} (any more); Records lists them"
    )
