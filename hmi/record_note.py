"""Disturbance records as the unit lists them (variable `Records`), and one part of a record's octets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from models.errors import RemoteProtocolError
from models.plain import PlainFields

CONTENT = "Record.Content"
_UNUSUAL = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class TripNote:
    """The trip that a record shows. event: sequence of its line in the event list."""

    event: int
    time_ns: int
    location: str
    text: str


@dataclass(frozen=True, slots=True)
class RecordNote:
    """time_ns: of the device, None where it gave none; arrival_ns: when it came (UTC). file: the unit's name.

    trip: that it shows, as far as the unit knows.
    """

    number: int
    link: str
    name: str
    time_ns: int | None
    arrival_ns: int
    octets: int
    sha256: str
    file: str
    trip: TripNote | None = None

    @property
    def suggested_name(self) -> str:
        """A file name that says device, time and number; nothing that the device wrote leads elsewhere."""
        made_ns = self.arrival_ns if self.time_ns is None else self.time_ns
        made = f"{datetime.fromtimestamp(made_ns // 10**9, UTC):%Y%m%dT%H%M%SZ}"
        link = _UNUSUAL.sub("_", self.link).strip("._") or "record"
        suffix = self.file.rpartition(".")[2]
        return f"{link}_{made}_{self.number}.{_UNUSUAL.sub('_', suffix)}"


@dataclass(frozen=True, slots=True)
class RecordPart:
    """`content`: the octets of part `part` of `parts`, of the record that has this hash now."""

    number: int
    part: int
    parts: int
    sha256: str
    content: bytes


def records_from(value: object) -> tuple[list[RecordNote], int]:
    """The newest records, the newest first, and how many the unit has."""
    fields = PlainFields(value, "Records")
    return [_record(each) for each in fields.objects("records")], fields.whole("count")


def _trip(fields: PlainFields) -> TripNote | None:
    """None where the unit knows none, as units of before never do."""
    told = fields.take_or_none("trip")
    if told is None:
        return None
    fields = PlainFields(told, "Records.trip")
    return TripNote(fields.whole("event"), fields.whole("time_ns"), fields.text("location"), fields.text("text"))


def _record(fields: PlainFields) -> RecordNote:
    time_ns = fields.take("time_ns")
    return RecordNote(
        fields.whole("number"),
        fields.text("link"),
        fields.text("name"),
        time_ns if type(time_ns) is int else None,
        fields.whole("arrival_ns"),
        fields.whole("octets"),
        fields.text("sha256"),
        fields.text("file"),
        _trip(fields),
    )


def part_from(value: object) -> RecordPart:
    """RemoteProtocolError names what is missing."""
    fields = PlainFields(value, CONTENT)
    content = fields.take("content")
    if not isinstance(content, bytes):
        raise RemoteProtocolError(f"{CONTENT}: 'content' holds no octets; the unit must send a byte string")
    return RecordPart(
        fields.whole("number"), fields.whole("part"), fields.whole("parts"), fields.text("sha256"), content
    )
