"""Values that people set in place of the field's, at the unit: shown with source substituted, never acted on (S14).

While one is set, what the field sends for that point is kept aside and stored in history; it is shown again at the
removal. Kept over a restart, with holder and reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cbor2
from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, String, Table, delete, insert, select

from models.driver import Clock
from models.point import Cdc, Dbpos, Handle, PointName, PointSpec, Sample, Value
from models.quality import Quality
from substation.control.database import METADATA, Database
from substation.image import Image

SUBSTITUTIONS = Table(
    "substitutions",
    METADATA,
    Column("handle", Integer, primary_key=True),
    Column("value", LargeBinary, nullable=False),
    Column("holder", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("placed_ns", BigInteger, nullable=False),
)
_FLOATS = (Cdc.MV, Cdc.APC)
_BOOLS = (Cdc.SPS, Cdc.SPC, Cdc.ACT, Cdc.ACD)
_POSITIONS = (Cdc.DPC, Cdc.DPS)


@dataclass(frozen=True, slots=True)
class Substitution:
    """value: of the point's own type, in its unit."""

    handle: Handle
    point: PointName
    value: Value
    holder: str
    reason: str
    placed_ns: int


class SubstitutionBoard:
    """All of a unit. store: puts samples into history. changed, told: as of the board of inhibitions."""

    def __init__(self, database: Database, image: Image, clock: Clock, store: Callable[[list[Sample]], object]) -> None:
        self._database, self._image, self._clock, self._store = database, image, clock, store
        self._present: dict[Handle, Substitution] = {}
        self.changed: Callable[[], None] = lambda: None
        self.told: Callable[[str, str], None] = lambda place, text: None

    @classmethod
    async def open(
        cls, database: Database, image: Image, clock: Clock, store: Callable[[list[Sample]], object]
    ) -> SubstitutionBoard:
        """What was set before the restart is set again. StorageError when the disk refuses."""
        board = cls(database, image, clock, store)
        await database.make_tables()
        for handle, plain, holder, reason, placed_ns in await database.run(_load):
            spec = dict(image.register.items()).get(Handle(handle))
            value = None if spec is None else value_of(spec, cbor2.loads(plain))
            if spec is not None and value is not None:
                board._apply(Substitution(Handle(handle), spec.name, value, holder, reason, placed_ns))
        return board

    @property
    def present(self) -> tuple[Substitution, ...]:
        return tuple(self._present.values())

    async def set(self, point: PointName, plain: object, holder: str, reason: str) -> str:
        """On disk when this returns; '' when done, else why not."""
        handle = self._image.register.handle(point)
        if handle is None:
            return f"no device has the point {point}"
        if not reason.strip():
            return "a value is substituted for a reason: write it"
        value = value_of(self._image.register.spec(handle), plain)
        if value is None:
            return f"{plain!r} is no value of {point} ({self._image.register.spec(handle).cdc.value})"
        wanted = Substitution(handle, point, value, holder, reason.strip(), self._clock())
        await self._database.run(lambda connection: _put(connection, wanted))
        self._apply(wanted)
        self.told(point.location, f"{point.variable} substituted by {holder} with {value!r}: {wanted.reason}")
        self.changed()
        return ""

    async def remove(self, point: PointName, who: str) -> str:
        """The field's own value shows again; '' when done, else why not."""
        handle = self._image.register.handle(point)
        if handle is None or handle not in self._present:
            return f"{point} is not substituted"
        await self._database.run(lambda connection: _forget(connection, handle))
        del self._present[handle]
        self._store(self._image.unmask(handle))
        self.told(point.location, f"{point.variable} is the field's again, substitution removed by {who}")
        self.changed()
        return ""

    def _apply(self, wanted: Substitution) -> None:
        self._present[wanted.handle] = wanted
        now_ns = self._clock()
        sample = Sample(wanted.handle, wanted.value, int(Quality.SUBSTITUTED), wanted.placed_ns, now_ns)
        self._image.mask(sample)
        self._store([sample])


def value_of(spec: PointSpec, plain: object) -> Value | None:
    """A value of the point's type, from what people or the disk say; None when it is none."""
    if spec.cdc in _BOOLS:
        return plain if isinstance(plain, bool) else None
    if isinstance(plain, bool) or not isinstance(plain, int | float):
        return None
    if spec.cdc in _POSITIONS:
        return Dbpos(int(plain)) if plain in (Dbpos.OFF, Dbpos.ON) else None
    if spec.cdc in _FLOATS:
        return float(plain)
    return int(plain) if float(plain).is_integer() else None


def _load(connection: Connection) -> list[tuple[int, bytes, str, str, int]]:
    rows = connection.execute(select(SUBSTITUTIONS))
    return [(row.handle, row.value, row.holder, row.reason, row.placed_ns) for row in rows]


def _put(connection: Connection, wanted: Substitution) -> None:
    _forget(connection, wanted.handle)
    plain = int(wanted.value) if isinstance(wanted.value, Dbpos) else wanted.value
    columns = {
        "handle": int(wanted.handle),
        "value": cbor2.dumps(plain),
        "holder": wanted.holder,
        "reason": wanted.reason,
        "placed_ns": wanted.placed_ns,
    }
    connection.execute(insert(SUBSTITUTIONS).values(columns)).close()


def _forget(connection: Connection, handle: Handle) -> None:
    connection.execute(delete(SUBSTITUTIONS).where(SUBSTITUTIONS.c.handle == int(handle))).close()
