"""The table of intents: one row per service that goes on the wire, completed with what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Integer, Row, String, Table

from models.command import Action, Originator, OriginatorCategory
from models.point import Dbpos, Handle, PointName
from models.switching import SwitchAction
from substation.control.database import METADATA
from substation.control.regulation import Regulation, SetPoint, StepCommand, parse_regulation

INTENTS = Table(
    "intents",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("action", String, nullable=False),
    Column("handle", Integer, nullable=False),
    Column("point", String, nullable=False),
    Column("value", String, nullable=False),
    Column("category", Integer, nullable=False),
    Column("identity", String, nullable=False),
    Column("order_id", String, nullable=False),
    Column("why", String, nullable=False),
    Column("intent_ns", BigInteger, nullable=False),
    Column("ending", String),
    Column("add_cause", Integer),
    Column("reason", String),
    Column("result_ns", BigInteger),
    Column("released_by", String),
    Column("released_ns", BigInteger),
    sqlite_autoincrement=True,  # a number is never given twice, whatever has been deleted
)

_NO_POINT = Handle(0)
"""Handles of points begin with 1."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One service that is about to go on the wire. number: ctlNum, shared by the services of one operation.

    id 0 and number 0: not journalled yet. order: the switching order it belongs to, '' for a single command.
    """

    action: Action
    handle: Handle
    point: PointName
    value: Dbpos | bool | Regulation
    originator: Originator
    order: str
    why: str
    time_ns: int
    number: int = 0
    id: int = 0

    def __str__(self) -> str:
        if self.handle == _NO_POINT:
            return f"{self.why} (number {self.number})"
        return f"{_written(self.value)} {self.point} by {self.originator.identity} (number {self.number})"

    @classmethod
    def forgotten(cls, unit: str, why: str, time_ns: int) -> Intent:
        """What stands for commands that nobody knows any more; never sent. why: which ones."""
        nobody = Originator(OriginatorCategory.AUTOMATIC_STATION, unit)
        point = PointName(unit, "Commands")
        return cls(Action.CANCEL, _NO_POINT, point, Dbpos.OFF, nobody, "", why, time_ns)

    def row(self) -> dict[str, int | str]:
        """Its columns; without id while the database has not given one."""
        return {
            "number": self.number,
            "action": self.action.value,
            "handle": self.handle,
            "point": str(self.point),
            "value": _written(self.value),
            "category": int(self.originator.category),
            "identity": self.originator.identity,
            "order_id": self.order,
            "why": self.why,
            "intent_ns": self.time_ns,
        }

    @classmethod
    def from_row(cls, row: Row[tuple[object, ...]]) -> Intent:
        """The inverse of `row` (with id)."""
        return cls(
            action=Action(row.action),
            handle=Handle(row.handle),
            point=PointName.parse(row.point),
            value=_read(row.value),
            originator=Originator(OriginatorCategory(row.category), row.identity),
            order=row.order_id,
            why=row.why,
            time_ns=row.intent_ns,
            number=row.number,
            id=row.id,
        )


_SWITCHING = {action.value: action for action in SwitchAction}


def _written(value: Dbpos | bool | Regulation) -> str:
    return str(value) if isinstance(value, StepCommand | SetPoint) else SwitchAction.of(value).value


def _read(text: str) -> Dbpos | bool | Regulation:
    action = _SWITCHING.get(text)
    return parse_regulation(text) if action is None else action.value_commanded
