"""What units tell each other, signed by the unit that says it: whoever lies in between can neither read a meaning into
it nor make it up. COSE_Sign1 with a context of its own; the payload is
`{"from": unit, "to": unit, "time": UTC ns, "number": n, "content": ...}`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.errors import RemoteProtocolError
from models.plain import PlainFields
from models.wire import cbor, cose
from models.wire.cbor import WireValue
from models.wire.keys import KeyId, SigningKey, VerifyKey
from substation.links.engine import Parcel

CONTEXT = b"ringmain link 1"

KeyOf = Callable[[str, KeyId], VerifyKey | None]
"""(neighbour, key id): the public key, where it is that neighbour's; else None."""


@dataclass(frozen=True, slots=True)
class Said:
    """number: rises from message to message of one sender, 0 where the content tells repetitions apart by itself."""

    sender: str
    receiver: str
    time_ns: int
    number: int
    content: WireValue


def seal(key: SigningKey, said: Said) -> bytes:
    """The signed frame."""
    payload = {
        "from": said.sender,
        "to": said.receiver,
        "time": said.time_ns,
        "number": said.number,
        "content": said.content,
    }
    return cose.sign(key, cbor.encode(payload), CONTEXT)


def unseal(frame: bytes, sender: str, receiver: str, key_of: KeyOf) -> Said:
    """RemoteProtocolError when it is not by `sender` for `receiver`, or not signed with the sender's key."""
    signed = cose.verify(frame, lambda key_id: key_of(sender, key_id), CONTEXT)
    said = _said(cbor.decode(signed.payload))
    if (said.sender, said.receiver) != (sender, receiver):
        raise RemoteProtocolError(f"a message from {said.sender} to {said.receiver}, brought as {sender}'s: refused")
    return said


def _said(item: object) -> Said:
    fields = PlainFields(item, "message between units")
    said = Said(
        fields.text("from"),
        fields.text("to"),
        fields.whole("time"),
        fields.whole("number"),
        cbor.plain(fields.take("content"), "content"),
    )
    fields.done()
    return said


def to_content(parcels: Sequence[Parcel]) -> WireValue:
    """`[[sequence, kind, body], ...]`."""
    return [[parcel.sequence, parcel.kind, parcel.body] for parcel in parcels]


def from_content(content: WireValue) -> list[Parcel]:
    """RemoteProtocolError when they are malformed or their numbers do not rise."""
    if not isinstance(content, list):
        raise RemoteProtocolError("parcels: an array is expected")
    parcels = [_parcel(item) for item in content]
    numbers = [parcel.sequence for parcel in parcels]
    if any(later <= earlier for earlier, later in zip(numbers, numbers[1:], strict=False)):
        raise RemoteProtocolError("parcels: their numbers must rise")
    return parcels


def _parcel(item: WireValue) -> Parcel:
    match item:
        case [int(sequence), str(kind), bytes(body)] if not isinstance(sequence, bool):
            return Parcel(sequence, kind, body)
    raise RemoteProtocolError("parcels: each is [sequence, kind, body]")
