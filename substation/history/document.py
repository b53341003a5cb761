"""Instances of variables that are no points of the field: their value is any plain value, and they have an owner."""

from __future__ import annotations

from typing import NamedTuple

from models.point import Handle


class Document(NamedTuple):
    """One instance of a declared variable. value, policy: CBOR; policy None: the default of the data's owner.

    quality: bits of models.quality. time_ns: source time, arrival_ns: when it came here, ns UTC. owner: stakeholder,
    "" for the operator of the unit.
    """

    handle: Handle
    value: bytes
    quality: int
    time_ns: int
    arrival_ns: int
    owner: str = ""
    policy: bytes | None = None
