"""Who deals with a unit: register, gatekeeper and audit log, composed, and what each hears of the others.

Decisions, logins, changes of the register, commands of all sources, and what the event list tells about security become
records of the audit log; what people must know of it becomes a line of the event list.
"""

from __future__ import annotations

import asyncio
import logging

from models.alarm import Category, Event, Severity
from models.driver import Clock
from models.errors import StorageError
from models.wire.messages import Code
from substation.audit.log import AuditLog
from substation.audit.record import COMMAND, LOGIN, SECURITY, SYSTEM
from substation.control.operation import AnyRequest
from substation.control.request import Ending, GateResult
from substation.event_list import EventList
from substation.exchange.access import Identity
from substation.exchange.decision import AccessDecision
from substation.exchange.tally import Tally
from substation.exchange.variables import Route
from substation.stakeholders.gatekeeper import Certifier, RegisterGatekeeper
from substation.stakeholders.register import StakeholderRegister
from substation.stakeholders.schema import RegisterError
from substation.stakeholders.session import Session
from substation.stakeholders.settings import SecuritySettings
from substation.variables.audit import AuditVariables
from substation.variables.sessions import SessionVariables
from substation.variables.stakeholders import StakeholderVariables

log = logging.getLogger(__name__)

LOOK_S = 5.0
"""How soon a change that another process has made in the register is in the audit log."""
REFUSALS_TOLD = 10
"""Of one stakeholder or address within a minute, before people are only told how many there were."""
TAKEN_OVER = {Category.AUTOMATION: COMMAND, Category.SECURITY: SECURITY, Category.LINK: SYSTEM}
"""Lines of the event list that are records of the audit log, too: orders, certificates, units that join and leave."""
ENDINGS = {
    Ending.ACCEPTED: Code.OK,
    Ending.CONFIRMED: Code.OK,
    Ending.REFUSED: Code.REFUSED,
    Ending.FAILED: Code.FAILED,
    Ending.UNKNOWN: Code.UNKNOWN,
}


class SecurityDesk:
    """`run` until cancelled. register and audit are opened and closed by others."""

    def __init__(
        self,
        unit: str,
        register: StakeholderRegister,
        audit: AuditLog,
        settings: SecuritySettings,
        events: EventList,
        clock: Clock,
        certifier: Certifier | None = None,
    ) -> None:
        self._unit, self._register, self.audit, self._events = unit, register, audit, events
        self._wake = asyncio.Event()
        self._telling = False
        self._taken = self._forgotten = 0
        self._refusals = Tally(self._refused, REFUSALS_TOLD)
        self.gatekeeper = RegisterGatekeeper(register, settings, clock, certifier)
        self._stakeholders = StakeholderVariables(unit, register, self.gatekeeper, clock, self._changed)
        self._sessions = SessionVariables(unit, self.gatekeeper.sessions, self._ends)
        self._variables = AuditVariables(unit, audit)
        self.gatekeeper.locked = self._locked
        self.gatekeeper.sessions.opened = self._opened
        self.gatekeeper.sessions.ended = self._ended
        audit.on_failure = self._audit_failed
        events.subscribe(self._heard)

    def routes(self) -> tuple[Route, ...]:
        """To stand before those with patterns."""
        return (*self._stakeholders.routes(), *self._sessions.routes(), *self._variables.routes())

    def names_present(self) -> frozenset[str]:
        """Names of those who have a session now."""
        return frozenset(each.opening.identity.name for each in self.gatekeeper.sessions.present())

    def decided(self, decision: AccessDecision) -> None:
        """For the request processor: every decision is audited, those against a request are told to people too.

        Refusals of the command gate stand in the event list as commands already.
        """
        self.audit.decided(decision)
        if not (decision.granted or decision.told):
            self._refusals.take(decision)

    def _refused(self, decision: AccessDecision) -> None:
        self._tell(Severity.LOW, f"{decision.who}: {decision.what} refused: {decision.why}")

    def commanded(self, request: AnyRequest, result: GateResult) -> None:
        """For the command gate: commands of people, control centres and automation, each under its own name."""
        source = request.originator
        who = f"{source.identity} ({source.category.name.lower().replace('_', ' ')})"
        detail = f"{result.reason} ({request.why})" if request.why else result.reason
        self.audit.tell(COMMAND, who, str(request), ENDINGS[result.ending], detail)

    def maintained(self, text: str) -> None:
        """For maintenance: what has been changed at the unit itself."""
        self.audit.tell(SYSTEM, self._unit, text)

    async def run(self) -> None:
        """Takes changes of the register over, whoever has made them."""
        self.audit.tell(SYSTEM, self._unit, "the unit starts")
        for defect in self.audit.found:
            self._tell(Severity.HIGH, f"audit log: the unit {defect}")
        try:
            while True:
                self._wake.clear()
                await self._take_over()
                await self._woken()
        finally:
            self.audit.tell(SYSTEM, self._unit, "the unit stops")

    async def _woken(self) -> None:
        try:
            async with asyncio.timeout(LOOK_S):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _take_over(self) -> None:
        """A change is forgotten by the register once the audit log has it on the disk."""
        self._tell_changes()
        try:
            while self._forgotten < self._taken:
                taken = self._taken
                await self.audit.flush()
                await asyncio.to_thread(self._register.forget_changes, taken)
                self._forgotten = taken
        except (RegisterError, StorageError) as error:
            log.warning("%s", error)  # tried again at the next change; the event list knows of the disk

    def _changed(self) -> None:
        """Before whoever has changed something hears that it is done, the audit log knows."""
        self._tell_changes()
        self._wake.set()

    def _tell_changes(self) -> None:
        try:
            changes = self._register.changes(self._taken)
        except RegisterError as error:
            log.warning("%s", error)
            return
        for change in changes:
            self._taken = change.number
            self.audit.tell(SECURITY, change.who, change.what)
            self._tell(Severity.INFORMATION, f"{change.who} {change.what}")
        if changes:
            self._stakeholders.tell_changes()

    # -- what happens

    def _opened(self, session: Session) -> None:
        opening = session.opening
        protection = "" if opening.peer.encrypted else " without TLS"
        what = f"session {opening.number} opened by {opening.proof.value} from {opening.peer.address}{protection}"
        self.audit.tell(LOGIN, str(opening.identity), what)
        self._sessions.tell(session)

    def _ended(self, session: Session) -> None:
        opening = session.opening
        self.audit.tell(LOGIN, str(opening.identity), f"session {opening.number} ended", Code.OK, session.why)
        self._sessions.tell(session)

    def _ends(self, requester: Identity, session: Session) -> None:
        text = f"ends session {session.opening.number} of {session.opening.identity}"
        self.audit.tell(SECURITY, str(requester), text)
        self._tell(Severity.INFORMATION, f"{requester} {text}")

    def _locked(self, name: str, address: str) -> None:
        self._tell(Severity.MEDIUM, f"the password of {name} is locked after wrong ones, the last from {address}")
        self._wake.set()

    def _audit_failed(self, reason: str) -> None:
        severity = Severity.HIGH if reason else Severity.INFORMATION
        text = reason or "the audit log can be written again"
        self._events.tell(Category.SYSTEM, severity, self._unit, text)

    def _heard(self, sequence: int, event: Event) -> None:
        kind = TAKEN_OVER.get(event.category)
        if kind is not None and not self._telling:
            self.audit.tell(kind, event.location, event.text)

    def _tell(self, severity: Severity, text: str) -> None:
        """A line of which the audit log has a record of its own."""
        self._telling = True
        try:
            self._events.tell(Category.SECURITY, severity, self._unit, text)
        finally:
            self._telling = False
