"""The signed envelope around every message: which session, which number in it, when.

Payload: `{"session": 16 octets or empty, "sequence": n, "time": UTC ns, "message": {...}}`, carried by COSE_Sign1. An
array of messages stands there when several requests, or several answers, share a signature. The session id is derived
from both sides' random numbers and both keys, so a frame of one connection is void in another.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from models.errors import RemoteProtocolError
from models.wire import cbor, cose
from models.wire.fields import integer
from models.wire.keys import KeyId, SigningKey, VerifyKey
from models.wire.message_codec import from_map, to_map
from models.wire.messages import MAX_MESSAGES, Hello, Message, Reply, Request

MAX_SKEW_NS = 60_000_000_000
"""How far the sender's clock may be from the receiver's; older messages are refused as late."""

_SESSION_OCTETS = 16
_FIELDS = {"session", "sequence", "time", "message"}
_SEQUENCE = integer(0, 2**63 - 1)
_TIME = integer(0, 2**63 - 1)


@dataclass(frozen=True, slots=True)
class Envelope:
    """session: empty in hello and in a goodbye before the welcome. sequence: one more than the one before.

    time_ns: the sender's clock, UTC.
    """

    session: bytes
    sequence: int
    time_ns: int
    messages: tuple[Message, ...]

    @property
    def message(self) -> Message:
        """The only one; RemoteProtocolError where several share the frame, which the opening does not allow."""
        if len(self.messages) != 1:
            raise RemoteProtocolError("one message alone is expected here")
        return self.messages[0]


def session_id(challenge: bytes, nonce: bytes, unit: KeyId, client: KeyId) -> bytes:
    """First 16 octets of SHA-256 over challenge, nonce and both key ids."""
    return sha256(challenge + nonce + unit + client).digest()[:_SESSION_OCTETS]


def seal(key: SigningKey, envelope: Envelope, chain: cose.Chain = ()) -> bytes:
    """The signed frame; LocalProtocolError when the message holds what cannot travel. chain: of a login alone."""
    return cose.sign(key, encoded(envelope), chain=chain)


def encoded(envelope: Envelope) -> bytes:
    """The payload of the frame; LocalProtocolError when a message holds what cannot travel."""
    maps = [to_map(message) for message in envelope.messages]
    return cbor.encode(
        {
            "session": envelope.session,
            "sequence": envelope.sequence,
            "time": envelope.time_ns,
            "message": maps[0] if len(maps) == 1 else maps,
        }
    )


def unseal(frame: bytes, find: cose.FindKey) -> tuple[KeyId, Envelope]:
    """Who signed and what; RemoteProtocolError when anything is wrong. Nothing is decoded before it is verified."""
    signed = cose.verify(frame, find)
    return signed.key_id, envelope_of(signed.payload)


def key_in_hello(frame: bytes) -> VerifyKey:
    """The public key that a hello brings along, for a client that has not been told it; the frame is not verified yet.

    RemoteProtocolError when the key is not the one that signed.
    """
    claimed = cose.parse(frame)
    hello = envelope_of(claimed.payload).message
    if not isinstance(hello, Hello):
        raise RemoteProtocolError("the first message must be a hello")
    key = VerifyKey(hello.key)
    if key.key_id != claimed.key_id:
        raise RemoteProtocolError("field 'hello.key' is not the key that signed")
    return key


def envelope_of(payload: bytes) -> Envelope:
    """Strict; RemoteProtocolError names the field. Whether it is authentic is the caller's to know."""
    item = cbor.decode(payload, text_keys=True)
    if not isinstance(item, dict) or item.keys() != _FIELDS:
        raise RemoteProtocolError(f"the envelope must have the fields {', '.join(sorted(_FIELDS))}")
    session = item["session"]
    if not isinstance(session, bytes) or len(session) not in (0, _SESSION_OCTETS):
        raise RemoteProtocolError(f"field 'session' must be {_SESSION_OCTETS} octets or empty")
    sequence, time_ns = _SEQUENCE("sequence", item["sequence"]), _TIME("time", item["time"])
    return Envelope(session, sequence, time_ns, _messages(item["message"]))


def _messages(item: object) -> tuple[Message, ...]:
    if not isinstance(item, list):
        return (from_map(item),)
    if not 2 <= len(item) <= MAX_MESSAGES:
        raise RemoteProtocolError(f"field 'message' must be a map or an array of 2 to {MAX_MESSAGES}")
    messages = tuple(from_map(part) for part in item)
    if not (all(isinstance(each, Request) for each in messages) or all(isinstance(each, Reply) for each in messages)):
        raise RemoteProtocolError("field 'message': only requests, or only answers, share a frame")
    return messages


def check_time(envelope: Envelope, now_ns: int) -> None:
    """RemoteProtocolError when the sender's clock differs too much, with the difference in words."""
    difference_ns = envelope.time_ns - now_ns
    if abs(difference_ns) > MAX_SKEW_NS:
        side = "ahead" if difference_ns > 0 else "behind"
        seconds = abs(difference_ns) / 1e9
        limit = MAX_SKEW_NS // 1_000_000_000
        raise RemoteProtocolError(f"the sender's clock is {seconds:.0f} s {side}; at most {limit} s are accepted")
