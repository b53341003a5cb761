"""Where control centres are listened for, and who may connect: `host`, `port`, `listen`, `peers`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_network

from models.config import Table
from protocols.iec104.controlled_station.settings import Network

_MOST_PORT = 65535


@dataclass(frozen=True, slots=True)
class ListenAddress:
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_listen(table: Table) -> ListenAddress:
    """Keys host and port; port 0 takes a free one."""
    address = ListenAddress(table.take("host", str, "127.0.0.1"), table.take("port", int, 0))
    if not 0 <= address.port <= _MOST_PORT:
        raise table.error("port", f"port {address.port} does not exist", "0 (any free port) to 65535")
    return address


def read_addresses(table: Table) -> tuple[ListenAddress, ...]:
    """`listen = ["10.0.0.1:2404", "[fe80::1]:2404"]` beside host and port, or instead of them; at least one."""
    texts = table.take_list("listen", str, [])
    further = tuple(_address(table, text) for text in texts)
    if texts and "host" not in table and "port" not in table:
        return further
    return (read_listen(table), *further)


def _address(table: Table, text: str) -> ListenAddress:
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (colon and host and port.isdecimal() and int(port) <= _MOST_PORT):
        raise table.error("listen", f"{text!r} is no address", 'write "HOST:PORT", port 0 (any free one) to 65535')
    return ListenAddress(host, int(port))


def read_peers(table: Table) -> tuple[Network, ...]:
    """`peers = ["10.0.0.5", "10.0.1.0/24"]`: who may connect; everybody where it is absent."""
    found = []
    for text in table.take_list("peers", str, []):
        try:
            found.append(ip_network(text))
        except ValueError as error:
            remedy = 'write "10.0.0.5" or "10.0.0.0/24"; names are not looked up'
            raise table.error("peers", str(error), remedy) from error
    if "peers" in table and not found:
        raise table.error("peers", "'peers' names nobody", "name who may connect; without 'peers' everybody may")
    return tuple(found)


def distinct(centres: Sequence[tuple[tuple[Network, ...], bool]]) -> str:
    """Why control centres cannot share one address, '' where they can: (peers, has TLS) of each."""
    if any(has_tls for _, has_tls in centres):
        return "TLS is agreed with one of them"
    if sum(not peers for peers, _ in centres) > 1:
        return "their peers are not told apart"
    networks = [network for peers, _ in centres for network in set(peers)]
    if len(networks) != len(set(networks)):
        return "one of their 'peers' is the same"
    return ""
