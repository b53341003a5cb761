"""open61850's server with the rooms of this package around it: what a real device of edition 2 has beside it."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable

from open61850.mms.pdu import OBJECT_CLASS_NAMED_VARIABLE
from open61850.mms.transport import TransportError
from open61850.server import IedModel, MmsServer, protocol
from open61850.server.settings import SettingGroupEngine

from sim_ied.mms.access import Access, Policy
from sim_ied.mms.connection import Connection, limit_waiting
from sim_ied.mms.controls import Controls
from sim_ied.mms.data_sets import DataSets
from sim_ied.mms.reports import Reports
from sim_ied.mms.status import serve_status
from sim_ied.mms.substitution import Substitution

logger = logging.getLogger(__name__)

Service = Callable[[Connection, protocol.ConfirmedRequest], "bytes | None"]
"""Answers one confirmed service; None leaves the request to the library."""
Secure = Callable[[socket.socket], socket.socket]
"""What a client's TCP connection becomes before anything is read from it (TLS); OSError sends the client away."""

MOST_ASSOCIATIONS = 32
_WAITING_CLIENTS = 16


class Server(MmsServer):
    """One life: `start`, then `stop`.

    services: by number of the confirmed service (ISO 9506-2); what stands there is announced at the association.
    most_associations: a client beyond them is sent away before it is heard. equip: what else the device has (handlers
    of its controls, files), called when the engines exist and before the first client is heard. substitution: of an
    earlier life of the same model.
    """

    def __init__(
        self,
        model: IedModel,
        host: str,
        port: int,
        vendor: str = "Ringmain",
        model_name: str = "sim_ied",
        most_associations: int = MOST_ASSOCIATIONS,
        secure: Secure | None = None,
        policy: Policy | None = None,
        equip: Callable[[Server], None] | None = None,
        substitution: Substitution | None = None,
    ) -> None:
        super().__init__(model, host, port, vendor=vendor, model_name=model_name)
        self.services: dict[int, Service] = {}
        self.most_associations = most_associations
        self._secure = secure
        self._policy = policy or Policy()
        self._equip = equip
        self._guests: set[threading.Thread] = set()
        self.substitution = substitution or Substitution(model)
        self.data_sets = DataSets(self)
        self._names: dict[str, list[str]] = {}
        serve_status(self)

    def start(self) -> None:
        """OSError where the address is taken; nothing has begun then."""
        listener = socket.create_server((self.host, self.port), backlog=_WAITING_CLIENTS)
        self.port = listener.getsockname()[1]
        self.reports, self.controls = Reports(self), Controls(self)
        if self.model.setting_groups:
            self.setting_groups = SettingGroupEngine(self)
        self.write_hooks += [self.substitution.on_write, Access(self.model, self._policy).on_write]
        if self._equip is not None:
            self._equip(self)
        self._sock = listener
        self._thread = threading.Thread(target=self._accept_loop, name=f"mms-listener-{self.port}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Data sets that clients have defined end with the device's life."""
        super().stop()
        self.data_sets.forget()

    def names(self, object_class: int, domain: str | None) -> list[str]:
        """What GetNameList lists, sorted; variables are kept, because a large device is browsed in many pages."""
        if object_class != OBJECT_CLASS_NAMED_VARIABLE or domain is None:
            return super().names(object_class, domain)
        if domain not in self._names:
            self._names[domain] = super().names(object_class, domain)
        return self._names[domain]

    def _serve(self, client: socket.socket, peer: tuple[object, ...]) -> None:
        """The thread of one client, from its first octet to its last."""
        try:
            if not self._admitted():
                raise TransportError(f"{self.most_associations} associations exist already")
            limit_waiting(client)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._secure is not None:
                client = self._secure(client)
            limit_waiting(client)
            connection = Connection(self, protocol.accept_cotp(client), peer)
        except (TransportError, OSError) as error:
            logger.info("MMS client %s sent away: %s", peer[0] if peer else "", error)
            client.close()
            self._leave()
            return
        with self._lock:
            self.connections.append(connection)
        try:
            connection.serve()
        finally:
            self._leave()

    def _admitted(self) -> bool:
        with self._lock:
            self._guests.add(threading.current_thread())
            return len(self._guests) <= self.most_associations

    def _leave(self) -> None:
        with self._lock:
            self._guests.discard(threading.current_thread())
