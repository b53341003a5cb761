"""The seam between the connections of the data interface and those who know whom to let in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from models.errors import RingmainError
from models.wire.keys import KeyId, VerifyKey
from models.wire.server_session import LoggedIn
from substation.exchange.access import Identity


class LoginRefusedError(RingmainError):
    """Not let in; the text goes to the peer, the event list and the audit log, and never helps to guess."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Other end of a connection. address: host:port. encrypted: TLS. local: the same machine. certificate: DER of the
    verified TLS client certificate, None without. forwarded: by another unit, which reads what it carries."""

    address: str
    encrypted: bool
    local: bool
    certificate: bytes | None = None
    forwarded: bool = False


class Gatekeeper(Protocol):
    """Keys, passwords, certificates and sessions of a unit. All calls come from the loop's thread."""

    def find(self, key_id: KeyId) -> VerifyKey | None:
        """The public key that is admitted under this id."""

    async def admit(self, login: LoggedIn, peer: Peer) -> Admission:
        """Let a client in whose signature has been verified. LoginRefusedError with the reason."""


class Admission(Protocol):
    """One session that has been let in, until `leave`."""

    first: int
    """First sequence number of its block, already stored on disk."""
    why: str
    """Why `identity` is None, in words; empty before."""

    def identity(self) -> Identity | None:
        """Who it is now: None when the key, the certificate or the session has been withdrawn, or has expired."""

    def used(self) -> None:
        """A request has come: the time of inactivity starts again."""

    def leave(self) -> None:
        """The connection has ended."""
