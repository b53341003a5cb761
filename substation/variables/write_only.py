"""What providers of variables that can only be written have in common."""

from __future__ import annotations

from models.command import Originator, OriginatorCategory
from models.wire.instance import Instance
from models.wire.messages import Code
from substation.exchange.access import Identity
from substation.exchange.variables import Cancel, RefusedError, Selection, Subscriber, WriteResult

OK = WriteResult(Code.OK)


class WriteOnly:
    """A provider of variables that have no value."""

    async def read(self, selection: Selection) -> list[Instance]:
        raise RefusedError(Code.UNKNOWN_VARIABLE, f"{selection.variable} can only be written")

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        raise RefusedError(Code.UNKNOWN_VARIABLE, f"{selection.variable} can only be written")


def originator_of(requester: Identity) -> Originator:
    """A person at the data interface."""
    return Originator(OriginatorCategory.STATION_CONTROL, requester.name)


def told(refusal: str) -> WriteResult:
    """OK when nothing was refused."""
    return WriteResult(Code.REFUSED, refusal) if refusal else OK
