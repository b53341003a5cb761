"""The audit log as a variable: `Audit` at the unit's name, for those with the right to read it, and its signed head."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice

from models.errors import StorageError
from models.wire.cbor import WireValue
from models.wire.condition import ALWAYS
from models.wire.instance import Instance
from models.wire.messages import Code
from substation.audit.log import AuditLog
from substation.audit.reading import records
from substation.audit.record import HEAD, Record
from substation.exchange.access import Identity, Right
from substation.exchange.variables import Cancel, RefusedError, Route, Selection, Subscriber, WriteResult
from substation.variables import past

VARIABLE, SIGNED = "Audit", "Audit.Head"


class AuditVariables:
    """The newest records from memory; with a time in the condition, those of that time from the disk."""

    def __init__(self, unit: str, log: AuditLog) -> None:
        self._unit, self._log = unit, log

    def routes(self) -> tuple[Route, ...]:
        return tuple(Route(variable, self._unit, self, read=Right.AUDIT) for variable in (VARIABLE, SIGNED))

    async def read(self, selection: Selection) -> list[Instance]:
        """Of everything that was decided before the question; what a disk refuses is not there yet."""
        with suppress(StorageError):
            await self._log.flush()
        if selection.variable == SIGNED:
            head = next((each for each in reversed(self._log.newest) if each.kind == HEAD), None)
            return [] if head is None else [self._instance(SIGNED, head)]
        times = selection.time_range()
        if times == ALWAYS:
            return [self._instance(VARIABLE, each) for each in self._log.newest]
        found = await asyncio.to_thread(self._past, *past.bounds(times))
        if len(found) > past.MOST_TOLD:
            raise past.too_many()
        return [self._instance(VARIABLE, each) for each in sorted(found, key=lambda each: (each.time_ns, each.number))]

    def _past(self, from_ns: int, to_ns: int) -> list[Record]:
        return list(islice(records(self._log.folder, from_ns, to_ns), past.MOST_TOLD + 1))

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        variable = SIGNED if selection.variable == SIGNED else VARIABLE
        kinds = (HEAD,) if variable == SIGNED else ()

        def tell(new: Sequence[Record]) -> None:
            if told := [self._instance(variable, each) for each in new if not kinds or each.kind in kinds]:
                subscriber.events(told)

        if initial:
            tell(list(self._log.newest))
        return self._log.subscribe(tell)

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        raise RefusedError(Code.NOT_ALLOWED, "the audit log cannot be written")

    def _instance(self, variable: str, record: Record) -> Instance:
        value: dict[str, WireValue] = {**record.fields, "hash": record.hash}
        return Instance(variable, self._unit, value, record.time_ns)
