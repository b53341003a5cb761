"""The sessions that are open now."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from substation.exchange.access import Identity
from substation.exchange.gatekeeper import Peer
from substation.stakeholders.session import Opening, Proof, Session, Standing


class Sessions:
    """Numbered from 1 since the unit has started. changed: told when one opens or ends."""

    def __init__(self, now_ns: Callable[[], int], timer: Callable[[], float], idle_timeout_s: float, most: int) -> None:
        self._now_ns, self._timer, self._idle_timeout_s, self._most = now_ns, timer, idle_timeout_s, most
        self._numbers = count(1)
        self._open: dict[int, Session] = {}
        self.opened: Callable[[Session], None] = lambda session: None
        self.ended: Callable[[Session], None] = lambda session: None

    def present(self) -> list[Session]:
        return list(self._open.values())

    def get(self, number: int) -> Session | None:
        return self._open.get(number)

    def too_many(self, name: str) -> bool:
        """Whether this stakeholder has as many as one may have."""
        return sum(each.opening.identity.name == name for each in self._open.values()) >= self._most

    def of(self, requester: Identity) -> list[Session]:
        """Those that were opened with the key of this requester."""
        return [each for each in self._open.values() if each.opening.identity.key_id == requester.key_id]

    def open(self, identity: Identity, proof: Proof, peer: Peer, first: int, standing: Standing) -> Session:
        opening = Opening(next(self._numbers), identity, proof, peer, first, self._now_ns())
        session = Session(opening, standing, self._leave, self._now_ns, self._timer, self._idle_timeout_s)
        self._open[opening.number] = session
        self.opened(session)
        return session

    def _leave(self, session: Session) -> None:
        if self._open.pop(session.opening.number, None) is not None:
            self.ended(session)
