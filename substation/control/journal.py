"""The command journal (SAFETY S21): the intent is on disk before the wire, the result follows; a crash leaves a trace.

An intent without a result is open: after a restart nobody knows whether the device moved, so everything stays blocked
until an operator has read the positions and releases it (S22). An operation whose outcome is unknown, or which was
accepted and did not move, is unresolved: automation never repeats it (S21).
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, select, update

from models.command import Action, AddCause
from models.errors import StorageError
from models.point import Dbpos, PointName
from substation.control.database import Database, add_row
from substation.control.intents import INTENTS, Intent
from substation.control.regulation import Regulation
from substation.control.request import Ending

_UNRESOLVED = (Ending.UNKNOWN, Ending.FAILED)
Attempt = tuple[str, PointName, Dbpos | bool | Regulation]
"""Order, point and value of an operate that was journalled."""


class Journal:
    """Use `await Journal.open(database)`; all writes are awaited, what rules ask is answered from memory."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stranded: dict[int, Intent] = {}
        self._unresolved: dict[PointName, Intent] = {}
        self._unknown: dict[PointName, Intent] = {}
        self._attempts: set[Attempt] = set()

    @classmethod
    async def open(cls, database: Database) -> Journal:
        """Create the table if needed and learn what an earlier run has left."""
        journal = cls(database)
        await database.make_tables()
        await database.run(journal._load)
        return journal

    def _load(self, connection: Connection) -> None:
        for row in connection.execute(select(INTENTS).order_by(INTENTS.c.id)):
            intent = Intent.from_row(row)
            if row.ending is None and row.released_ns is None:
                self._stranded[intent.id] = intent
            if intent.action is Action.OPERATE:
                ended = Ending.UNKNOWN if row.ending is None else Ending(row.ending)
                self._remember(intent, ended, released=row.released_ns is not None)

    def _remember(self, intent: Intent, ending: Ending, released: bool = False) -> None:
        if intent.order:
            self._attempts.add((intent.order, intent.point, intent.value))
        if ending in _UNRESOLVED and not released:
            self._unresolved[intent.point] = intent
        elif ending is Ending.CONFIRMED or released:
            self._unresolved.pop(intent.point, None)
            self._unknown.pop(intent.point, None)
        if ending is Ending.UNKNOWN and not released:
            self._unknown[intent.point] = intent

    async def intend(self, intent: Intent) -> Intent:
        """Put the intent on disk; the same with its id and number. StorageError: then no command may go out."""
        return await self._database.run(lambda connection: _insert(connection, intent))

    async def conclude(self, intent: Intent, ending: Ending, cause: AddCause, reason: str, now_ns: int) -> None:
        """Put the result on disk. If that fails the intent stays open and blocks, as after a crash."""
        columns = {"ending": ending.value, "add_cause": int(cause), "reason": reason, "result_ns": now_ns}
        if intent.action is Action.OPERATE:
            self._remember(intent, ending)
        try:
            await self._database.run(
                lambda connection: connection.execute(
                    update(INTENTS).where(INTENTS.c.id == intent.id).values(columns)
                ).close()
            )
        except StorageError:
            self._stranded[intent.id] = intent
            raise

    async def release(self, numbers: tuple[int, ...], who: str, now_ns: int) -> tuple[Intent, ...]:
        """An operator has read the positions: open and unresolved intents of these operations block no longer."""
        columns = {"released_by": who, "released_ns": now_ns}
        await self._database.run(
            lambda connection: connection.execute(
                update(INTENTS).where(INTENTS.c.number.in_(numbers), INTENTS.c.released_ns.is_(None)).values(columns)
            ).close()
        )
        blocking = [*self._stranded.values(), *self._unresolved.values()]
        freed = {intent.id: intent for intent in blocking if intent.number in numbers}
        self._stranded = {key: intent for key, intent in self._stranded.items() if key not in freed}
        self._unresolved = {point: intent for point, intent in self._unresolved.items() if intent.id not in freed}
        self._unknown = {point: intent for point, intent in self._unknown.items() if intent.number not in numbers}
        return tuple(freed.values())

    @property
    def open_intents(self) -> tuple[Intent, ...]:
        """Intents without a result whose command is not in flight now."""
        return tuple(self._stranded.values())

    def strand(self, intent: Intent) -> None:
        """The command of this intent was given up without a result (its task was cancelled): it blocks from now on."""
        self._stranded[intent.id] = intent
        if intent.action is Action.OPERATE:
            self._remember(intent, Ending.UNKNOWN)

    @property
    def unresolved(self) -> tuple[Intent, ...]:
        """Operations that may still move something; the newest of each point."""
        return tuple(self._unresolved.values())

    @property
    def unknown(self) -> tuple[Intent, ...]:
        """Operations of which nobody knows whether the device carries them out; the newest of each point."""
        return tuple(self._unknown.values())

    @property
    def blocking(self) -> tuple[Intent, ...]:
        """What an operator has to read and release, one intent of each operation, oldest first."""
        found = {intent.number: intent for intent in (*self._stranded.values(), *self._unresolved.values())}
        return tuple(found[number] for number in sorted(found))

    def unresolved_at(self, point: PointName) -> Intent | None:
        return self._unresolved.get(point)

    def attempted(self, order: str, point: PointName, value: Dbpos | bool | Regulation) -> bool:
        """Whether this order has already sent an operate of this value to this point, in this or an earlier run."""
        return (order, point, value) in self._attempts


def _insert(connection: Connection, intent: Intent) -> Intent:
    key = add_row(connection, INTENTS, intent.row())
    given = replace(intent, id=key, number=intent.number or key)
    connection.execute(update(INTENTS).where(INTENTS.c.id == given.id).values(number=given.number)).close()
    return given
