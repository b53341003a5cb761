"""A request for another unit on its way [DI8]: the stakeholder's own signed frames, unchanged, and where they go."""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.errors import RemoteProtocolError
from models.plain import PlainFields
from models.wire import cbor
from models.wire import messages as m
from models.wire.instance import Instance
from models.wire.message_codec import from_map, to_map

MAX_HOPS = 8


@dataclass(frozen=True, slots=True)
class Forwarded:
    """target: the unit that is meant. hops: units it has passed, the stakeholder's own first. login: frame that opened
    the stakeholder's session, with its certificates; frame: the request."""

    target: str
    hops: tuple[str, ...]
    login: bytes
    frame: bytes


def pack(forwarded: Forwarded) -> bytes:
    return cbor.encode(
        {
            "target": forwarded.target,
            "hops": list(forwarded.hops),
            "login": forwarded.login,
            "frame": forwarded.frame,
        }
    )


def unpack(body: bytes) -> Forwarded:
    """RemoteProtocolError names the field."""
    fields = PlainFields(cbor.decode(body), "forwarded request")
    target, hops = fields.text("target"), fields.texts("hops")
    login, frame = fields.take("login"), fields.take("frame")
    fields.done()
    if not isinstance(login, bytes) or not isinstance(frame, bytes):
        raise RemoteProtocolError("forwarded request: 'login' and 'frame' are octets")
    if not 1 <= len(hops) <= MAX_HOPS:
        raise RemoteProtocolError(f"forwarded request: it has passed {len(hops)} units; at most {MAX_HOPS} may be")
    return Forwarded(target, hops, login, frame)


def pack_reply(reply: m.Reply) -> bytes:
    return cbor.encode(to_map(reply))


def unpack_reply(body: bytes) -> m.Reply:
    """RemoteProtocolError when it is none."""
    reply = from_map(cbor.decode(body))
    if not isinstance(reply, m.Notify | m.Result):
        raise RemoteProtocolError("forwarded request: the answer is none")
    return reply


def divided(location: str) -> tuple[str, str]:
    """Unit and location there of `//UNIT/location`; `//UNIT` alone is the unit's own name there."""
    unit, _, rest = location.removeprefix(m.ELSEWHERE).partition("/")
    return unit, rest or unit


def from_there(reply: m.Reply, unit: str) -> m.Reply:
    """Instances stand at `//UNIT/location` for whoever asked from elsewhere."""
    return replace(reply, instances=tuple(_from_there(instance, unit) for instance in reply.instances))


def _from_there(instance: Instance, unit: str) -> Instance:
    location = m.ELSEWHERE + (unit if instance.location == unit else f"{unit}/{instance.location}")
    return replace(instance, location=location)
