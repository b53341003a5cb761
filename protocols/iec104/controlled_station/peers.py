"""Which control centre a peer belongs to, by the address it connects from."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address

from protocols.iec104.controlled_station.settings import Network


def best_match(peers: Sequence[tuple[Network, ...]], host: str) -> int | None:
    """Number of the row that names the host most precisely; a row without networks takes everybody else."""
    found: tuple[int, int] | None = None
    for number, networks in enumerate(peers):
        length = _length(networks, host)
        if length is not None and (found is None or length > found[0]):
            found = length, number
    return None if found is None else found[1]


def _length(networks: tuple[Network, ...], host: str) -> int | None:
    """Of the longest prefix that fits; -1 where everybody is welcome."""
    if not networks:
        return -1
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return max((network.prefixlen for network in networks if address in network), default=None)
