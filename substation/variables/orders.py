"""What a person may say of switching orders, modes, tags and open commands through the data interface."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from models.command import Originator, OriginatorCategory
from models.driver import Clock
from models.wire.cbor import WireValue
from models.wire.instance import Instance
from models.wire.messages import Code
from substation.control.gate import Gate
from substation.exchange.access import Identity
from substation.exchange.variables import Cancel, RefusedError, Selection, Subscriber, WriteResult
from substation.image import Mode
from substation.modes import Modes
from substation.orders import OrderDesk
from substation.tag_board import TagBoard
from substation.tags import TagKind

OK = WriteResult(Code.OK)
Say = Callable[[str, WireValue, Originator], Awaitable[WriteResult]]


def _originator(requester: Identity) -> Originator:
    return Originator(OriginatorCategory.STATION_CONTROL, requester.name)


def _told(reason: str) -> WriteResult:
    return OK if not reason else WriteResult(Code.REFUSED, reason)


class _WriteOnly:
    """A provider of variables that have no value."""

    async def read(self, selection: Selection) -> list[Instance]:
        raise RefusedError(Code.UNKNOWN_VARIABLE, f"{selection.variable} can only be written")

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        raise RefusedError(Code.UNKNOWN_VARIABLE, f"{selection.variable} can only be written")


class OrderWrites(_WriteOnly):
    """`Order.Approve` (value: revision), `.Reject`, `.Abort`, `.TakeOver`, `.Repaired` at `<unit>/orders/<id>`."""

    def __init__(self, unit: str, desk: OrderDesk) -> None:
        self._prefix, self._desk = f"{unit}/orders/", desk
        self._verbs: Mapping[str, Say] = {
            "Order.Approve": self._approve,
            "Order.Reject": lambda order, why, who: self._say(desk.reject(order, who, _text(why))),
            "Order.Abort": lambda order, why, who: self._say(desk.abort(order, who, _text(why))),
            "Order.TakeOver": lambda order, _, who: self._say(desk.take_over(order, who)),
            "Order.Repaired": lambda order, _, who: self._say(desk.repaired(order, who)),
        }

    async def _say(self, said: Awaitable[str]) -> WriteResult:
        return _told(await said)

    async def _approve(self, order: str, revision: WireValue, who: Originator) -> WriteResult:
        if type(revision) is not int:
            raise RefusedError(Code.BAD_REQUEST, "Order.Approve takes the revision that was seen, a whole number")
        return _told(await self._desk.approve(order, revision, who))

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        verb = self._verbs.get(variable)
        if verb is None or not location.startswith(self._prefix):
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"{variable} at {location}; one of {', '.join(self._verbs)}")
        return await verb(location.removeprefix(self._prefix), value, _originator(requester))


def _text(value: WireValue) -> str:
    return value if isinstance(value, str) else ""


class ModeWrites(_WriteOnly):
    """`FDIR.Mode` at the unit or a feeder; value: disabled, manual, automatic."""

    def __init__(self, unit: str, modes: Modes, told: Callable[[str, str], None]) -> None:
        self._unit, self._modes, self._tell = unit, modes, told

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        names = {mode.name.lower(): mode for mode in Mode}
        mode = names.get(value) if isinstance(value, str) else None
        if mode is None:
            raise RefusedError(Code.BAD_REQUEST, f"FDIR.Mode takes one of {', '.join(names)}, not {value!r}")
        try:
            await self._modes.set("" if location == self._unit else location, mode)
        except KeyError as error:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"{location} is neither this unit nor a feeder") from error
        self._tell(location, f"FDIR mode set to {mode.name.lower()} by {requester.name}")
        return OK


class TagWrites(_WriteOnly):
    """`Tag.Place` (value: kind) and `Tag.Remove` (value: number of the tag) at an element."""

    def __init__(
        self, board: TagBoard, elements: frozenset[str], clock: Clock, told: Callable[[str, str], None]
    ) -> None:
        self._board, self._elements, self._clock, self._tell = board, elements, clock, told

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        if location not in self._elements:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"the network has no element {location}")
        if variable == "Tag.Place":
            return await self._place(location, value, requester)
        if type(value) is not int:
            raise RefusedError(Code.BAD_REQUEST, "Tag.Remove takes the number of the tag")
        return _told(await self._remove(location, value, requester))

    async def _place(self, location: str, value: WireValue, requester: Identity) -> WriteResult:
        kinds = {kind.value: kind for kind in TagKind if kind is not TagKind.FAULT_ISOLATION}
        if not isinstance(value, str) or value not in kinds:
            raise RefusedError(Code.BAD_REQUEST, f"Tag.Place takes one of {', '.join(kinds)}")
        await self._board.place(kinds[value], [location], requester.name, self._clock())
        self._tell(location, f"tag '{value}' placed by {requester.name}")
        return OK

    async def _remove(self, location: str, number: int, requester: Identity) -> str:
        tag = next((tag for tag in self._board.on(location) if tag.id == number), None)
        if tag is None:
            return f"{location} has no tag number {number}"
        reason = await self._board.remove(number, _originator(requester))
        if not reason:
            self._tell(location, f"tag '{tag.kind.value}' removed by {requester.name}")
        return reason


class IntentWrites(_WriteOnly):
    """`Commands.Release` at the unit: an operator has read the positions of commands without outcome (SAFETY S22)."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        if not isinstance(value, list) or not all(type(number) is int for number in value):
            raise RefusedError(Code.BAD_REQUEST, "Commands.Release takes the list of command numbers")
        await self._gate.release(tuple(int(str(number)) for number in value), _originator(requester))
        return OK
