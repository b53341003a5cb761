"""When each stakeholder was last given a value whose owner asks for a minimum delay [SE2].

On average nobody is given a value more often than the delay allows: an access that comes a little early (SLACK) counts
as if it had come in time, so a reader whose period is exactly the delay loses none.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import BigInteger, Column, Connection, String, Table, delete, select
from sqlalchemy.dialects.sqlite import insert

from models.driver import Clock
from models.errors import StorageError
from substation.control.database import METADATA, Database

log = logging.getLogger("ringmain.exchange")

MAX_REMEMBERED = 100_000
KEPT_FROM_NS = 60 * 10**9
"""Delays from here on are kept on disk; shorter ones count from the unit's start."""
FORGOTTEN_AFTER_NS = 366 * 86_400 * 10**9
RETRY_S = 10.0
_SLACK_PARTS, _SLACK_NS = 20, 10**9

ACCESSES = Table(
    "policy_access",
    METADATA,
    Column("who", String, primary_key=True),
    Column("service", String, primary_key=True),
    Column("location", String, primary_key=True),
    Column("variable", String, primary_key=True),
    Column("last_ns", BigInteger, nullable=False),
)


class Access(NamedTuple):
    """who: stakeholder. service: as the grant says it, so that a service with many names gets no more than one."""

    who: str
    service: str
    location: str
    variable: str


class AccessTimes:
    """In memory alone until `open` has given it a database; then `run` keeps it there."""

    def __init__(self, clock: Clock, known: Mapping[Access, int] | None = None) -> None:
        self._clock = clock
        self._started_ns = clock()
        self._last_ns: OrderedDict[Access, int] = OrderedDict(known or {})
        self._new: dict[Access, int] = {}
        self._database: Database | None = None
        self._wake = asyncio.Event()

    @classmethod
    async def open(cls, database: Database, clock: Clock) -> AccessTimes:
        """With what was kept; accesses of long ago are forgotten."""
        await database.make_tables()
        before_ns = clock() - FORGOTTEN_AFTER_NS
        times = cls(clock, await database.run(lambda connection: _load(connection, before_ns)))
        times._database = database
        return times

    def take(self, access: Access, delay_ns: int) -> bool:
        """Whether it is late enough; if so it counts from now on."""
        now_ns = self._clock()
        last_ns = self._last_ns.get(access)
        if last_ns is None and self._database is not None and delay_ns < KEPT_FROM_NS:
            last_ns = self._started_ns
        slack_ns = min(delay_ns // _SLACK_PARTS, _SLACK_NS)
        if last_ns is not None and now_ns < last_ns + delay_ns - slack_ns:
            return False
        self._last_ns[access] = counted_ns = now_ns if last_ns is None else max(now_ns, last_ns + delay_ns)
        self._last_ns.move_to_end(access)
        while len(self._last_ns) > MAX_REMEMBERED:
            self._last_ns.popitem(last=False)
        if delay_ns >= KEPT_FROM_NS:
            self._new[access] = counted_ns
            self._wake.set()
        return True

    async def run(self) -> None:
        """Until cancelled: what is new goes to disk at once, many in one transaction."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self.keep()
            except StorageError as error:
                log.error("accesses under a minimum delay cannot be kept: %s", error)
                await asyncio.sleep(RETRY_S)
                self._wake.set()

    async def keep(self) -> None:
        """All that is new is on disk afterwards; StorageError: it still waits."""
        if self._database is None or not self._new:
            return
        taken, self._new = self._new, {}
        try:
            await self._database.run(lambda connection: _store(connection, taken))
        except StorageError:
            self._new = {**taken, **self._new}
            raise


def _load(connection: Connection, before_ns: int) -> dict[Access, int]:
    connection.execute(delete(ACCESSES).where(ACCESSES.c.last_ns < before_ns))
    rows = connection.execute(select(ACCESSES).order_by(ACCESSES.c.last_ns))
    return {Access(row.who, row.service, row.location, row.variable): row.last_ns for row in rows}


def _store(connection: Connection, taken: Mapping[Access, int]) -> None:
    statement = insert(ACCESSES)
    statement = statement.on_conflict_do_update(
        index_elements=list(Access._fields), set_={"last_ns": statement.excluded.last_ns}
    )
    connection.execute(statement, [{**access._asdict(), "last_ns": last_ns} for access, last_ns in taken.items()])
