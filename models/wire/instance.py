"""A variable instance (D3.2 section 3): variable, value, timestamp, location, owner, policy, and its quality."""

from __future__ import annotations

from dataclasses import dataclass

from models.errors import RemoteProtocolError
from models.policy import Access, Grant, Policy
from models.wire.cbor import WireValue, outgoing, plain
from models.wire.fields import integer, text

_QUALITY_MAX = 0xFFFF
_TIME_MAX = 2**63 - 1
_FIELDS = 7
_MAX_GRANTS = 64


@dataclass(frozen=True, slots=True)
class Instance:
    """One value of one variable at one place and time.

    value: plain; Dbpos as its integer. time_ns: UTC, source time where the field gave one. quality: bits of
    models.quality. owner: stakeholder, '' = the operator of the unit. policy: None = the unit's default.
    """

    variable: str
    location: str
    value: WireValue
    time_ns: int
    quality: int = 0
    owner: str = ""
    policy: Policy | None = None


def to_wire(instance: Instance) -> list[object]:
    """`[variable, location, value, time, quality, owner, policy]`: an array, since batches hold thousands."""
    return [
        instance.variable,
        instance.location,
        outgoing(instance.value, instance.variable),
        instance.time_ns,
        int(instance.quality),
        instance.owner,
        policy_to_wire(instance.policy),
    ]


def from_wire(item: object, field: str) -> Instance:
    """Strict; RemoteProtocolError names the field."""
    if not isinstance(item, list) or len(item) != _FIELDS:
        raise RemoteProtocolError(f"field '{field}' must be an array of {_FIELDS}")
    variable, location, value, time_ns, quality, owner, policy = item
    return Instance(
        _NAME(f"{field}.variable", variable),
        _NAME(f"{field}.location", location),
        plain(value, f"{field}.value"),
        _TIME(f"{field}.time", time_ns),
        _QUALITY(f"{field}.quality", quality),
        _NAME(f"{field}.owner", owner),
        policy_from_wire(f"{field}.policy", policy),
    )


def policy_to_wire(policy: Policy | None) -> list[object] | None:
    """Array of `[stakeholder, service, access, minimum delay in ns]`, or null."""
    if policy is None:
        return None
    return [[grant.stakeholder, grant.service, grant.access.value, grant.minimum_delay_ns] for grant in policy.grants]


def policy_from_wire(field: str, item: object) -> Policy | None:
    """Strict; RemoteProtocolError names the field."""
    if item is None:
        return None
    if not isinstance(item, list) or len(item) > _MAX_GRANTS:
        raise RemoteProtocolError(f"field '{field}' must be null or an array of at most {_MAX_GRANTS} grants")
    return Policy(tuple(_grant(f"{field}.{index}", part) for index, part in enumerate(item)))


def _grant(field: str, item: object) -> Grant:
    match item:
        case [str(stakeholder), str(service), str(access), int(delay_ns)] if not isinstance(delay_ns, bool):
            if access in {member.value for member in Access} and 0 <= delay_ns <= _TIME_MAX:
                return Grant(stakeholder, service, Access(access), delay_ns)
    raise RemoteProtocolError(f"field '{field}' must be [stakeholder, service, 'r'|'w'|'rw', delay in ns]")


_NAME = text(512)
_TIME = integer(0, _TIME_MAX)
_QUALITY = integer(0, _QUALITY_MAX)
