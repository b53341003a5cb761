"""One session of a stakeholder who has been let in: who it is at each moment, and why it has ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from substation.exchange.access import Identity
from substation.exchange.gatekeeper import Peer
from substation.stakeholders.stakeholder import Kind, Stakeholder


class Proof(Enum):
    """How somebody has shown who it is."""

    KEY = "key"
    PASSWORD = "password"  # noqa: S105 - the name of the way, not a password
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class Opening:
    """What does not change while a session lasts. identity: at the login."""

    number: int
    identity: Identity
    proof: Proof
    peer: Peer
    first: int
    since_ns: int


Standing = Callable[[], "Stakeholder | str"]
"""Who the holder of the session is now, or why it is nobody any more."""


class Session:
    """An Admission of the gatekeeper. All calls come from the loop's thread."""

    def __init__(
        self,
        opening: Opening,
        standing: Standing,
        left: Callable[[Session], None],
        now_ns: Callable[[], int],
        timer: Callable[[], float],
        idle_timeout_s: float,
    ) -> None:
        self.opening, self.first = opening, opening.first
        self.why = ""
        self._standing, self._left, self._now_ns, self._timer = standing, left, now_ns, timer
        self._idle_timeout_s = idle_timeout_s
        self._used_s = timer()
        self._identity = opening.identity
        self._known: Stakeholder | None = None

    def identity(self) -> Identity | None:
        """None once it has ended; `why` tells the reason."""
        if self.why:
            return None
        found = self._standing()
        if isinstance(found, str):
            return self._over(found)
        if found.expired(self._now_ns()):
            return self._over(f"the enrolment of {found.name} has expired")
        if self._idle_timeout_s and found.kind is Kind.PERSON and self.idle_s() > self._idle_timeout_s:
            return self._over(f"no request for {self._idle_timeout_s:g} s")
        if found is not self._known:
            said = self.opening.identity
            self._known, self._identity = found, found.identity(said.key_id, said.service, said.device)
        return self._identity

    def end(self, why: str) -> None:
        """The connection closes at its next look, within a second."""
        self.why = self.why or why

    def _over(self, why: str) -> Identity | None:
        self.end(why)
        return None

    def used(self) -> None:
        self._used_s = self._timer()

    def leave(self) -> None:
        self.why = self.why or "the connection has ended"
        self._left(self)

    def idle_s(self) -> float:
        return self._timer() - self._used_s
