"""The audit log of a unit: takes records in the loop's thread at the cost of a list, writes them in groups in another.

A disk that refuses stops nothing: records wait up to a bound, further ones are counted, and once it writes again a
record of its own says how many are missing and of which time (IEC 62443-4-2 CR 2.10).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.driver import Clock
from models.errors import StorageError
from models.wire.keys import SigningKey
from models.wire.messages import Code
from substation.audit.record import DEFECT, GAP, Entry, Record, Told
from substation.audit.settings import AuditSettings
from substation.audit.writer import SegmentWriter
from substation.exchange.decision import AccessDecision

log = logging.getLogger(__name__)

FOLDER = "audit"
GROUP_S = 0.05
QUIET_S = 5.0
"""A signed head follows the last record after this time."""
RETRY_S = 1.0
MAX_WAITING = 10_000
"""Records that wait for a disk that refuses."""
MAX_BURST = 100_000
"""Records that wait for a disk that writes, but more slowly than they come."""
MAX_GROUP = 10_000
SOON = 1_000
"""So many do not wait for others."""
NEWEST = 1_000
"""Records kept in memory for those who ask for the present ones."""

Listener = Callable[[Sequence[Record]], None]


@dataclass(slots=True)
class _Lost:
    """Records that found no room."""

    count: int
    first_ns: int
    last_ns: int


class AuditLog:
    """Opened with `await AuditLog.open(...)`, closed once. on_failure hears a reason, and '' when it works again."""

    def __init__(self, writer: SegmentWriter, folder: Path, unit: str, clock: Clock) -> None:
        self.folder, self._writer, self._unit, self._clock = folder, writer, unit, clock
        self.newest: deque[Record] = deque(maxlen=NEWEST)
        self.on_failure: Callable[[str], None] = lambda reason: None
        self.found = tuple(told.what for told in writer.found if told.kind == DEFECT)
        """What is wrong with the log of before, in words."""
        self._waiting: list[Entry] = list(writer.found)
        self._lost: _Lost | None = None
        self._written = 0
        self._flushes: list[tuple[int, asyncio.Future[None]]] = []
        """How many must be written for each."""
        self._listeners: list[Listener] = []
        self._task: asyncio.Task[None] | None = None
        self._signing: asyncio.TimerHandle | None = None
        self._hurry = asyncio.Event()
        self._sign = self._failing = self._closing = False

    @classmethod
    async def open(cls, data: Path, unit: str, key: SigningKey, settings: AuditSettings, clock: Clock) -> AuditLog:
        """data: the unit's data directory. StorageError when the log cannot be read or made."""
        folder = data / FOLDER
        try:
            writer = await asyncio.to_thread(SegmentWriter, folder, unit, key, settings, clock)
        except OSError as error:
            text = f"{folder}: {error.strerror}; correct 'data' in unit.toml, or the rights"
            raise StorageError(text) from error
        return cls(writer, folder, unit, clock)

    def decided(self, decision: AccessDecision) -> None:
        """Take a decision of the request processor or of the gatekeeper."""
        self._take(decision)

    def tell(self, kind: str, who: str, what: str, code: Code = Code.OK, why: str = "") -> None:
        """Take something else. kind: one of those in record."""
        self._take(Told(self._clock(), kind, who, what, code, why))

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """`listener(records)` once they are on the disk; the result ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def flush(self) -> None:
        """Returns once everything taken so far is on the disk; StorageError when that was tried in vain."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._flushes.append((self._written + len(self._waiting), future))
        self._hurry.set()
        self._plan()
        await future

    async def close(self) -> None:
        """The last records, a signed head, and no more."""
        self._closing = self._sign = True
        self._hurry.set()
        self._plan()
        if self._task is not None:
            await self._task
        if self._signing is not None:
            self._signing.cancel()
        if self._waiting or self._lost:
            count = len(self._waiting) + (self._lost.count if self._lost else 0)
            log.error("the audit log of %s ends without %d records, which the disk did not take", self._unit, count)
        await asyncio.to_thread(self._writer.close)

    # --

    def _take(self, entry: Entry) -> None:
        if len(self._waiting) < (MAX_WAITING if self._failing else MAX_BURST):
            self._waiting.append(entry)
            if len(self._waiting) == SOON:
                self._hurry.set()
        elif self._lost is None:
            self._lost = _Lost(1, entry.time_ns, entry.time_ns)
        else:
            self._lost.count += 1
            self._lost.last_ns = entry.time_ns
        if self._task is None:
            self._plan()

    def _plan(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._write_groups())
            self._task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            log.error("defect in the audit log of %s", self._unit, exc_info=task.exception())

    def _due(self) -> bool:
        return bool(self._waiting or self._lost or self._flushes or self._sign)

    async def _write_groups(self) -> None:
        try:
            await self._write_all()
        finally:
            self._task = None

    async def _write_all(self) -> None:
        while self._due():
            if len(self._waiting) < SOON:
                await self._pause(GROUP_S)
            entries = self._waiting[:MAX_GROUP]
            lost = self._lost if len(entries) == len(self._waiting) else None
            try:
                records = await asyncio.to_thread(self._writer.write, [*entries, *self._gap(lost)], self._sign)
            except OSError as error:
                self._failed(error)
                if self._closing:
                    return
                await self._pause(RETRY_S)
            else:
                self._succeeded(len(entries), lost, records)
        if self._writer.unsigned and not self._closing:
            self._sign_later()

    async def _pause(self, duration_s: float) -> None:
        """Cut short when somebody waits for the disk."""
        try:
            async with asyncio.timeout(duration_s):
                await self._hurry.wait()
        except TimeoutError:
            pass
        self._hurry.clear()

    def _gap(self, lost: _Lost | None) -> list[Entry]:
        if lost is None:
            return []
        more: dict[str, str | int] = {"lost": lost.count, "from": lost.first_ns, "to": lost.last_ns}
        text = f"lost {lost.count} records while the disk took none"
        return [Told(self._clock(), GAP, self._unit, text, Code.FAILED, more=more)]

    def _succeeded(self, count: int, lost: _Lost | None, records: list[Record]) -> None:
        del self._waiting[:count]
        self._written += count
        if lost is not None and lost is self._lost:
            self._lost = None
        self._sign = False
        due = [future for target, future in self._flushes if target <= self._written]
        self._flushes = [each for each in self._flushes if each[0] > self._written]
        self._settle(due, None)
        if self._failing:
            self._failing = False
            self.on_failure("")
        self.newest.extend(records)
        for listener in tuple(self._listeners) if records else ():
            listener(records)

    def _failed(self, error: OSError) -> None:
        reason = f"the audit log cannot be written: {error.strerror or error}"
        due, self._flushes = [future for _, future in self._flushes], []
        self._settle(due, StorageError(reason))
        if not self._failing:
            self._failing = True
            self.on_failure(f"{reason}; free or replace the disk")

    def _settle(self, due: Sequence[asyncio.Future[None]], error: StorageError | None) -> None:
        for future in due:
            if future.done():
                continue
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)

    def _sign_later(self) -> None:
        if self._signing is not None:
            self._signing.cancel()
        self._signing = asyncio.get_running_loop().call_later(QUIET_S, self._sign_now)

    def _sign_now(self) -> None:
        self._sign = True
        self._plan()
