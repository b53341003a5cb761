"""The sessions that are open at a unit, at UNIT/sessions/NUMBER, and how a security officer ends one."""

from __future__ import annotations

from collections.abc import Callable

from models.wire.cbor import WireValue
from models.wire.glob import matches
from models.wire.instance import Instance
from models.wire.messages import Code
from substation.exchange.access import Identity, Right
from substation.exchange.variables import Cancel, RefusedError, Route, Selection, Subscriber, WriteResult
from substation.stakeholders.session import Session
from substation.stakeholders.sessions import Sessions
from substation.variables.write_only import OK

VARIABLE, END = "Sessions", "Session.End"


class SessionVariables:
    """told: who ends which session."""

    def __init__(self, unit: str, sessions: Sessions, told: Callable[[Identity, Session], None]) -> None:
        self._prefix, self._sessions, self._told = f"{unit}/sessions/", sessions, told
        self._subscriptions: list[tuple[Selection, Subscriber]] = []

    def routes(self) -> tuple[Route, ...]:
        where = f"{self._prefix}*"
        return (
            Route(END, where, self, write=Right.SECURITY, read=Right.SECURITY),
            Route(VARIABLE, where, self, read=Right.SECURITY),
        )

    async def read(self, selection: Selection) -> list[Instance]:
        return [each for each in map(self._instance, self._sessions.present()) if _fits(selection, each)]

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        entry = (selection, subscriber)
        self._subscriptions.append(entry)
        if initial:
            present = map(self._instance, self._sessions.present())
            subscriber.events([each for each in present if _fits(selection, each)])
        return lambda: self._subscriptions.remove(entry)

    def tell(self, session: Session) -> None:
        """One has begun or ended; an ended one has no value any more."""
        instance = self._instance(session)
        for selection, subscriber in tuple(self._subscriptions):
            if _fits(selection, instance):
                subscriber.events([instance])

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        digits = location.removeprefix(self._prefix)
        session = self._sessions.get(int(digits)) if digits.isascii() and digits.isdigit() else None
        if session is None:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"there is no session {digits}")
        if value is not None and not isinstance(value, str):
            raise RefusedError(Code.BAD_REQUEST, f"{END} takes a reason, or nothing")
        session.end(f"ended by {requester.name}" + (f": {value[:200]}" if value else ""))
        self._told(requester, session)
        return OK

    def _instance(self, session: Session) -> Instance:
        opening = session.opening
        value: dict[str, WireValue] = {
            "number": opening.number,
            "name": opening.identity.name,
            "role": opening.identity.role.value,
            "proof": opening.proof.value,
            "address": opening.peer.address,
            "encrypted": opening.peer.encrypted,
            "service": opening.identity.service,
            "device": opening.identity.device,
            "since_ns": opening.since_ns,
            "idle_s": round(session.idle_s(), 1),
        }
        shown = None if session.why else value
        return Instance(VARIABLE, f"{self._prefix}{opening.number}", shown, opening.since_ns)


def _fits(selection: Selection, instance: Instance) -> bool:
    return matches(selection.variable, instance.variable) and matches(selection.location, instance.location)
