"""Data sets that a client makes in a device (IEC 61850-7-2 CreateDataSet, IEC 61850-8-1 DefineNamedVariableList)."""

from __future__ import annotations

from collections.abc import Sequence

from open61850 import ber
from open61850.data import VisibleStringData
from open61850.mms import DataAccessError, MmsClient, MmsReject, ObjectName, ServiceError
from open61850.mms.pdu import encode_object_name

from protocols.iec61850.reports.survey import Seen, attribute

_DEFINE, _DELETE = 11, 13
_SPECIFIC = 0
OF_ASSOCIATION = "@"
PREFIX = "rmReads"

REFUSALS = (ServiceError, MmsReject, DataAccessError)


def name_in(seen: Seen, persistent: bool, number: int) -> ObjectName:
    """A data set for the block `seen`: `@rmReads1` of the association, else `LLN0$rmReads1` beside the block."""
    if not persistent:
        return ObjectName(f"{OF_ASSOCIATION}{PREFIX}{number}")
    return ObjectName(f"{seen.name.item.partition('$')[0]}${PREFIX}{number}", seen.name.domain)


def reference_of(name: ObjectName) -> str:
    """What DatSet of a block is written to."""
    return str(name)


def define(client: MmsClient, name: ObjectName, members: Sequence[ObjectName]) -> None:
    """ServiceError or MmsReject where the device does not want it."""
    variables = b"".join(ber.encode_tlv(0x30, ber.encode_tlv(0xA0, encode_object_name(each))) for each in members)
    client.request(_service(_DEFINE, _named(name) + ber.encode_tlv(0xA0, variables)))


def delete(client: MmsClient, name: ObjectName) -> None:
    """The same."""
    scope = ber.encode_tlv(0x80, ber.encode_integer(_SPECIFIC))
    client.request(_service(_DELETE, scope + ber.encode_tlv(0xA1, _named(name))))


def assign(client: MmsClient, seen: Seen, name: ObjectName) -> None:
    """DataAccessError where the block keeps its data set."""
    client.write(attribute(seen.name, "DatSet"), VisibleStringData(reference_of(name)))


def _service(number: int, contents: bytes) -> bytes:
    return ber.encode_tlv(ber.make_tag(number, constructed=True), contents)


def _named(name: ObjectName) -> bytes:
    if name.item.startswith(OF_ASSOCIATION):
        return ber.encode_tlv(0x82, name.item.removeprefix(OF_ASSOCIATION).encode("ascii"))
    return encode_object_name(name)
