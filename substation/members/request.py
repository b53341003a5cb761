"""What a child writes to its parent: `Group.Join`, `Group.Heartbeat`, `Group.Serves`, `Group.Leave`, read strictly.

The data interface signs them as every request (D3.2 4.4.1.4: signed group access requests).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.wire.cbor import WireValue
from models.wire.messages import Code
from substation.exchange.variables import RefusedError

JOIN, HEARTBEAT, SERVES, LEAVE = "Group.Join", "Group.Heartbeat", "Group.Serves", "Group.Leave"
EXPECTED = "Group.Expected"
"""Comes with the answers: unit, heartbeat_ms, above."""
INCARNATION_OCTETS = 16
MAX_SERVED = 10_000
_MAX_TEXT = 100
_MAX_CHAIN, _MAX_CERTIFICATE = 4, 8192


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """unit, level, version, configuration: what the child says of itself. serves: units that are reached through it.

    incarnation: random, made when its process started. previous: the incarnation that joined before it, empty when
    there was none: only the same installation knows it. chain: its certificates (DER), its own first; may be empty.
    """

    unit: str
    level: str
    version: str
    configuration: str
    serves: tuple[str, ...]
    incarnation: bytes
    previous: bytes = b""
    chain: tuple[bytes, ...] = ()

    def value(self) -> dict[str, WireValue]:
        return {
            "unit": self.unit,
            "level": self.level,
            "version": self.version,
            "configuration": self.configuration,
            "serves": list(self.serves),
            "incarnation": self.incarnation,
            "previous": self.previous,
            "chain": list(self.chain),
        }


def read_join(value: WireValue) -> JoinRequest:
    """RefusedError names the field that is wrong."""
    fields = _fields(value, ("unit", "level", "version", "configuration", "serves", "incarnation", "previous", "chain"))
    return JoinRequest(
        unit=_text(fields, "unit"),
        level=_text(fields, "level"),
        version=_text(fields, "version"),
        configuration=_text(fields, "configuration"),
        serves=_names(fields["serves"]),
        incarnation=_incarnation(fields["incarnation"]),
        previous=_incarnation(fields["previous"], empty=True),
        chain=_chain(fields["chain"]),
    )


def sign_of_life(incarnation: bytes) -> dict[str, WireValue]:
    """Value of a heartbeat and of a leave."""
    return {"incarnation": incarnation}


def read_sign_of_life(value: WireValue) -> bytes:
    return _incarnation(_fields(value, ("incarnation",))["incarnation"])


def serving(incarnation: bytes, serves: Sequence[str]) -> dict[str, WireValue]:
    return {"incarnation": incarnation, "serves": list(serves)}


def read_serving(value: WireValue) -> tuple[bytes, tuple[str, ...]]:
    fields = _fields(value, ("incarnation", "serves"))
    return _incarnation(fields["incarnation"]), _names(fields["serves"])


def _fields(value: WireValue, names: Sequence[str]) -> Mapping[str, WireValue]:
    if not isinstance(value, dict) or set(value) != set(names):
        raise _bad(f"a map with {', '.join(names)} is expected")
    return value


def _text(fields: Mapping[str, WireValue], key: str) -> str:
    text = fields[key]
    if not isinstance(text, str) or len(text) > _MAX_TEXT:
        raise _bad(f"'{key}' must be a text of at most {_MAX_TEXT} characters")
    return text


def _names(value: WireValue) -> tuple[str, ...]:
    names = value if isinstance(value, list) else [None]
    texts = [
        name for name in names if isinstance(name, str) and 0 < len(name) <= _MAX_TEXT and not set(name) & set("/*")
    ]
    if len(texts) != len(names) or len(texts) > MAX_SERVED:
        raise _bad(f"'serves' must be an array of at most {MAX_SERVED} names of units")
    return tuple(sorted(set(texts)))


def _incarnation(value: WireValue, empty: bool = False) -> bytes:
    if not isinstance(value, bytes) or len(value) not in ((0, INCARNATION_OCTETS) if empty else (INCARNATION_OCTETS,)):
        raise _bad(f"an incarnation has {INCARNATION_OCTETS} octets")
    return value


def _chain(value: WireValue) -> tuple[bytes, ...]:
    chain = value if isinstance(value, list) else [None]
    octets = [each for each in chain if isinstance(each, bytes) and len(each) <= _MAX_CERTIFICATE]
    if len(octets) != len(chain) or len(octets) > _MAX_CHAIN:
        raise _bad(f"'chain' must be an array of at most {_MAX_CHAIN} certificates")
    return tuple(octets)


def _bad(text: str) -> RefusedError:
    return RefusedError(Code.BAD_REQUEST, text)
