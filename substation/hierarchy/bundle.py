"""Instances as the bodies of parcels: as many together as one parcel holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.errors import RemoteProtocolError
from models.wire import cbor
from models.wire.instance import Instance, from_wire, to_wire
from substation.links.post import MAX_BODY_OCTETS

MOST_TOGETHER = 500


def packed(instances: Sequence[Instance]) -> Iterator[tuple[bytes, int]]:
    """Bodies and how many instances each holds. LocalProtocolError when one alone is too large for a parcel."""
    waiting = list(instances)
    while waiting:
        taken = waiting[:MOST_TOGETHER]
        body = cbor.encode([to_wire(instance) for instance in taken])
        while len(body) > MAX_BODY_OCTETS and len(taken) > 1:
            taken = taken[: len(taken) // 2]
            body = cbor.encode([to_wire(instance) for instance in taken])
        yield body, len(taken)
        waiting = waiting[len(taken) :]


def unpacked(body: bytes) -> list[Instance]:
    """RemoteProtocolError names what is wrong."""
    items = cbor.decode(body)
    if not isinstance(items, list):
        raise RemoteProtocolError("an array of instances is expected")
    return [from_wire(item, f"instances.{index}") for index, item in enumerate(items)]
