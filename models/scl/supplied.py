"""Addresses that another file gives for devices of which the SCL file states none that could be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from models.scl.elements import Connection, Ied, Scl
from models.scl.links import HOST_TYPES, NOWHERE, PROTOCOLS

_MMS = "8-MMS"


def supplied(scl: Scl, addresses: Mapping[str, tuple[str, int]]) -> Scl:
    """The same file with host and port of these IEDs where it says none (no ConnectedAP, no IP, or 0.0.0.0).

    An IED in no sub-network is reached over MMS. Usable addresses of the file stay.
    """
    if not addresses:
        return scl
    stated = tuple(_filled(each, addresses) for each in scl.connections)
    reached = {each.ied for each in stated if each.network_type in PROTOCOLS}
    added = (_mms(each, *addresses[each.name]) for each in scl.ieds if each.name in addresses.keys() - reached)
    return replace(scl, connections=(*stated, *(each for each in added if each is not None)))


def _filled(connection: Connection, addresses: Mapping[str, tuple[str, int]]) -> Connection:
    hosts = [connection.parameters[each] for each in HOST_TYPES if connection.parameters.get(each)]
    if connection.ied not in addresses or (hosts and hosts[0] not in NOWHERE):
        return connection
    host, _ = addresses[connection.ied]
    return replace(connection, parameters={**connection.parameters, HOST_TYPES[0]: host})


def _mms(ied: Ied, host: str, port: int) -> Connection | None:
    server = next((each.name for each in ied.access_points if each.has_server), None)
    if server is None:
        return None
    return Connection(ied.name, server, "", _MMS, {HOST_TYPES[0]: host, "MMS-Port": str(port)}, ied.line)
