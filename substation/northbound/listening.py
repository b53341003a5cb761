"""The listening addresses of all control centres; one that several share is opened once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from protocols.iec104.listener import Listener
from protocols.iec104.server import Server
from substation.northbound.agreed.addresses import ListenAddress


async def listen(servers: Mapping[str, Server], addresses: Mapping[str, Iterable[ListenAddress]]) -> None:
    """addresses: per control centre. LinkError when one cannot be listened on."""
    shared: dict[ListenAddress, list[Server]] = {}
    order: list[tuple[ListenAddress, list[Server]]] = []
    for name, found in addresses.items():
        for address in found:
            if address.port and address in shared:
                shared[address].append(servers[name])
                continue
            order.append((address, [servers[name]]))
            shared[address] = order[-1][1]
    for address, together in order:
        listener = Listener(together)
        await listener.listen(address.host, address.port)
        for server in together:
            server.share(listener)
