"""One record of the audit log and its line: JSON, a tab, and the hash of everything up to here.

    {"n":17,"t":1763640000000000000,"kind":"access","code":"ok","who":"Olga (OPERATOR)","what":"write ..."}<TAB>5d0f...

The hash is SHA-256 over the hash before (32 octets) and the octets of the JSON text. Numbers rise by one through all
segments. What is empty is left out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256

from models.errors import RingmainError
from models.wire.messages import Code
from substation.exchange.decision import AccessDecision

FIRST_HASH = bytes(32)
"""Stands before the first record of all."""
HASH_DIGITS = 64
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode

ACCESS, LOGIN, SECURITY, COMMAND, SYSTEM = "access", "login", "security", "command", "system"
"""Kinds of records about what people and agents do."""
SEGMENT, HEAD, GAP, REPAIR, REMOVED, DEFECT = "segment", "head", "gap", "repair", "removed", "defect"
"""Kinds of records about the log itself."""


class LineError(RingmainError):
    """A line that is no record; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Told:
    """Something for the log that is no decision about a request. more: further fields, texts and whole numbers."""

    time_ns: int
    kind: str
    who: str
    what: str
    code: Code = Code.OK
    why: str = ""
    more: dict[str, str | int] = field(default_factory=dict)


Entry = AccessDecision | Told


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it stands in the log. fields: all of its JSON object; hash: 32 octets."""

    number: int
    time_ns: int
    kind: str
    fields: dict[str, str | int]
    hash: bytes

    def text(self, name: str) -> str:
        """A field as text; empty when it is not there."""
        return str(self.fields.get(name, ""))

    def whole(self, name: str) -> int:
        """A field as a whole number; -1 when it is not there."""
        value = self.fields.get(name)
        return value if type(value) is int else -1


def line_of(entry: Entry, number: int, before: bytes) -> tuple[bytes, Record]:
    """The line with its end, and the record. before: hash of the record before."""
    fields: dict[str, str | int]
    if isinstance(entry, AccessDecision):
        kind = ACCESS
        fields = {"n": number, "t": entry.time_ns, "kind": ACCESS, "code": entry.code.value, "who": entry.who,
                  "what": entry.what}  # fmt: skip
        if entry.service or entry.device:
            fields["service"], fields["device"] = entry.service, entry.device
    else:
        kind = entry.kind
        fields = {"n": number, "t": entry.time_ns, "kind": kind, "code": entry.code.value, "who": entry.who,
                  "what": entry.what, **entry.more}  # fmt: skip
    if entry.why:
        fields["why"] = entry.why
    body = _encode(fields).encode(errors="backslashreplace")
    digest = sha256(before + body)
    line = b"%b\t%b\n" % (body, digest.hexdigest().encode())
    return line, Record(number, entry.time_ns, kind, fields, digest.digest())


def whole_line(record: Record) -> bytes:
    """The line of a record that has been read, without its end."""
    return b"%b\t%b" % (_encode(record.fields).encode(errors="backslashreplace"), record.hash.hex().encode())


def read_line(line: bytes) -> tuple[Record, bytes]:
    """The record of a line without its end, and the octets that its hash is about. LineError when it is none."""
    body, tab, digits = line.rpartition(b"\t")
    if not tab or len(digits) != HASH_DIGITS:
        raise LineError("no record and hash")
    try:
        digest = bytes.fromhex(digits.decode("ascii"))
        found = json.loads(body)
    except ValueError as error:
        raise LineError("no record and hash") from error
    if digest.hex().encode() != digits:
        raise LineError("the hash is not written in small hexadecimal digits")
    if not isinstance(found, dict) or not all(type(value) in (str, int) for value in found.values()):
        raise LineError("the record is not an object of texts and whole numbers")
    number, time_ns, kind = found.get("n"), found.get("t"), found.get("kind")
    if type(number) is not int or type(time_ns) is not int or type(kind) is not str:
        raise LineError("the record lacks its number, time or kind")
    return Record(number, time_ns, kind, found, digest), body


def hash_after(before: bytes, body: bytes) -> bytes:
    return sha256(before + body).digest()
