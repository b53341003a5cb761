"""The board of authority: one holder, on disk before it counts, handed over in sight of everybody (SAFETY S18)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, delete, insert, select

from models.driver import Clock
from substation.authority.authority import FREE, Authority, Level
from substation.control.database import METADATA, Database

AUTHORITY = Table(
    "authority",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("level", String, nullable=False),
    Column("holder", String, nullable=False),
    Column("since_ns", BigInteger, nullable=False),
    Column("asked_by", String, nullable=False),
    Column("asked_why", String, nullable=False),
)


class AuthorityBoard:
    """Methods return '' when done, else why not. changed: after every change. tell(text): to everybody, and the audit.

    taken_over(name): somebody has taken control from another; what runs under the old holder stops.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self.present = FREE
        self._changing = asyncio.Lock()
        self.changed: Callable[[], None] = lambda: None
        self.tell: Callable[[str], None] = lambda text: None
        self.taken_over: Callable[[str], None] = lambda name: None

    @classmethod
    async def open(cls, database: Database, clock: Clock) -> AuthorityBoard:
        board = cls(database, clock)
        await database.make_tables()
        board.present = await database.run(_load)
        return board

    async def ask(self, who: str, why: str = "") -> str:
        """Take what is free; else ask the holder."""
        async with self._changing:
            present = self.present
            if present.level is Level.FREE:
                return await self._hand(Level.STATION, who, f"{who} has taken control of the unit")
            if present.holder == who:
                return f"{who} has control of the unit already"
            if present.asked_by not in ("", who):
                return f"{present.asked_by} waits for control already; {present.holder} hands it over or refuses"
            said = f": {why}" if why else ""
            await self._keep(replace(present, asked_by=who, asked_why=why), f"{who} asks {present} for control{said}")
            return ""

    async def hand_over(self, who: str, level: Level, to: str) -> str:
        """The holder gives it to who has asked (to: ''), to a person on the spot, or to a control centre."""
        async with self._changing:
            if refusal := self._not_held_by(who):
                return refusal
            to = to or self.present.asked_by
            if not to:
                return "nobody has asked for control; name who shall have it, or release it"
            return await self._hand(level, to, f"{who} has handed control over to {to} ({level.value})")

    async def refuse(self, who: str) -> str:
        """The holder keeps it."""
        async with self._changing:
            if refusal := self._not_held_by(who):
                return refusal
            if not self.present.asked_by:
                return "nobody has asked for control"
            text = f"{who} keeps control; {self.present.asked_by} asked for it"
            await self._keep(replace(self.present, asked_by="", asked_why=""), text)
            return ""

    async def release(self, who: str) -> str:
        """The holder gives it up: to who has asked, else it is free."""
        async with self._changing:
            if refusal := self._not_held_by(who):
                return refusal
            if asked := self.present.asked_by:
                return await self._hand(Level.STATION, asked, f"{who} has released control; {asked} has it")
            await self._keep(FREE, f"{who} has released control; nobody has it")
            return ""

    async def take_over(self, who: str, why: str) -> str:
        """A supervisor takes it without the holder; automation and orders under way stop before their next command."""
        async with self._changing:
            before = self.present
            if before.holder == who:
                return f"{who} has control of the unit already"
            text = f"{who} has taken control over from {before}: {why}"
            refusal = await self._hand(Level.STATION, who, text)
        if not refusal:
            self.taken_over(who)
        return refusal

    async def lapse(self, holder: str, why: str) -> None:
        """The holder is gone; unless somebody has it by now, it is free, or of who waits for it."""
        async with self._changing:
            if self.present.holder != holder:
                return
            if asked := self.present.asked_by:
                await self._hand(Level.STATION, asked, f"control of {holder} has ended ({why}); {asked} has it")
            else:
                await self._keep(FREE, f"control of {holder} has ended ({why}); nobody has it")

    def _not_held_by(self, who: str) -> str:
        held = self.present.level is not Level.FREE and self.present.holder == who
        return "" if held else f"S18: {self.present} has control of the unit, not {who}"

    async def _hand(self, level: Level, to: str, text: str) -> str:
        await self._keep(Authority(level, to, self._clock()), text)
        return ""

    async def _keep(self, authority: Authority, text: str) -> None:
        await self._database.run(lambda connection: _replace(connection, authority))
        self.present = authority
        self.tell(text)
        self.changed()


def _load(connection: Connection) -> Authority:
    row = connection.execute(select(AUTHORITY)).first()
    return FREE if row is None else Authority(Level(row.level), row.holder, row.since_ns, row.asked_by, row.asked_why)


def _replace(connection: Connection, authority: Authority) -> None:
    connection.execute(delete(AUTHORITY)).close()
    columns = {
        "id": 1,
        "level": authority.level.value,
        "holder": authority.holder,
        "since_ns": authority.since_ns,
        "asked_by": authority.asked_by,
        "asked_why": authority.asked_why,
    }
    connection.execute(insert(AUTHORITY).values(columns)).close()
