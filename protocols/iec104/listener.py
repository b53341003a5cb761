"""A listening address: of one control centre, or of several that are told apart by the addresses they connect from."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from models.errors import LinkError
from protocols.iec104.connection import Connection, Station
from protocols.iec104.controlled_station.peers import best_match
from protocols.iec104.controlled_station.settings import Network


class Reception(Protocol):
    """Who takes the connections of one control centre."""

    peers: tuple[Network, ...]

    def make(
        self,
        opened: Callable[[Connection, str, float], Station],
        ended: Callable[[Connection], None],
    ) -> asyncio.BaseProtocol:
        """What stands at the socket before anybody knows who has connected."""

    def open(self, connection: Connection, peer: str, now_s: float, refusal: str) -> Station:
        """A link for the connection; refusal: why it is closed at once, empty where it is not."""

    def ended(self, connection: Connection) -> None: ...


class Listener:
    """receptions: at least one; the first stands in for a peer that is nobody's."""

    def __init__(self, receptions: Sequence[Reception]) -> None:
        self._receptions = tuple(receptions)
        self._taken: dict[Connection, Reception] = {}
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port that is listened on, also where 0 was asked for."""
        if self._server is None or not self._server.sockets:
            raise LinkError("the IEC 104 server is closed; serve it again")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def listen(self, host: str, port: int) -> None:
        """LinkError when the address cannot be used."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._accept, host, port, start_serving=False)
            await self._server.start_serving()
        except asyncio.CancelledError:
            self.stop()
            raise
        except OSError as error:
            self.stop()
            raise LinkError(f"IEC 104 cannot listen on {host}:{port}: {error}; choose another address") from error

    def _accept(self) -> asyncio.BaseProtocol:
        return self._receptions[0].make(self._open, self._ended)

    def _open(self, connection: Connection, peer: str, now_s: float) -> Station:
        number = best_match([reception.peers for reception in self._receptions], connection.host)
        reception = self._receptions[number or 0]
        self._taken[connection] = reception
        refusal = f"{connection.host} is none of the addresses in 'peers'" if number is None else ""
        return reception.open(connection, peer, now_s, refusal)

    def _ended(self, connection: Connection) -> None:
        reception = self._taken.pop(connection, None)
        if reception is not None:
            reception.ended(connection)

    def stop(self) -> None:
        """Nobody new."""
        if self._server is not None:
            self._server.close()

    async def close(self) -> None:
        """After its connections are closed."""
        self.stop()
        if self._server is not None:
            await self._server.wait_closed()
