"""What people say of commissioning through the data interface.

At a location: `Inhibit.Place` {kind, reason, for_s, variable}, `Inhibit.Lift` (number), `Substitute.Set`
{variable, value, reason, device}, `Substitute.Remove` {variable, device}, `PointTest.Start` (nothing),
`PointTest.Say` {test, variable, verdict, note}, `PointTest.Try` {test, variable, value}. At the unit: `PointTest.Start`
(name of a link), `PointTest.End` (number). `PointTest.Points` at `<unit>/tests/<number>` is read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from models.driver import Clock
from models.errors import RemoteProtocolError
from models.plain import PlainFields
from models.point import PointName
from models.wire.cbor import WireValue
from models.wire.instance import Instance
from models.wire.messages import Code
from substation.commissioning.desk import Desk
from substation.commissioning.document import to_plain
from substation.commissioning.inhibition import InhibitKind
from substation.commissioning.point_test import Verdict
from substation.exchange.access import Identity, Right
from substation.exchange.variables import RefusedError, Route, Selection, WriteResult
from substation.variables.write_only import WriteOnly, told

WRITTEN = ("Inhibit.*", "Substitute.*", "PointTest.*")
Verb = Callable[[str, WireValue, Identity], Awaitable[WriteResult]]


def routes(unit: str, desk: Desk, clock: Clock) -> tuple[Route, ...]:
    """What the request processor serves of commissioning."""
    tested, said = TestedPoints(unit, desk, clock), CommissioningWrites(unit, desk)
    return (
        Route("PointTest.Points", tested.locations, tested),
        *(Route(each, "*", said, write=Right.OPERATE) for each in WRITTEN),
    )


class CommissioningWrites(WriteOnly):
    """places: every location that has points, and every part of one."""

    def __init__(self, unit: str, desk: Desk) -> None:
        self._unit, self._desk = unit, desk
        self._verbs: Mapping[str, Verb] = {
            "Inhibit.Place": self._inhibit,
            "Inhibit.Lift": self._lift,
            "Substitute.Set": self._substitute,
            "Substitute.Remove": self._restore,
            "PointTest.Start": self._start,
            "PointTest.Say": self._say,
            "PointTest.Try": self._try,
            "PointTest.End": self._end,
        }

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        verb = self._verbs.get(variable)
        if verb is None:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"{variable}; one of {', '.join(self._verbs)}")
        if location != self._unit and not self._desk.knows(location):
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"{location} has no points")
        try:
            return await verb(location, value, requester)
        except RemoteProtocolError as error:
            raise RefusedError(Code.BAD_REQUEST, str(error)) from error

    async def _inhibit(self, location: str, value: WireValue, requester: Identity) -> WriteResult:
        fields = PlainFields(value, "Inhibit.Place")
        variable = fields.text("variable") if isinstance(value, dict) and "variable" in value else ""
        place = f"{location}/{variable}" if variable else location
        if variable:
            self._desk.point(location, variable)
        kind, reason, for_s = fields.one_of("kind", InhibitKind), fields.text("reason"), fields.number("for_s")
        return told(await self._desk.inhibitions.place(place, kind, requester.name, reason, for_s))

    async def _lift(self, location: str, value: WireValue, requester: Identity) -> WriteResult:
        number = _number(value, "Inhibit.Lift")
        found = next((each for each in self._desk.inhibitions.present if each.id == number), None)
        if found is None or not (found.place == location or found.place.startswith(f"{location}/")):
            return told(f"{location} has no inhibition number {number}")
        return told(await self._desk.inhibitions.lift(number, found.place, requester.name))

    async def _substitute(self, location: str, value: WireValue, requester: Identity) -> WriteResult:
        fields = PlainFields(value, "Substitute.Set")
        point = self._desk.point(location, fields.text("variable"))
        reason, plain = fields.text("reason"), fields.take("value")
        if _at_device(value):
            return await self._desk.substitute_at_device(point, plain, reason, requester.name)
        return told(await self._desk.substitutions.set(point, plain, requester.name, reason))

    async def _restore(self, location: str, value: WireValue, requester: Identity) -> WriteResult:
        point = self._desk.point(location, PlainFields(value, "Substitute.Remove").text("variable"))
        if _at_device(value):
            return await self._desk.restore_at_device(point, requester.name)
        return told(await self._desk.substitutions.remove(point, requester.name))

    async def _start(self, location: str, value: WireValue, requester: Identity) -> WriteResult:
        scope = value if location == self._unit and isinstance(value, str) else location
        made = await self._desk.tests.start(scope, requester.name)
        if isinstance(made, str):
            return told(made)
        return WriteResult(Code.OK, str(made.id))

    async def _say(self, location: str, value: WireValue, requester: Identity) -> WriteResult:
        fields = PlainFields(value, "PointTest.Say")
        point = PointName(location, fields.text("variable"))
        number, verdict, note = fields.whole("test"), fields.one_of("verdict", Verdict), fields.text("note")
        return told(await self._desk.tests.say(number, point, verdict, note, requester.name))

    async def _try(self, location: str, value: WireValue, requester: Identity) -> WriteResult:
        fields = PlainFields(value, "PointTest.Try")
        point = self._desk.point(location, fields.text("variable"))
        return await self._desk.attempt(fields.whole("test"), point, fields.take("value"), requester.name)

    async def _end(self, location: str, value: WireValue, requester: Identity) -> WriteResult:
        return told(await self._desk.tests.end(_number(value, "PointTest.End"), requester.name))


class TestedPoints(WriteOnly):
    """`PointTest.Points` at `<unit>/tests/<number>`: a whole test, read."""

    __test__ = False

    def __init__(self, unit: str, desk: Desk, clock: Clock) -> None:
        self._desk, self._clock = desk, clock
        self._prefix = f"{unit}/tests/"
        self.locations = f"{self._prefix}*"

    async def read(self, selection: Selection) -> list[Instance]:
        number = selection.location.removeprefix(self._prefix)
        test = self._desk.tests.get(int(number)) if number.isdecimal() else None
        if test is None:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"there is no point-to-point test number {number}")
        return [Instance(selection.variable, selection.location, to_plain(test), self._clock())]

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        raise RefusedError(Code.NOT_ALLOWED, f"{variable} is read; PointTest.Say gives a word")


def _at_device(value: WireValue) -> bool:
    return isinstance(value, dict) and value.get("device") is True


def _number(value: WireValue, what: str) -> int:
    if type(value) is not int:
        raise RefusedError(Code.BAD_REQUEST, f"{what} takes a number")
    return value
