"""The board of placements: on disk before anybody relies on them, shared by all clients (SAFETY S17, S14)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import BigInteger, Column, Connection, Float, Integer, String, Table, delete, select

from models.errors import StorageError
from models.point import Sample
from models.quality import is_actionable
from substation.control.database import METADATA, Database, add_row
from substation.placements.placement import POSITIONS, Placement, PlacementKind, set_by_hand
from substation.register import PointRegister

log = logging.getLogger(__name__)

PLACEMENTS = Table(
    "placements",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("element", String, nullable=False),
    Column("other", String, nullable=False),
    Column("holder", String, nullable=False),
    Column("placed_ns", BigInteger, nullable=False),
    Column("reference", String, nullable=False),
    Column("rated_power_w", Float, nullable=False),
    sqlite_autoincrement=True,
)
Judge = Callable[[Placement], str]


class PlacementBoard:
    """All placements of a unit. `changed` is called after every change; withdrawn(placement): the field tells again."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._present: dict[int, Placement] = {}
        self._changing = asyncio.Lock()
        self.changed: Callable[[], None] = lambda: None
        self.withdrawn: Callable[[Placement], None] = lambda placement: None
        self._stale: set[int] = set()
        self._unwritten = asyncio.Event()

    @classmethod
    async def open(cls, database: Database) -> PlacementBoard:
        board = cls(database)
        await database.make_tables()
        board._present = {each.id: each for each in await database.run(_load)}
        return board

    @property
    def placements(self) -> tuple[Placement, ...]:
        return tuple(self._present.values())

    def get(self, number: int) -> Placement | None:
        return self._present.get(number)

    async def place(self, wanted: Placement, judge: Judge) -> Placement | str:
        """Put it on the board, on disk when this returns; else why not. A switch has one manually set position.

        Judged again when it is on disk: a command may have gone out meanwhile.
        """
        async with self._changing:
            if reason := judge(wanted):
                return reason
            replaced = set_by_hand(self.placements, wanted.element) if wanted.kind in POSITIONS else None
            placed = await self._database.run(lambda connection: _exchange(connection, replaced, wanted))
            if reason := judge(wanted):
                await self._database.run(lambda connection: _take_back(connection, placed, replaced))
                return reason
            if replaced is not None:
                self._present.pop(replaced.id, None)
            self._present[placed.id] = placed
        self.changed()
        return placed

    async def remove(self, number: int, judge: Judge) -> Placement | str:
        """Take it from the board, on disk when this returns; else why not."""
        async with self._changing:
            placement = self._present.get(number)
            if placement is None:
                return f"no placement has the number {number}"
            if reason := judge(placement):
                return reason
            await self._database.run(lambda connection: _delete(connection, {number}))
            if reason := judge(placement):
                await self._database.run(lambda connection: _insert(connection, placement))
                return reason
            self._present.pop(number, None)
        self.changed()
        return placement

    def take(self, samples: list[Sample], register: PointRegister) -> None:
        """Listener of the image: a position set by hand ends when the field reports it again."""
        manual = {each.element: each for each in self._present.values() if each.kind in POSITIONS}
        if not manual:
            return
        for sample in samples:
            switch = register.spec(sample.handle).name.location
            if switch in manual and register.positions.get(switch) == sample.handle and is_actionable(sample.quality):
                placement = self._present.pop(manual.pop(switch).id)
                self._stale.add(placement.id)
                self._unwritten.set()
                self.withdrawn(placement)
                self.changed()

    async def run(self) -> None:
        """Writes what the field has withdrawn, until cancelled; after a crash before that it is withdrawn once more."""
        while True:
            await self._unwritten.wait()
            self._unwritten.clear()
            gone = set(self._stale)
            try:
                await self._database.run(lambda connection, gone=gone: _delete(connection, gone))  # type: ignore[misc]
                self._stale -= gone
            except StorageError as error:
                log.error("withdrawn positions are still on disk: %s", error)


def _load(connection: Connection) -> list[Placement]:
    rows = connection.execute(select(PLACEMENTS).order_by(PLACEMENTS.c.id))
    return [
        Placement(
            row.id,
            PlacementKind(row.kind),
            row.element,
            row.holder,
            row.placed_ns,
            row.other,
            row.reference,
            row.rated_power_w,
        )
        for row in rows
    ]


def _exchange(connection: Connection, replaced: Placement | None, wanted: Placement) -> Placement:
    if replaced is not None:
        _delete(connection, {replaced.id})
    return replace(wanted, id=_insert(connection, wanted))


def _take_back(connection: Connection, placed: Placement, replaced: Placement | None) -> None:
    """As it was before `_exchange`."""
    _delete(connection, {placed.id})
    if replaced is not None:
        _insert(connection, replaced)


def _insert(connection: Connection, placement: Placement) -> int:
    """Its number, which is a new one where it has none yet."""
    columns: dict[str, object] = {
        "kind": placement.kind.value,
        "element": placement.element,
        "other": placement.other,
        "holder": placement.holder,
        "placed_ns": placement.placed_ns,
        "reference": placement.reference,
        "rated_power_w": placement.rated_power_w,
    }
    if placement.id:
        columns["id"] = placement.id
    return add_row(connection, PLACEMENTS, columns)


def _delete(connection: Connection, numbers: set[int]) -> None:
    connection.execute(delete(PLACEMENTS).where(PLACEMENTS.c.id.in_(numbers))).close()
