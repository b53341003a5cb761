"""Switching orders as parcels between units: what travels up, and the edited steps that travel down [U4, GR8]."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from models.errors import RemoteProtocolError
from models.order_document import from_json, steps_from_plain, steps_to_plain
from models.plain import PlainFields
from models.switching import Order, Step
from models.wire import cbor

ORDER, REVISION, REFUSAL = "order", "order revision", "order refused"
"""Kinds: an export of the child; edited steps for it; why it has not taken them."""
MAX_OCTETS = 16 * 1024 * 1024
"""Of an unpacked parcel."""


@dataclass(frozen=True, slots=True)
class OrderDocument:
    """One state of an order in both forms."""

    order: Order
    json: str
    xml: bytes


@dataclass(frozen=True, slots=True)
class EditedSteps:
    """The steps of a new revision. by: who edited them, at the unit above."""

    order_id: str
    revision: int
    steps: tuple[Step, ...]
    by: str


@dataclass(frozen=True, slots=True)
class EditRefusal:
    """A revision that the unit has not taken, and why."""

    order_id: str
    revision: int
    reason: str


def pack_order(json: str, xml: bytes) -> bytes:
    return _pack({"json": json, "xml": xml})


def unpack_order(body: bytes) -> OrderDocument:
    """RemoteProtocolError when it is no order."""
    fields = _unpack(body)
    json, xml = fields.text("json"), fields.take("xml")
    fields.done()
    if not isinstance(xml, bytes):
        raise RemoteProtocolError("order: 'xml' is not octets")
    return OrderDocument(from_json(json), json, xml)


def pack_steps(edited: EditedSteps) -> bytes:
    return _pack(
        {
            "order": edited.order_id,
            "revision": edited.revision,
            "steps": steps_to_plain(edited.steps),
            "by": edited.by,
        }
    )


def unpack_steps(body: bytes) -> EditedSteps:
    """RemoteProtocolError names the field."""
    fields = _unpack(body)
    steps = steps_from_plain(fields.take("steps"))
    edited = EditedSteps(fields.text("order"), fields.whole("revision"), steps, fields.text("by"))
    fields.done()
    return edited


def pack_refusal(refusal: EditRefusal) -> bytes:
    return _pack({"order": refusal.order_id, "revision": refusal.revision, "reason": refusal.reason})


def unpack_refusal(body: bytes) -> EditRefusal:
    """RemoteProtocolError names the field."""
    fields = _unpack(body)
    refusal = EditRefusal(fields.text("order"), fields.whole("revision"), fields.text("reason"))
    fields.done()
    return refusal


def _pack(content: dict[str, object]) -> bytes:
    return zlib.compress(cbor.encode(content))


def _unpack(body: bytes) -> PlainFields:
    unpacker = zlib.decompressobj()
    try:
        plain = unpacker.decompress(body, MAX_OCTETS)
    except zlib.error as error:
        raise RemoteProtocolError(f"parcel of an order: {error}") from error
    if not unpacker.eof:
        raise RemoteProtocolError(f"parcel of an order: cut short, or more than {MAX_OCTETS} octets")
    return PlainFields(cbor.decode(plain), "parcel of an order")
