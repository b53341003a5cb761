"""How control centres are let in: TLS where it is agreed, and what the role in a certificate lets its holder do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Protocol

from models.alarm import Category
from models.command import Action
from models.driver import Clock
from models.wire.glob import matches
from protocols.iec104.connection import Connection
from protocols.iec104.server import Door
from protocols.tls.certificate import Certificate
from protocols.tls.endpoint import Endpoint
from protocols.tls.security_event import CertificateRefusedError, SecurityEvent
from protocols.tls.shell import Shell
from substation.event_list import EventList
from substation.exchange.access import RIGHTS, Right
from substation.northbound.agreed.tls import CentreTls
from substation.northbound.notices import PLACE
from substation.trust.few_words import FewWords
from substation.trust.holder import roles_of


class Centre(Protocol):
    """A control centre as this room knows it."""

    @property
    def name(self) -> str: ...

    @property
    def tls(self) -> CentreTls | None: ...


class Doors:
    """One TLS endpoint for each control centre that has TLS. ConfigError when its files cannot be used."""

    def __init__(self, centres: Sequence[Centre], clock: Clock, events: EventList) -> None:
        self._names: dict[str, frozenset[str]] = {}
        self._endpoints: dict[str, Endpoint] = {}
        for centre in centres:
            if centre.tls is not None:
                told = FewWords(partial(_tell, events, centre.name))
                self._names[centre.name] = centre.tls.names
                self._endpoints[centre.name] = Endpoint(centre.tls.parameters, True, clock, told)

    def door(self, centre: str) -> Door:
        """For `protocols.iec104.server.serve`."""
        endpoint = self._endpoints.get(centre)
        return _open if endpoint is None else partial(_secured, endpoint, self._names[centre])

    def counters(self, centre: str) -> Mapping[str, int]:
        """Handshakes of a control centre by speaking name; nothing where it has no TLS."""
        endpoint = self._endpoints.get(centre)
        return {} if endpoint is None else endpoint.counters.shown()

    def objection(self, client: str, action: Action, location: str) -> str:
        """Why the certificate of a connection (`CENTRE HOST:PORT`) does not allow this; empty when it does.

        A certificate without a role allows what the control centre may do; taking back is allowed to everybody.
        """
        centre, _, peer = client.rpartition(" ")
        endpoint = self._endpoints.get(centre)
        if endpoint is None or action is Action.CANCEL:
            return ""
        certificate = endpoint.certificate_of(peer)
        return "its connection is gone" if certificate is None else _objection(certificate, location)


def _objection(certificate: Certificate, location: str) -> str:
    try:
        roles = roles_of(certificate)
    except CertificateRefusedError as refusal:
        return str(refusal)
    if roles is None:
        return ""
    if Right.COMMAND not in RIGHTS[roles.role]:
        return f"{certificate.what} has the role {roles.role.value}, which does not operate"
    if not any(matches(area, location) for area in roles.areas):
        return f"{certificate.what} is for {', '.join(roles.areas)}, not for {location}"
    return ""


def _open(connection: Connection) -> Connection:
    return connection


def _secured(endpoint: Endpoint, names: frozenset[str], connection: Connection) -> Shell:
    return endpoint.accept(connection, names)


def _tell(events: EventList, centre: str, event: SecurityEvent) -> None:
    events.tell(Category.SECURITY, event.severity, f"{PLACE} {centre}", str(event))
