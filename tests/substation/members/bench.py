"""A parent's group management over real stores, with clocks that a test moves, and children that write to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from models.alarm import Event
from models.wire.cbor import WireValue
from models.wire.condition import And
from models.wire.keys import SigningKey
from substation.control.database import Database
from substation.exchange.access import Identity, Role
from substation.exchange.variables import Selection, WriteResult
from substation.level import Level
from substation.members import request as wire
from substation.members.admission import Verifier
from substation.members.members import Members
from substation.members.settings import ChildSettings, MayJoin, MemberSettings
from substation.variables.publication import Publication
from tests.substation.parts import Clock, Core, core

TL = "TL"
SILENCE_S = 10.0
CHILDREN = (
    ChildSettings("LV01", Level.LVGMU, MayJoin.KEY),
    ChildSettings("LV02", None, MayJoin.KEY),
    ChildSettings("LV03", Level.LVGMU, MayJoin.CERTIFICATE),
)


def key(name: str) -> SigningKey:
    return SigningKey.from_seed(name.encode().ljust(32, b"."))


def identity(name: str, signing: SigningKey | None = None) -> Identity:
    return Identity((signing or key(name)).key_id, name, Role.VIEWER, "link")


@dataclass
class Child:
    """One process of a unit below."""

    name: str
    parent: Parent
    incarnation: bytes = b"1" * 16
    previous: bytes = b""
    level: str = "LVGMU"
    signing: SigningKey | None = None

    async def join(self, *serves: str, **changed: object) -> WriteResult:
        asked = wire.JoinRequest(
            self.name, self.level, "1.0", "c0ffee", tuple(serves), self.incarnation, self.previous
        ).value()
        return await self._write(wire.JOIN, {**asked, **changed})  # type: ignore[arg-type]

    async def beat(self) -> WriteResult:
        return await self._write(wire.HEARTBEAT, wire.sign_of_life(self.incarnation))

    async def serves(self, *names: str) -> WriteResult:
        return await self._write(wire.SERVES, wire.serving(self.incarnation, names))

    async def leave(self) -> WriteResult:
        return await self._write(wire.LEAVE, wire.sign_of_life(self.incarnation))

    async def _write(self, variable: str, value: dict[str, WireValue]) -> WriteResult:
        return await self.parent.members.write(variable, TL, value, identity(self.name, self.signing))


@dataclass
class Parent:
    members: Members
    core: Core
    publication: Publication
    clock: Clock = field(default_factory=Clock)

    def child(self, name: str, **given: object) -> Child:
        return Child(name, self, **given)  # type: ignore[arg-type]

    def move(self, seconds: float) -> None:
        """Time passes, looked at once a second."""
        while seconds > 0:
            step_s = min(1.0, seconds)
            self.clock.now_ns += round(step_s * 1e9)
            self.members.look()
            seconds -= step_s

    def state(self, name: str) -> str:
        member = self.members.register.get(name)
        return "" if member is None else member.state.value

    def lines(self) -> list[str]:
        return [event.text for event in self.events() if event.text.startswith("member ")]

    def events(self) -> list[Event]:
        return [event for _, event in self.core.events.newest]

    async def shown(self) -> dict[str, dict[str, WireValue]]:
        found = await self.publication.read(Selection("Members", TL, And(())))
        return {str(each.value["name"]): each.value for each in found if isinstance(each.value, dict)}


@asynccontextmanager
async def parent(
    folder: Path,
    children: tuple[ChildSettings, ...] = CHILDREN,
    trust: Verifier | None = None,
    start_ns: int | None = None,
) -> AsyncIterator[Parent]:
    """The unit TL; opened again in the same folder it knows what it knew."""
    folder.mkdir(exist_ok=True)
    clock = Clock() if start_ns is None else Clock(start_ns)
    async with core(folder) as made:
        database = await Database.open(folder / "control.sqlite")
        try:
            publication = Publication(TL, clock)
            members = await Members.open(
                TL,
                MemberSettings(children, SILENCE_S),
                database,
                publication,
                made.events,
                clock,
                trust,
                lambda: clock.now_ns / 1e9,
            )
            yield Parent(members, made, publication, clock)
            await members.keep()
        finally:
            await database.close()
