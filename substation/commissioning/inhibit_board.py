"""The board of inhibited alarms: on disk before it holds, lifted by people, or by itself when its time is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, delete, select

from models.driver import Clock
from models.errors import StorageError
from models.point import PointName
from substation.commissioning.inhibition import Inhibition, InhibitKind
from substation.control.database import METADATA, Database, add_row

LONGEST_S = 7 * 86_400.0
"""Nobody forgets an alarm for longer than a week: it is inhibited anew, or it comes back."""

INHIBITIONS = Table(
    "alarm_inhibitions",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("place", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("holder", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("placed_ns", BigInteger, nullable=False),
    Column("until_ns", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)
_LOOK_S = 1.0


class InhibitBoard:
    """All of a unit. changed: called after every change. told: a line for the event list (place, text)."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._present: dict[int, Inhibition] = {}
        self._placed = asyncio.Event()
        self.changed: Callable[[], None] = lambda: None
        self.told: Callable[[str, str], None] = lambda place, text: None

    @classmethod
    async def open(cls, database: Database, clock: Clock) -> InhibitBoard:
        """StorageError when the disk refuses."""
        board = cls(database, clock)
        await database.make_tables()
        board._present = {each.id: each for each in await database.run(_load)}
        return board

    @property
    def present(self) -> tuple[Inhibition, ...]:
        """Those whose time is not over."""
        now_ns = self._clock()
        return tuple(each for each in self._present.values() if each.until_ns > now_ns)

    def of(self, name: PointName) -> Inhibition | None:
        """What keeps the alarm of a point quiet now."""
        if not self._present:
            return None
        return next((each for each in self.present if each.covers(name)), None)

    async def place(self, place: str, kind: InhibitKind, holder: str, reason: str, for_s: float) -> str:
        """On disk when this returns; '' when done, else why not."""
        if not reason.strip():
            return "an alarm is inhibited for a reason: write it"
        if not 0 < for_s <= LONGEST_S:
            return f"an alarm is inhibited for a time, up to {LONGEST_S / 86_400:g} days"
        now_ns = self._clock()
        wanted = Inhibition(0, place, kind, holder, reason.strip(), now_ns, now_ns + round(for_s * 1e9))
        made = await self._database.run(lambda connection: _insert(connection, wanted))
        self._present[made.id] = made
        self._placed.set()
        self.told(place, f"alarms {kind.value} by {holder} for {for_s / 60:.0f} min: {made.reason}")
        self.changed()
        return ""

    async def lift(self, number: int, place: str, who: str) -> str:
        """Alarms come again; '' when done, else why not."""
        found = self._present.get(number)
        if found is None or found.place != place:
            return f"{place} has no inhibition number {number}"
        await self._remove(found)
        self.told(place, f"alarms are back, lifted by {who} ({found.kind.value}: {found.reason})")
        return ""

    async def run(self) -> None:
        """Until cancelled: lift what is over. Nothing runs while nothing is inhibited."""
        while True:
            if not self._present:
                self._placed.clear()
                await self._placed.wait()
            for each in [each for each in self._present.values() if each.until_ns <= self._clock()]:
                await self._expire(each)
            await asyncio.sleep(_LOOK_S)

    async def _expire(self, inhibition: Inhibition) -> None:
        try:
            await self._remove(inhibition)
        except StorageError:  # it holds no longer whatever stands on the disk: its time does
            self._present.pop(inhibition.id, None)
            self.changed()
        self.told(inhibition.place, f"alarms are back, the time of {inhibition.holder} is over ({inhibition.reason})")

    async def _remove(self, inhibition: Inhibition) -> None:
        key = inhibition.id
        await self._database.run(
            lambda connection: connection.execute(delete(INHIBITIONS).where(INHIBITIONS.c.id == key)).close()
        )
        self._present.pop(key, None)
        self.changed()


def _load(connection: Connection) -> list[Inhibition]:
    rows = connection.execute(select(INHIBITIONS).order_by(INHIBITIONS.c.id))
    return [
        Inhibition(row.id, row.place, InhibitKind(row.kind), row.holder, row.reason, row.placed_ns, row.until_ns)
        for row in rows
    ]


def _insert(connection: Connection, wanted: Inhibition) -> Inhibition:
    columns = {
        "place": wanted.place,
        "kind": wanted.kind.value,
        "holder": wanted.holder,
        "reason": wanted.reason,
        "placed_ns": wanted.placed_ns,
        "until_ns": wanted.until_ns,
    }
    key = add_row(connection, INHIBITIONS, columns)
    return replace(wanted, id=key)
