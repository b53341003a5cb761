"""The parent's side of group management: children join, are heard, fall silent, leave; devices are watched.

The provider of `Group.*` at the unit's name. Every request has passed the request processor before (D3.2 4.1.3).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from models.alarm import Category, Severity
from models.driver import Clock
from models.errors import StorageError
from models.wire.cbor import WireValue
from models.wire.instance import Instance
from models.wire.keys import KeyId, VerifyKey
from models.wire.messages import Code
from substation.control.database import Database
from substation.event_list import EventList
from substation.exchange.access import Identity, Right
from substation.exchange.variables import Cancel, RefusedError, Route, Selection, Subscriber, WriteResult
from substation.link_board import LinkHealth
from substation.members import request as wire
from substation.members.admission import Admission, Verifier, no
from substation.members.book import Book
from substation.members.member import Happening, Kind, Member, State
from substation.members.register import NOTHING, VARIABLE, MemberRegister
from substation.members.settings import MemberSettings
from substation.variables.publication import Publication

LOOK_S = 1.0
SHOW_SEEN_NS = 60_000_000_000
"""When a member was last seen is published that often; its state at once."""


class Members:
    """`await Members.open(...)`, `routes` for the data interface, `run` until cancelled. timer: monotonic s."""

    def __init__(
        self,
        unit: str,
        settings: MemberSettings,
        register: MemberRegister,
        book: Book,
        trust: Verifier | None,
        events: EventList,
        clock: Clock,
        timer: Callable[[], float],
    ) -> None:
        self._unit, self._settings, self.register, self._book = unit, settings, register, book
        self._trust, self._events, self._clock, self._timer = trust, events, clock, timer
        self._admission = Admission(settings.children, trust)
        self._heard_s: dict[str, float] = {}
        self._had_devices: set[str] = set()
        self._certified: dict[str, VerifyKey] = {}
        self._disk_complaint = ""
        self._serve: dict[str, Callable[[Identity, WireValue], WriteResult]] = {
            wire.JOIN: self._join,
            wire.HEARTBEAT: self._heartbeat,
            wire.SERVES: self._serves,
            wire.LEAVE: self._leave,
        }

    @classmethod
    async def open(
        cls,
        unit: str,
        settings: MemberSettings,
        database: Database,
        publication: Publication,
        events: EventList,
        clock: Clock,
        trust: Verifier | None = None,
        timer: Callable[[], float] = time.monotonic,
    ) -> Members:
        """Members as they were; children that are configured no longer are forgotten. StorageError."""
        book = await Book.open(database)
        register = MemberRegister(unit, publication, events, clock)
        known = {member.name: member for member in await book.read()}
        register.load(known.get(child.name) or Member(child.name) for child in settings.children)
        return cls(unit, settings, register, book, trust, events, clock, timer)

    def routes(self) -> tuple[Route, ...]:
        """For the request processor: whoever is admitted may ask, the rules here decide."""
        return (Route("Group.*", self._unit, self, write=Right.READ),)

    def descendants(self, name: str) -> set[str]:
        """Units below a child, or below this unit."""
        return self.register.descendants(name)

    def route_to(self, unit: str) -> str | None:
        """The child through which a unit below is reached; None when no member leads there."""
        return self.register.route_to(unit)

    def key_of(self, child: str, key_id: KeyId) -> VerifyKey | None:
        """The key of a present member that has joined with a certificate."""
        member, key = self.register.get(child), self._certified.get(child)
        return key if member is not None and member.belongs and key is not None and key.key_id == key_id else None

    async def run(self) -> None:
        """Until cancelled: notice silence and certificates that have ended, keep what has changed."""
        if not self._settings.children:
            return
        while True:
            await asyncio.sleep(LOOK_S)
            self.look()
            await self.keep()

    def look(self) -> None:
        """Once a second."""
        for member in self.register.members:
            if not member.belongs:
                continue
            if self._has_lost_trust(member):
                self.register.happen(member.name, Happening.EXPULSION, "its certificate has ended or been revoked")
            elif member.state is State.JOINED:
                self._look_for_silence(member)

    async def keep(self) -> None:
        """Write what has changed; a disk that refuses is told once and tried again."""
        names = set(self.register.unkept)
        if not names:
            return
        changed = [member for member in self.register.members if member.name in names]
        try:
            await self._book.write(changed)
        except StorageError as error:
            if self._disk_complaint != str(error):
                self._disk_complaint = str(error)
                self._events.tell(Category.SYSTEM, Severity.MEDIUM, self._unit, f"members are not kept: {error}")
            return
        self._disk_complaint = ""
        self.register.unkept -= {member.name for member in changed if self.register.get(member.name) is member}

    def link(self, child: str, up: bool, reason: str = "") -> None:
        """The link to a neighbour has come or gone. One that comes waits for its heartbeat."""
        member = self.register.get(child)
        if not up and member is not None:
            self.register.happen(
                child, Happening.SILENCE, f"its link is lost: {reason}" if reason else "its link is lost"
            )

    def device(self, health: LinkHealth) -> None:
        """The state of a device's link, from the board of links."""
        if health.up:
            self._had_devices.add(health.name)
        state = State.JOINED if health.up else State.SILENT if health.name in self._had_devices else State.ABSENT
        seen_ns = self._clock() if state is State.JOINED else health.since_ns if state is State.SILENT else 0
        self.register.device(Member(health.name, Kind.DEVICE, state, "", health.since_ns, seen_ns, health.reason))

    # -- the provider

    async def read(self, selection: Selection) -> list[Instance]:
        raise RefusedError(Code.UNKNOWN_VARIABLE, f"Group.* can only be written; read {VARIABLE}")

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        raise RefusedError(Code.UNKNOWN_VARIABLE, f"Group.* can only be written; read {VARIABLE}")

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        serve = self._serve.get(variable)
        if serve is None:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"there is no {variable}; {', '.join(self._serve)} are there")
        return serve(requester, value)

    def _join(self, requester: Identity, value: WireValue) -> WriteResult:
        asked = wire.read_join(value)
        present = self.register.get(requester.name)
        try:
            certified = self._admission.judge(requester, asked, present)
        except RefusedError as refusal:
            self._refused(requester.name, present, str(refusal))
            raise
        self._heard_s[requester.name] = self._timer()
        facts = {
            "level": asked.level,
            "version": asked.version,
            "configuration": asked.configuration,
            "serves": asked.serves,
            "key_id": bytes(requester.key_id),
            "incarnation": asked.incarnation,
            "serial": "" if certified is None else f"{certified.serial:x}",
            "last_seen_ns": self._clock(),
        }
        self._certified.pop(requester.name, None)
        if certified is not None:
            self._certified[requester.name] = certified.key
        member = self.register.happen(requester.name, Happening.JOIN, facts=facts)
        return self._answer(f"{member.name} is a member of {self._unit}")

    def _heartbeat(self, requester: Identity, value: WireValue) -> WriteResult:
        self._heard(requester, wire.read_sign_of_life(value))
        return self._answer()

    def _serves(self, requester: Identity, value: WireValue) -> WriteResult:
        incarnation, serves = wire.read_serving(value)
        self._heard(requester, incarnation, {"serves": serves})
        return self._answer()

    def _answer(self, text: str = "") -> WriteResult:
        """With what a member has to know; `above` may change while it is one."""
        expected: dict[str, WireValue] = {
            "unit": self._unit,
            "heartbeat_ms": round(self._settings.heartbeat_s * 1000),
            "above": [self._unit, *sorted(self.register.above)],
        }
        told = Instance(wire.EXPECTED, self._unit, expected, self._clock())
        return WriteResult(Code.OK, text, instances=(told,))

    def _leave(self, requester: Identity, value: WireValue) -> WriteResult:
        member = self._require_member(requester, wire.read_sign_of_life(value))
        self.register.happen(member.name, Happening.LEAVE, facts={"last_seen_ns": self._clock()})
        return WriteResult(Code.OK)

    def _heard(self, requester: Identity, incarnation: bytes, facts: Mapping[str, object] = NOTHING) -> None:
        member = self._require_member(requester, incarnation)
        self._heard_s[member.name] = self._timer()
        self.register.happen(member.name, Happening.HEARD, facts={**facts, "last_seen_ns": self._clock()})
        if self._clock() - member.last_seen_ns > SHOW_SEEN_NS:
            self.register.show_again(member.name)

    def _require_member(self, requester: Identity, incarnation: bytes) -> Member:
        """RefusedError: whoever is refused has to join first."""
        member = self.register.get(requester.name)
        if member is None or not member.belongs:
            raise no(f"{requester.name} is not a member; write {wire.JOIN} first")
        if member.incarnation == incarnation and member.key_id == requester.key_id:
            return member
        if member.state is State.JOINED:
            self._refused(member.name, member, f"duplicated identity: two at a time call themselves {member.name}")
        raise no(f"{member.name} did not join as this process; write {wire.JOIN} first")

    def _refused(self, name: str, present: Member | None, why: str) -> None:
        """A refusal is told as an event; one that claims the name of a living member is worse."""
        if present is not None:
            self.register.happen(name, Happening.REFUSAL, why)
        if present is None or present.belongs:
            self.register.complain(name, why)

    def _has_lost_trust(self, member: Member) -> bool:
        """One that has not joined anew since we were started has to show its certificate again anyway."""
        verified = bool(member.serial and member.incarnation)
        return verified and self._trust is not None and not self._trust.still_valid(int(member.serial, 16))

    def _look_for_silence(self, member: Member) -> None:
        silent_s = self._timer() - self._heard_s.get(member.name, self._timer())
        if silent_s >= self._settings.silence_s:
            self.register.happen(member.name, Happening.SILENCE, f"not heard for {silent_s:.0f} s")
